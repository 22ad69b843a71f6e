// The editor: YASQE in the place of the text area, without what would ask other hosts.

import { complete, declare, described, detail, isWanted, undeclared } from "./completion.js";
import { termAt } from "./context.js";
import { element, say, settings } from "./settings.js";

const SYNTAX_WAIT = 700;
const TERM_WAIT = 250;
// A text of a program, longer than anybody writes by hand, is not read line by line; and of a long
// one the lines that are near those in sight are drawn.
const MOST_READ = 40_000;
const DRAWN_LINES = 300;

const { Yasqe } = window;

// Its completers ask lov.linkeddata.es; its check of the syntax has an inline style in its tooltip.
Yasqe.defaults.autocompleters = [];
for (const name of Object.keys(Yasqe.Autocompleters)) delete Yasqe.Autocompleters[name];
Yasqe.prototype.checkSyntax = () => {};

// What the tokens of the editor call an error, as a mark beside its line.
function markDoubt(editor) {
  editor.clearGutter("gutterErrorBar");
  const doc = editor.getDoc();
  if (editor.getValue().length > MOST_READ) return;
  for (let line = 0; line < doc.lineCount(); line += 1) {
    const { state } = editor.getTokenAt({ line, ch: doc.getLine(line).length }, true);
    if (state.OK === false) {
      const said = say("maybeWrong", { line: line + 1 });
      const mark = element("span", { class: "doubt", role: "img", title: said, "aria-label": said }, "?");
      editor.setGutterMarker(line, "gutterErrorBar", mark);
      return;
    }
  }
}

// A line below the editor that tells of the term at the cursor, or of the one chosen in the list.
class Told {
  constructor(place) {
    this.place = place;
    this.iri = null;
  }

  show(hit) {
    if (!hit) {
      this.place.replaceChildren();
      return;
    }
    const spoken = hit.language && hit.language !== settings.language ? hit.language : undefined;
    this.place.replaceChildren(
      element("a", { href: hit.page, lang: spoken }, hit.label),
      " ",
      element("small", {}, detail(hit)),
      hit.definition ? `${settings.language === "zh" ? "：" : ": "}${hit.definition}` : "",
    );
  }

  async atCursor(editor) {
    const doc = editor.getDoc();
    const iri = termAt(doc.getValue(), doc.indexFromPos(doc.getCursor()), settings.prefixes);
    if (iri === this.iri || editor.state.completionActive) return;
    this.iri = iri;
    const hit = iri ? await described(iri) : null;
    if (iri === this.iri) this.show(hit);
  }

  // Tells of what is chosen in a list of completions, and gives the list its name.  The input is
  // a text area, which may be no combobox; it names the list and its active option all the same.
  watch(editor, data) {
    const input = editor.getInputField();
    this.iri = null;
    Yasqe.on(data, "select", ({ hit }) => this.show(hit ?? null));
    Yasqe.on(data, "shown", () => {
      const { hints } = editor.state.completionActive.widget;
      hints.setAttribute("aria-label", say("suggestions"));
      hints.removeAttribute("aria-expanded");
      hints.tabIndex = 0;
      input.setAttribute("aria-controls", hints.id);
    });
    Yasqe.on(data, "close", () => input.removeAttribute("aria-controls"));
  }
}

// Where the column of an error, which counts characters, is in a line.
const chOf = (text, column) => [...text].slice(0, column - 1).join("").length;

export class Editor {
  constructor(area, { onRun, onLeave, onChange }) {
    this.area = area;
    const run = () => onRun();
    const leave = () => onLeave();
    area.hidden = true;
    const place = element("div", { class: "editor" });
    area.after(place);
    this.yasqe = new Yasqe(place, {
      value: area.value,
      screenReaderLabel: say("label"),
      autocompleters: [],
      consumeShareLink: null,
      createShareableLink: null,
      persistenceId: null,
      resizeable: false,
      showQueryButton: false,
      editorHeight: "auto",
      viewportMargin: DRAWN_LINES,
      highlightSelectionMatches: false,
      requestConfig: { endpoint: new URL(settings.complete, document.baseURI).href },
      extraKeys: {
        "Ctrl-Enter": run,
        "Cmd-Enter": run,
        "Ctrl-Space": () => this.complete(),
        Esc: leave,
        // Tab goes on to the next field, as everywhere: nobody is caught in the editor.
        Tab: false,
        "Shift-Tab": false,
        "Ctrl-S": false,
      },
    });
    this.told = new Told(element("p", { class: "quiet at-cursor", role: "note", "aria-label": say("atCursor") }));
    place.after(this.told.place);
    this.marks = [];
    this.yasqe.getInputField().setAttribute("aria-autocomplete", "list");
    this.follow(onChange);
    markDoubt(this.yasqe);
  }

  follow(onChange) {
    const { yasqe } = this;
    let syntax;
    let term;
    yasqe.on("change", (_, change) => {
      this.area.value = yasqe.getValue();
      this.unmark();
      clearTimeout(syntax);
      syntax = setTimeout(() => markDoubt(yasqe), SYNTAX_WAIT);
      onChange();
      if (change.origin === "+input" || change.origin === "*compose") this.typed();
    });
    yasqe.on("cursorActivity", () => {
      clearTimeout(term);
      term = setTimeout(() => this.told.atCursor(yasqe), TERM_WAIT);
    });
    // Whoever sets the text area sets the editor: a browser that restores the form, a test.
    this.area.addEventListener("input", () => this.set(this.area.value));
  }

  typed() {
    const { yasqe } = this;
    // When the change is over: the list must not open in the middle of it.
    setTimeout(() => {
      const prefix = undeclared(yasqe);
      if (prefix) declare(yasqe, prefix);
      if (!yasqe.state.completionActive && isWanted(yasqe)) this.complete();
    });
  }

  complete() {
    complete(this.yasqe, this.told);
  }

  get text() {
    return this.yasqe.getValue();
  }

  set(text) {
    if (text !== this.text) this.yasqe.setValue(text);
  }

  tidy() {
    this.yasqe.autoformat();
    this.yasqe.getDoc().setCursor({ line: 0, ch: 0 });
  }

  focus() {
    this.yasqe.focus();
  }

  unmark() {
    for (const clear of this.marks.splice(0)) clear();
  }

  // Marks a place, from the column to the end of what stands there, and puts the cursor there.
  mark(line, column) {
    const { yasqe } = this;
    const doc = yasqe.getDoc();
    if (line > doc.lineCount()) return;
    const text = doc.getLine(line - 1);
    const from = { line: line - 1, ch: chOf(text, column) };
    // What was read last before a gap is what could not be gone on from.
    const gap = !text.slice(from.ch, from.ch + 1).trim();
    const token = yasqe.getTokenAt({ line: from.line, ch: gap ? from.ch : from.ch + 1 }, true);
    const [start, end] = gap ? [token.start, from.ch] : [from.ch, Math.max(token.end, from.ch + 1)];
    const marked = doc.markText({ line: from.line, ch: start }, { line: from.line, ch: end }, { className: "wrong-here" });
    const handle = yasqe.addLineClass(from.line, "wrap", "wrong-line");
    this.marks.push(() => marked.clear(), () => yasqe.removeLineClass(handle, "wrap", "wrong-line"));
    doc.setCursor(from);
    yasqe.scrollIntoView(from, 40);
  }
}
