// The reader's own queries, in this browser alone: those that ran, and one that was not run yet.

import { element } from "./settings.js";

const RUNS = "mieco-queries";
const DRAFT = "mieco-query-draft";
const MOST = 50;
const LONGEST = 100_000;

// A browser may refuse to keep anything, or be full.
function read(store, name) {
  try {
    return JSON.parse(window[store].getItem(name));
  } catch {
    return null;
  }
}

function write(store, name, value) {
  try {
    if (value === null) window[store].removeItem(name);
    else window[store].setItem(name, JSON.stringify(value));
  } catch {
    // Then it is not kept.
  }
}

const here = () => location.pathname + location.search;

export const draft = {
  // What was written at this address and not run.
  get: () => {
    const kept = read("sessionStorage", DRAFT) ?? {};
    return typeof kept[here()] === "string" ? kept[here()] : null;
  },
  set: (text) => {
    const { [here()]: _, ...others } = read("sessionStorage", DRAFT) ?? {};
    const few = Object.fromEntries(Object.entries(others).slice(-9));
    write("sessionStorage", DRAFT, text === null || text.length > LONGEST ? few : { ...few, [here()]: text });
  },
};

const runs = () => {
  const kept = read("localStorage", RUNS);
  return Array.isArray(kept) ? kept.filter((run) => typeof run?.query === "string") : [];
};

export function remember(query, told) {
  if (query.length > LONGEST) return;
  const others = runs().filter((run) => run.query !== query);
  write("localStorage", RUNS, [{ query, told, at: Date.now() }, ...others].slice(0, MOST));
}

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });

// A line of a query that tells it from others: its first comment, else where it begins to ask.
function gist(query) {
  const said = /^\s*#\s*(.+)$/m.exec(query)?.[1];
  return (said ?? query.replace(/^\s*(?:PREFIX|BASE)\b.*$/gim, "")).replace(/\s+/g, " ").trim().slice(0, 160);
}

// The list of what ran; ``take`` is given the text of the one that is chosen.
export class History {
  constructor(place, take, cleared) {
    this.place = place;
    this.take = take;
    place.hidden = false;
    place.querySelector(".clear").addEventListener("click", () => {
      write("localStorage", RUNS, null);
      this.draw();
      cleared();
    });
    place.addEventListener("toggle", () => this.draw());
    this.draw();
  }

  draw() {
    const kept = runs();
    this.place.querySelector(".empty").hidden = kept.length > 0;
    this.place.querySelector(".clear").hidden = kept.length === 0;
    this.place.querySelector(".runs").replaceChildren(
      ...kept.map(({ query, told, at }) => {
        const button = element("button", { type: "button", class: "plain" }, gist(query));
        button.addEventListener("click", () => this.take(query));
        return element("li", {}, button, " ", element("small", {}, `${clock.format(at)} · ${told}`));
      }),
    );
  }
}
