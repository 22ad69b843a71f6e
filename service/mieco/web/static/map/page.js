// Draws the map of the page from the data block in it.  The page is complete without it: the
// list has the same things.

import { drawPoints, ringOf, shapeOf } from "./points.js";

const figure = document.querySelector("figure.map");
const data = JSON.parse(figure.querySelector(".map-data").textContent);

figure.hidden = false;
drawPoints(figure.querySelector(".map-ground"), data);
for (const item of figure.querySelectorAll("[data-look]")) {
  const looks = item.dataset.look.split(" ").map(Number);
  item.prepend(looks.length > 1 ? ringOf(looks.map((look) => [look, 1]), 16) : shapeOf(looks[0], 14));
}
