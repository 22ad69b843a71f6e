// Rows that have coordinates, as points on a plain ground without boundaries.

import { drawPoints } from "../map/points.js";
import { coordinatesOf } from "./coordinates.js";
import { script, sheet } from "./loading.js";
import { say, settings } from "./settings.js";

const inRange = ([lat, long]) => Math.abs(lat) <= 90 && Math.abs(long) <= 180;

// The first thing or text of a row names its point; the others stand beside it.
function pointOf(row, data, { used, read }) {
  const at = read(row);
  if (!at.every(Number.isFinite) || !inRange(at)) return null;
  const told = data.columns
    .map(({ name }, place) => ({ name, place, term: row[place] === null ? null : data.terms[row[place]] }))
    .filter(({ place, term }) => term && !used.includes(place));
  const [first, ...others] = told;
  const name = first?.term.text ?? at.join(", ");
  return {
    lat: at[0],
    long: at[1],
    name,
    language: first?.term.lang,
    kind: "row",
    address: first?.term.href ?? "#result",
    place: others.length ? others[0].term.text : name,
    note: others.map((each) => `${each.name}: ${each.term.text}`).join(" · "),
  };
}

export class PlacesMap {
  constructor(view, data) {
    this.view = view;
    const reader = coordinatesOf(data);
    this.points = data.rows.map((row) => pointOf(row, data, reader)).filter(Boolean);
    this.without = data.rows.length - this.points.length;
    this.drawn = false;
  }

  async draw() {
    const status = this.view.querySelector(".drawn");
    if (this.drawn) return;
    this.drawn = true;
    try {
      await Promise.all([...settings.map.sheets.map(sheet), script(settings.map.script)]);
    } catch {
      this.drawn = false;
      status.textContent = say("chartFailed");
      return;
    }
    status.textContent = [say("mapPlain"), this.without ? say("chartWithout", { count: this.without }) : ""].filter(Boolean).join(" ");
    const words = {
      zoom_in: say("zoomIn"),
      zoom_out: say("zoomOut"),
      close: say("close"),
      more: say("mapMore"),
      several: say("mapSeveral"),
      separator: say("separator"),
      colon: say("colon"),
    };
    drawPoints(this.view.querySelector(".map-ground"), { points: this.points, kinds: [["row", say("mapRows")]], words, base: null });
  }
}
