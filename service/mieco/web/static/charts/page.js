// Draws the chart of a question page from the data block in it, and saves it as a file.
// The page is complete without it: the table holds the same data.

import { optionOf } from "./options.js";

const PNG_SCALE = 2;
const SAVED_WIDTH = 1000;
const PRINTED_WIDTH = 660;
const SVG = "http://www.w3.org/2000/svg";

const figure = document.querySelector("figure.chart");
const data = JSON.parse(figure.querySelector(".chart-data").textContent);
const drawing = figure.querySelector(".drawing");
const tiles = data.kind === "provinces";
let instance = null;

// The colours and the font of the page; a picture on paper has those of the light page.
function style(onPaper) {
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

function draw(width, onPaper) {
  const { option, height, width: needed } = optionOf(data, style(onPaper), width);
  instance?.dispose();
  drawing.replaceChildren();
  const place = document.createElement("div");
  place.setAttribute("aria-hidden", "true");
  drawing.append(place);
  instance = window.echarts.init(place, null, { renderer: "svg", width: needed, height });
  instance.setOption(option);
  // What is wider than the page is scrolled, by keyboard too; a line says that there is more.
  figure.querySelector(".sideways").hidden = needed <= width;
  if (needed > width) drawing.tabIndex = 0;
  else drawing.removeAttribute("tabindex");
}

// While it has no width, as in a window that is being resized or a hidden frame, there is no
// place to draw in, and a chart drawn there has no way back from pixels to its data.
function redraw() {
  if (drawing.clientWidth) draw(drawing.clientWidth, false);
}

function watch() {
  let last = drawing.clientWidth;
  new ResizeObserver(() => {
    if (drawing.clientWidth && drawing.clientWidth !== last && !matchMedia("print").matches) {
      last = drawing.clientWidth;
      redraw();
    }
  }).observe(drawing);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  window.addEventListener("beforeprint", () => draw(PRINTED_WIDTH, true));
  window.addEventListener("afterprint", redraw);
}

// A picture that says by itself what it shows and where it is from.
function pictured(renderer, canvas) {
  const look = style(true);
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

function download(blob, form) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${data.file}.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight",
  "text-anchor", "opacity"];

// The tiles as a picture of its own: what the style sheet says is written into it.
function tilesAsSvg() {
  const drawn = drawing.querySelector("svg");
  figure.classList.add("on-paper");
  const picture = drawn.cloneNode(true);
  const originals = [...drawn.querySelectorAll("rect, text")];
  [...picture.querySelectorAll("rect, text")].forEach((each, place) => {
    const read = getComputedStyle(originals[place]);
    for (const name of LOOKS) each.setAttribute(name, read.getPropertyValue(name));
  });
  figure.classList.remove("on-paper");
  const { width, height } = drawn.viewBox.baseVal;
  picture.setAttribute("viewBox", `0 -40 ${width} ${height + 70}`);
  picture.setAttribute("width", width);
  picture.setAttribute("height", height + 70);
  picture.setAttribute("font-family", getComputedStyle(document.body).fontFamily);
  picture.removeAttribute("aria-hidden");
  const look = style(true);
  const paper = document.createElementNS(SVG, "rect");
  const box = { x: 0, y: -40, width, height: height + 70, fill: look.paper };
  for (const [name, value] of Object.entries(box)) paper.setAttribute(name, value);
  picture.prepend(paper);
  for (const [text, y, size, fill] of [
    [data.title, -18, 15, look.ink], [data.words.source, height + 18, 9, look.soft],
  ]) {
    const line = document.createElementNS(SVG, "text");
    line.textContent = text;
    const looks = { x: 1, y, "font-size": size, fill, textLength: "", "text-anchor": "start" };
    for (const [name, value] of Object.entries(looks)) if (value !== "") line.setAttribute(name, value);
    picture.append(line);
  }
  return picture;
}

// Rectangles and texts, drawn by hand: a picture may not be loaded from a blob here.
function tilesAsCanvas() {
  const picture = tilesAsSvg();
  const number = (each, name) => parseFloat(each.getAttribute(name) ?? "0");
  const canvas = document.createElement("canvas");
  canvas.width = number(picture, "width") * PNG_SCALE;
  canvas.height = number(picture, "height") * PNG_SCALE;
  const pen = canvas.getContext("2d");
  pen.scale(PNG_SCALE, PNG_SCALE);
  pen.translate(0, 40);
  for (const each of picture.querySelectorAll("rect, text")) {
    pen.fillStyle = each.getAttribute("fill");
    if (each.tagName === "rect") {
      const box = ["x", "y", "width", "height"].map((name) => number(each, name));
      pen.fillRect(...box);
      const stroke = each.getAttribute("stroke");
      if (stroke && stroke !== "none") {
        const dashes = each.getAttribute("stroke-dasharray");
        pen.setLineDash(dashes && dashes !== "none" ? dashes.split(",").map(parseFloat) : []);
        pen.strokeStyle = stroke;
        pen.strokeRect(...box);
      }
    } else {
      const weight = each.getAttribute("font-weight") ?? "400";
      pen.font = `${weight} ${number(each, "font-size")}px ${picture.getAttribute("font-family")}`;
      pen.textAlign = each.getAttribute("text-anchor") === "middle" ? "center" : "left";
      pen.fillText(each.textContent, number(each, "x"), number(each, "y"));
    }
  }
  return canvas;
}

function save(form) {
  if (form === "svg") {
    const text = tiles
      ? new XMLSerializer().serializeToString(tilesAsSvg())
      : pictured("svg", null).renderToSVGString();
    download(new Blob([text], { type: "image/svg+xml" }), form);
    return;
  }
  const canvas = tiles ? tilesAsCanvas() : document.createElement("canvas");
  if (!tiles) pictured("canvas", canvas);
  canvas.toBlob((blob) => download(blob, form), "image/png");
}

figure.hidden = false;
figure.querySelector(".save").hidden = false;
for (const button of figure.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => save(button.dataset.save));
}
if (!tiles) {
  redraw();
  watch();
}
