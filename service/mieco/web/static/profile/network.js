// Draws the picture of what links the parties, once its section comes near: what draws it is
// heavy, and the table below says the same.

const figure = document.querySelector("figure.chart");
const section = figure.closest("section");

function draw() {
  const script = document.createElement("script");
  script.src = figure.dataset.echarts;
  script.addEventListener("load", () => import("../charts/page.js"));
  document.head.append(script);
}

const watch = new IntersectionObserver(
  (entries) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      watch.disconnect();
      draw();
    }
  },
  { rootMargin: "600px" },
);
watch.observe(section);
