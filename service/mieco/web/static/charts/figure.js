// A figure with a chart: drawn in the colours of the page, drawn anew when the page changes,
// saved as a file.  The page is complete without it: a table holds the same data.

import { optionOf } from "./options.js";

const PNG_SCALE = 2;
const SAVED_WIDTH = 1000;
const PRINTED_WIDTH = 660;

// The colours and the font of the page; a picture on paper has those of the light page.
export function style(figure, onPaper) {
  const read = getComputedStyle(onPaper ? figure.querySelector(".on-paper") : figure);
  const token = (name) => read.getPropertyValue(`--${name}`).trim();
  return {
    ink: token("ink"),
    soft: token("soft"),
    line: token("line"),
    paper: token("paper"),
    accent: token("accent"),
    series: [1, 2, 3, 4, 5, 6].map((number) => token(`series-${number}`)),
    font: getComputedStyle(document.body).fontFamily,
  };
}

export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A picture that says by itself what it shows and where it is from.
function pictured(figure, data, renderer, canvas) {
  const look = style(figure, true);
  const head = 34 + 24 * Math.ceil((data.title.length * 18) / SAVED_WIDTH);
  const { option, height, width } = optionOf(data, look, SAVED_WIDTH, { head, foot: 40 });
  const full = height + head + 40;
  const said = { fontFamily: look.font, width: width - 40, overflow: "break" };
  const chart = window.echarts.init(canvas, null, {
    renderer, width, height: full, ssr: renderer === "svg", devicePixelRatio: PNG_SCALE,
  });
  chart.setOption({
    ...option,
    backgroundColor: look.paper,
    title: [
      { text: data.title, left: 4, top: 14, textStyle: { ...said, color: look.ink, fontSize: 18 } },
      {
        text: data.words.source, left: 4, top: full - 32,
        textStyle: { ...said, color: look.soft, fontSize: 11, fontWeight: "normal" },
      },
    ],
  });
  return chart;
}

export function save(figure, data, form) {
  const name = `${data.file}.${form}`;
  if (form === "svg") {
    const text = pictured(figure, data, "svg", null).renderToSVGString();
    download(new Blob([text], { type: "image/svg+xml" }), name);
    return;
  }
  const canvas = document.createElement("canvas");
  pictured(figure, data, "canvas", canvas);
  canvas.toBlob((blob) => download(blob, name), "image/png");
}

// Draws a chart in a figure; what comes back draws it anew, with other data if they are given.
export function show(figure, first) {
  const drawing = figure.querySelector(".drawing");
  let data = first;
  let instance = null;

  const draw = (width, onPaper) => {
    const { option, height, width: needed } = optionOf(data, style(figure, onPaper), width);
    instance?.dispose();
    const place = document.createElement("div");
    place.setAttribute("aria-hidden", "true");
    drawing.replaceChildren(place);
    instance = window.echarts.init(place, null, { renderer: "svg", width: needed, height });
    instance.setOption(option);
    // What is wider than the page is scrolled, by keyboard too; a line says that there is more.
    figure.querySelector(".sideways").hidden = needed <= width;
    if (needed > width) drawing.tabIndex = 0;
    else drawing.removeAttribute("tabindex");
  };

  // While it has no width, as in a window that is being resized or a hidden frame, there is no
  // place to draw in, and a chart drawn there has no way back from pixels to its data.
  const redraw = (other) => {
    if (other) data = other;
    if (drawing.clientWidth) draw(drawing.clientWidth, false);
  };

  let last = drawing.clientWidth;
  new ResizeObserver(() => {
    if (drawing.clientWidth && drawing.clientWidth !== last && !matchMedia("print").matches) {
      last = drawing.clientWidth;
      redraw();
    }
  }).observe(drawing);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
  window.addEventListener("beforeprint", () => {
    if (drawing.clientWidth) draw(PRINTED_WIDTH, true);
  });
  window.addEventListener("afterprint", () => redraw());
  redraw();
  return redraw;
}
