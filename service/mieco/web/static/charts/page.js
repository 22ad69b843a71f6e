// Draws the chart of a question page from the data block in it, and saves it as a file.

import { download, save, show, style } from "./figure.js";

const PNG_SCALE = 2;
const SVG = "http://www.w3.org/2000/svg";

const figure = document.querySelector("figure.chart");
const data = JSON.parse(figure.querySelector(".chart-data").textContent);
const drawing = figure.querySelector(".drawing");
const tiles = data.kind === "provinces";

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
  for (const each of picture.querySelectorAll(".code")) each.remove();
  const { width, height } = drawn.viewBox.baseVal;
  picture.setAttribute("viewBox", `0 -40 ${width} ${height + 70}`);
  picture.setAttribute("width", width);
  picture.setAttribute("height", height + 70);
  picture.setAttribute("font-family", getComputedStyle(document.body).fontFamily);
  picture.removeAttribute("aria-hidden");
  const look = style(figure, true);
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

function saveTiles(form) {
  const name = `${data.file}.${form}`;
  if (form === "svg") {
    const text = new XMLSerializer().serializeToString(tilesAsSvg());
    download(new Blob([text], { type: "image/svg+xml" }), name);
    return;
  }
  tilesAsCanvas().toBlob((blob) => download(blob, name), "image/png");
}

figure.hidden = false;
figure.querySelector(".save").hidden = false;
for (const button of figure.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => {
    if (tiles) saveTiles(button.dataset.save);
    else save(figure, data, button.dataset.save);
  });
}
if (!tiles) show(figure, data);
