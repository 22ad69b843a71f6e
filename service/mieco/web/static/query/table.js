// The rows of an answer: sorted, filtered, page by page, by name or by IRI, without asking anew.

import { element, say, settings } from "./settings.js";

const order = new Intl.Collator(settings.language === "zh" ? "zh-CN-u-co-pinyin" : "en", { numeric: true });
const folded = (text) => text.normalize("NFKC").toLowerCase();

// A term as readers see it.
function shown(term, short) {
  const text = (short && term.full) || term.text;
  const iri = term.iri !== undefined && (short || text === term.iri) ? "iri" : undefined;
  const href = term.href ?? (/^https?:/.test(term.iri ?? "") ? term.iri : undefined);
  if (href === undefined) return element("span", { lang: term.lang, class: iri }, text);
  const away = term.href ? undefined : "noopener noreferrer nofollow";
  return element("a", { href, rel: away, class: iri, lang: short ? undefined : term.lang }, text);
}

export class ResultTable {
  constructor(section, data) {
    this.data = data;
    this.view = section.querySelector(".view[data-view=table]");
    this.body = this.view.querySelector("tbody");
    this.form = this.view.querySelector("form.filter");
    this.pages = this.view.querySelector("nav.pages");
    const asked = new URLSearchParams(location.search);
    this.sort = asked.get("sort") ?? "";
    this.filter = asked.get("filter") ?? "";
    this.page = Number(asked.get("page") ?? 1) || 1;
    this.size = Number(this.form.elements.size.value);
    this.short = false;
    this.form.hidden = false;
    this.form.querySelector(".options").hidden = false;
    this.form.querySelector("button").hidden = true;
    this.follow();
    this.draw();
  }

  follow() {
    const { elements } = this.form;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    elements.filter.addEventListener("input", () => this.change({ filter: elements.filter.value, page: 1 }));
    elements.size.addEventListener("change", () => this.change({ size: Number(elements.size.value), page: 1 }));
    elements.names.addEventListener("change", () => this.change({ short: elements.names.value === "short" }));
    for (const head of this.view.querySelectorAll("th")) {
      const name = head.dataset.column;
      const label = head.textContent.replace(/ [↑↓]$/, "").trim();
      const button = element("button", { type: "button", class: "plain sort" }, label, element("span", { "aria-hidden": "true" }));
      button.addEventListener("click", () => this.change({ sort: this.sort === name ? `-${name}` : name, page: 1 }));
      head.replaceChildren(button);
    }
  }

  change(what) {
    Object.assign(this, what);
    this.draw();
  }

  term(row, column) {
    const place = row[column];
    return place === null ? null : this.data.terms[place];
  }

  // The rows that the filter leaves, in their order; what has no value stands last in either.
  rows() {
    const wanted = folded(this.filter).trim();
    const has = (row) =>
      row.some((place) => place !== null && [this.data.terms[place].text, this.data.terms[place].full ?? ""].some((t) => folded(t).includes(wanted)));
    const kept = wanted ? this.data.rows.filter(has) : [...this.data.rows];
    const column = this.data.columns.findIndex(({ name }) => name === this.sort.replace(/^-/, ""));
    if (column < 0) return kept;
    const turn = this.sort.startsWith("-") ? -1 : 1;
    return kept.sort((one, other) => {
      const [a, b] = [this.term(one, column), this.term(other, column)];
      if (!a || !b) return Number(!a) - Number(!b);
      if (a.number !== undefined && b.number !== undefined) return turn * (a.number - b.number);
      return turn * order.compare(a.text, b.text);
    });
  }

  draw() {
    const rows = this.rows();
    const pages = Math.max(1, Math.ceil(rows.length / this.size));
    this.page = Math.min(this.page, pages);
    const start = (this.page - 1) * this.size;
    const { columns } = this.data;
    this.body.replaceChildren(
      ...rows.slice(start, start + this.size).map((row) =>
        element("tr", {}, ...columns.map(({ kind }, column) => {
          const term = this.term(row, column);
          const look = { number: "number", date: "moment" }[kind];
          return element("td", { class: look }, ...(term ? [shown(term, this.short)] : []));
        })),
      ),
    );
    for (const head of this.view.querySelectorAll("th")) {
      const { column } = head.dataset;
      const direction = { [column]: "ascending", [`-${column}`]: "descending" }[this.sort];
      if (direction) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
      head.querySelector("span").textContent = { ascending: " ↑", descending: " ↓" }[direction] ?? "";
    }
    this.tell(rows.length, pages);
  }

  tell(count, pages) {
    const all = this.data.rows.length;
    const said = count ? say("filtered", { count, all }) : say("noneShown", { filter: this.filter });
    this.form.querySelector(".filtered").textContent = this.filter.trim() ? said : "";
    const move = (step, word) => {
      const button = element("button", { type: "button", class: "quiet-button" }, say(word));
      button.addEventListener("click", () => {
        this.change({ page: this.page + step });
        (this.pages.querySelector("button") ?? this.pages).focus();
        this.view.scrollIntoView({ block: "nearest" });
      });
      return button;
    };
    this.pages.hidden = pages === 1;
    this.pages.replaceChildren(
      ...(this.page > 1 ? [move(-1, "previous")] : []),
      element("span", {}, say("page", { number: this.page, of: pages })),
      ...(this.page < pages ? [move(1, "next")] : []),
    );
  }
}
