// The answer on the page: its table, its charts, its text, its links.

import { coordinatesOf } from "./coordinates.js";
import { copy } from "./copying.js";
import { ResultTable } from "./table.js";
import { say } from "./settings.js";

const MOST_RAW = 200_000;

// The answer as the service writes it, by the first of the downloads that are texts.
async function fetchRaw(section) {
  const graph = section.querySelector(".downloads :is(a, button):first-of-type").textContent.trim() === "ttl";
  const form = graph ? "ttl" : "json";
  const downloads = section.querySelector(".downloads");
  const link = [...downloads.querySelectorAll("a")].find((each) => each.textContent.trim() === form);
  const reply = link
    ? await fetch(link.href)
    : await fetch(downloads.action, { method: "POST", body: new URLSearchParams([...new FormData(downloads), ["format", form]]) });
  return [form, reply.headers.get("Content-Type") ?? "", await reply.text()];
}

class Raw {
  constructor(view, section) {
    this.view = view;
    this.section = section;
    this.text = null;
  }

  async draw() {
    const about = this.view.querySelector(".about-raw");
    if (this.text !== null) return;
    about.textContent = say("rawLoading");
    try {
      const [form, type, text] = await fetchRaw(this.section);
      this.text = text;
      // On one line it cannot be read.
      const shown = form === "json" && text.length < MOST_RAW ? JSON.stringify(JSON.parse(text), null, 2) : text;
      this.view.querySelector("code").textContent = shown.slice(0, MOST_RAW);
      const cut = shown.length > MOST_RAW ? ` ${say("rawCut")}` : "";
      about.textContent = say("rawAbout", { form: type.split(";")[0] }) + cut;
    } catch {
      about.textContent = say("unreachable");
    }
  }
}

// What the first comment of a query says it is, as a title for its picture.
const titleOf = (query) => /^\s*#\s*(.+)$/m.exec(query)?.[1].trim() ?? document.querySelector("h1").textContent;

function offerCopies(section, texts, tell) {
  for (const button of section.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await copy(texts(button.dataset.copy));
        tell(say("copied"));
      } catch {
        tell(say("copyFailed"));
      }
    });
  }
}

// Makes the answer in ``outcome`` work; ``tell`` says something to the reader.
export function showResult(outcome, query, tell) {
  const section = outcome.querySelector("#result");
  if (!section) return;
  const data = JSON.parse(section.querySelector(".result-data").textContent);
  const switches = section.querySelector(".views");
  let raw = null;
  if (switches) {
    new ResultTable(section, data);
    const find = (name) => section.querySelector(`.view[data-view=${name}]`);
    raw = new Raw(find("raw"), section);
    const made = { raw };
    // What draws is fetched when something is to be drawn.
    const drawing = async (name) => {
      if (name === "map") {
        const { PlacesMap } = await import("./places.js");
        made.map ??= new PlacesMap(find(name), data);
      } else {
        const { Drawing } = await import("./drawing.js");
        made[name] ??= new Drawing(find(name), data, name, titleOf(query));
      }
    };
    switches.querySelector("[data-view=map]").hidden = !coordinatesOf(data);
    switches.hidden = false;
    switches.addEventListener("click", async ({ target }) => {
      const name = target.dataset.view;
      if (!name) return;
      for (const button of switches.children) button.setAttribute("aria-pressed", String(button === target));
      for (const view of section.querySelectorAll(".view")) view.hidden = view.dataset.view !== name;
      if (name !== "table" && name !== "raw") await drawing(name);
      // Where it is seen: what is hidden has no width to draw in.
      made[name]?.draw();
    });
  }
  const texts = (name) => (name === "raw" ? (raw?.text ?? "") : section.querySelector(`#${name}`).href);
  offerCopies(section, texts, tell);
}
