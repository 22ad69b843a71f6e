// The chart and the network of an answer, of the columns that the reader chooses.

import { save, show } from "../charts/figure.js";
import { script } from "./loading.js";
import { channelsOf, columnsOf, kindsFor, marksOf } from "./marks.js";
import { element, say, settings } from "./settings.js";

function choice(label, options, chosen) {
  const select = element("select", {}, ...options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)));
  return [element("label", {}, say(label), " ", select), select];
}

// The view of a name: "chart" or "network".
export class Drawing {
  constructor(view, data, name, title) {
    this.view = view;
    this.data = data;
    this.title = title;
    this.columns = columnsOf(data);
    this.kinds = name === "network" ? this.networks() : kindsFor(this.columns);
    this.chosen = {};
    this.redraw = null;
    const [note] = view.children;
    this.figure = view.querySelector("figure");
    this.status = view.querySelector(".drawn");
    this.controls = view.querySelector(".controls");
    if (!this.kinds.length) {
      note.textContent = say(name === "network" ? "networkNone" : "chartNone");
      note.hidden = false;
      this.figure.hidden = true;
      return;
    }
    for (const button of view.querySelectorAll("[data-save]")) {
      button.addEventListener("click", () => save(this.figure, this.drawn, button.dataset.save));
    }
    this.choose(this.kinds[0]);
  }

  networks() {
    const { all, things } = this.columns;
    const graph = all.length === 3 && all[1].name === "predicate";
    return things.length > 1 || (graph && things.length) ? ["network"] : [];
  }

  choose(kind) {
    this.kind = kind;
    this.fields = channelsOf(kind, this.columns);
    this.chosen = Object.fromEntries(Object.entries(this.fields).map(([channel, [, , column]]) => [channel, column?.place ?? null]));
    this.offer();
  }

  // The choices: the kind of chart, and the column of each channel.
  offer() {
    const made = [];
    if (this.kinds.length > 1) {
      const [label, select] = choice("chartKind", this.kinds.map((kind) => [kind, say(kind)]), this.kind);
      select.addEventListener("change", () => {
        this.choose(select.value);
        this.controls.querySelector("select").focus();
        this.draw();
      });
      made.push(label);
    }
    for (const [channel, [name, columns]] of Object.entries(this.fields)) {
      const open = { series: "chartNoSeries", link: "networkNoLink", label: this.kind === "scatter" ? "networkNoLink" : null }[channel];
      const options = columns.map((column) => [String(column.place), this.nameOf(column.name)]);
      if (open) options.unshift(["", say(open)]);
      const [label, select] = choice(name, options, String(this.chosen[channel] ?? ""));
      select.addEventListener("change", () => {
        this.chosen[channel] = select.value === "" ? null : Number(select.value);
        this.draw();
      });
      made.push(label);
    }
    this.controls.replaceChildren(...made);
  }

  nameOf(column) {
    return ["subject", "predicate", "object"].includes(column) && this.data.graph ? say(column) : column;
  }

  async draw() {
    if (!this.kinds.length) return;
    try {
      await script(settings.echarts);
    } catch {
      this.status.textContent = say("chartFailed");
      return;
    }
    const { marks, count, without, scale, names } = marksOf(this.kind, this.data, this.chosen);
    const named = Object.fromEntries(Object.entries(names).map(([channel, name]) => [channel, this.nameOf(name)]));
    const words = { missing: say("missing"), both: say("both"), source: this.data.source };
    this.drawn = { kind: this.kind, title: this.title, names: named, marks, scale, directed: true, file: "query", words };
    this.status.textContent = [
      this.kind === "network" && marks.length ? say("directed", { one: named.from, other: named.to }) : "",
      marks.length < count ? say("chartFirst", { drawn: marks.length, count }) : "",
      without ? say("chartWithout", { count: without }) : "",
    ].filter(Boolean).join(" ");
    const drawing = this.figure.querySelector(".drawing");
    drawing.setAttribute("aria-label", say("chartDescribed", { kind: say(this.kind) }));
    for (const button of this.view.querySelectorAll("[data-save]")) button.disabled = !marks.length;
    if (!marks.length) {
      drawing.replaceChildren();
      return;
    }
    if (this.redraw) this.redraw(this.drawn);
    else this.redraw = show(this.figure, this.drawn);
  }
}
