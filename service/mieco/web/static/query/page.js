// The query page with scripts: an editor that completes, answers without loading the page anew,
// charts.  Without them it is a form and a table.

import { Editor } from "./editor.js";
import { offerExamples } from "./examples.js";
import { History, draft, remember } from "./history.js";
import { showResult } from "./result.js";
import { element, say, settings } from "./settings.js";

const form = document.getElementById("ask");
const area = document.getElementById("query");
const status = form.querySelector(".said");
const stop = form.querySelector(".stop");
const outcome = () => document.getElementById("outcome");

const original = area.defaultValue;
let ran = original;
let running = null;
let shownAt = location.search;

// What the page shows elsewhere is said to those alone who do not see it.
const tell = (text, { unseen = false } = {}) => {
  status.classList.toggle("hidden", unseen);
  status.textContent = text;
};

const editor = new Editor(area, {
  onRun: () => run(),
  onLeave: () => form.querySelector(".run").focus(),
  onChange: () => draft.set(editor && editor.text !== ran ? editor.text : null),
});

// The parameters of the form, without those left open.
function asked() {
  const pairs = [...new FormData(form)].map(([name, value]) => [name, name === "query" ? editor.text : value.trim()]);
  return new URLSearchParams(pairs.filter(([name, value]) => value || name === "query"));
}

// Says how long it has been running, and offers to stop it.
function begin() {
  running?.controller.abort();
  const began = Date.now();
  const limit = Number(form.elements.timeout.value) || settings.timeout;
  const said = () => tell(say("running", { seconds: Math.round((Date.now() - began) / 1000), limit: Math.min(limit, settings.maxTimeout) }));
  const mine = { controller: new AbortController(), timer: setInterval(said, 1000), stopped: false };
  mine.end = () => {
    clearInterval(mine.timer);
    if (running !== mine) return;
    running = null;
    stop.hidden = true;
    outcome().removeAttribute("aria-busy");
  };
  running = mine;
  stop.hidden = false;
  outcome().setAttribute("aria-busy", "true");
  return mine;
}

async function ask(parameters, signal) {
  const address = `${location.pathname}?${parameters}`;
  const headers = { Accept: "text/html" };
  if (new URL(address, document.baseURI).href.length <= settings.longest) {
    return [await fetch(address, { headers, signal }), address];
  }
  return [await fetch(location.pathname, { method: "POST", body: parameters, headers, signal }), location.pathname];
}

async function run() {
  const query = editor.text;
  const mine = begin();
  try {
    const [reply, address] = await ask(asked(), mine.controller.signal);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (running !== mine) return;
    draft.set(null);
    ran = query;
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    shownAt = location.search;
    replace(page, query);
  } catch (error) {
    if (running !== mine) return;
    tell(error.name === "AbortError" ? say("stopped") : say("unreachable"));
  } finally {
    mine.end();
  }
}

// Puts the answer of another page in the place of this one's.
function replace(page, query) {
  const found = page.getElementById("outcome");
  const fresh = element("div", { id: "outcome" });
  if (found) fresh.append(...document.adoptNode(found).childNodes);
  else fresh.append(element("div", { class: "note wrong", role: "alert" }, page.querySelector("main")?.textContent.trim() ?? ""));
  outcome().replaceWith(fresh);
  for (const other of document.querySelectorAll("header nav a[hreflang]")) {
    const there = page.querySelector(`header nav a[hreflang=${other.hreflang}]`);
    if (there) other.href = there.getAttribute("href");
  }
  const wrong = fresh.querySelector(".wrong");
  if (wrong) {
    tell("");
    markProblem();
    return;
  }
  showResult(fresh, query, tell);
  const told = fresh.querySelector(".told, .verdict")?.textContent.trim() ?? "";
  tell(say("ran", { told }), { unseen: true });
  document.getElementById("examples").open = false;
  remember(query, told.split(/(?<=[。.])\s/)[0]);
  past.draw();
  fresh.querySelector("#result")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

// Marks in the editor what the service says is wrong, and offers to go there.
function markProblem() {
  const problem = document.getElementById("problem");
  const line = Number(problem?.dataset.line);
  if (!line) return;
  editor.mark(line, Number(problem.dataset.column));
  const button = element("button", { type: "button", class: "quiet-button" }, say("goThere", { line }));
  button.addEventListener("click", () => editor.focus());
  problem.append(button);
}

const past = new History(
  document.getElementById("history"),
  (query) => {
    editor.set(query);
    editor.focus();
    form.scrollIntoView({ block: "nearest" });
  },
  () => tell(say("historyCleared")),
);

function restore() {
  const kept = draft.get();
  if (kept === null || kept === original) return;
  editor.set(kept);
  const button = element("button", { type: "button", class: "quiet-button" }, say("discard"));
  button.addEventListener("click", () => {
    editor.set(original);
    tell("");
    editor.focus();
  });
  status.replaceChildren(say("restored"), " ", button);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  event.preventDefault();
  run();
});
stop.addEventListener("click", () => {
  running?.controller.abort();
  form.querySelector(".run").focus();
});
const tidy = form.querySelector(".tidy");
tidy.hidden = false;
tidy.addEventListener("click", () => editor.tidy());
form.querySelector(".keys").hidden = false;
// Back and forth among answers; a place on the same page is no other answer.
window.addEventListener("popstate", () => {
  if (location.search !== shownAt) location.reload();
});

offerExamples(document.getElementById("examples"));
restore();
markProblem();
showResult(outcome(), editor.text, tell);
