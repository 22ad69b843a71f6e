// Completion from the data of this service: classes, properties, things, prefixes, variables, words.

import { contextAt } from "./context.js";
import { BEFORE, FUNCTIONS, WITHIN } from "./keywords.js";
import { element, say, settings } from "./settings.js";

const SHOWN = 30;
const WAIT = 90;
const LOCAL = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u;

const known = new Map();
let asking = null;

// What the service suggests; an answer is remembered as long as the page is open.
async function suggested(parameters) {
  const address = new URL(settings.complete, document.baseURI);
  for (const [name, value] of parameters) address.searchParams.append(name, value);
  if (known.has(address.href)) return known.get(address.href);
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  await new Promise((done) => setTimeout(done, WAIT));
  if (signal.aborted) return [];
  try {
    const reply = await fetch(address, { signal, headers: { Accept: "application/json" } });
    if (!reply.ok) return [];
    const { hits } = await reply.json();
    known.set(address.href, hits);
    return hits;
  } catch {
    return [];
  }
}

// What is typed, with a prefix of the query itself written out.
function expanded({ typed, prefixes }) {
  const colon = typed.indexOf(":");
  const namespace = typed.startsWith("<") ? undefined : prefixes[typed.slice(0, colon)];
  return colon < 0 || namespace === undefined ? typed : namespace + typed.slice(colon + 1);
}

// How an IRI is written in a query: with a prefix that the query has, else with one of ours, else
// in full; and the prefix to declare, if there is one.
export function written(iri, declared) {
  const with_ = (prefixes) =>
    Object.entries(prefixes)
      .filter(([, namespace]) => namespace && iri.startsWith(namespace) && LOCAL.test(iri.slice(namespace.length)))
      .sort(([, a], [, b]) => b.length - a.length)[0];
  const own = with_(declared);
  if (own) return { text: `${own[0]}:${iri.slice(own[1].length)}` };
  const free = Object.fromEntries(Object.entries(settings.prefixes).filter(([name]) => !(name in declared)));
  const ours = with_(free);
  if (ours) return { text: `${ours[0]}:${iri.slice(ours[1].length)}`, prefix: ours };
  return { text: `<${iri}>` };
}

// Declares a prefix below those that are declared, or else above the query.
export function declare(editor, [name, namespace]) {
  const doc = editor.getDoc();
  let line = 0;
  let begun = false;
  doc.eachLine((each) => {
    if (/^\s*(?:PREFIX|BASE)\b/i.test(each.text)) line = doc.getLineNumber(each) + 1;
    else if (!begun && /^\s*(?:#|$)/.test(each.text) && !line) line = 0;
    else begun = true;
  });
  const said = `PREFIX ${name}: <${namespace}>\n`;
  doc.replaceRange(said, { line, ch: 0 }, { line, ch: 0 }, "+declare");
}

const counted = (hit) =>
  hit.count === null ? "" : say(hit.kind === "class" ? "instances" : "statements", { count: hit.count });

const detail = (hit) =>
  [
    hit.kind === "class" || hit.kind === "property" ? say(hit.kind) : hit.kind,
    counted(hit),
    hit.used ? say("usedHere") : "",
    hit.deprecated ? say("deprecated") : "",
  ].filter(Boolean).join(" · ");

function rendered(name, label, told, language) {
  return (place) => {
    place.append(element("span", { class: "name" }, name), " ");
    const spoken = language && language !== settings.language ? language : undefined;
    if (label && label !== name) place.append(element("span", { class: "label", lang: spoken }, label), " ");
    place.append(element("small", {}, told));
  };
}

function ofHit(hit, { declared }) {
  const { text, prefix } = written(hit.iri, declared);
  const isTerm = hit.kind === "class" || hit.kind === "property";
  const [name, label] = isTerm ? [text, hit.label] : [hit.label, text];
  return { text, prefix, hit, render: rendered(name, label, detail(hit), isTerm ? hit.language : "") };
}

const word = (text, kind) => ({ text, render: rendered(text, "", say(kind)) });

const beginning = (texts, typed) => {
  const wanted = typed.toUpperCase();
  return texts.filter((text) => text.startsWith(wanted) && text !== wanted);
};

function prefixHints({ typed, declared }) {
  const begun = typed.replace(/:.*$/, "").toLowerCase();
  return Object.entries(settings.prefixes)
    .filter(([name]) => name.startsWith(begun) && !(name in declared))
    .map(([name, namespace]) => ({
      text: `${name}: <${namespace}>`,
      render: rendered(`${name}:`, namespace, say("prefix")),
    }));
}

const variables = ({ variables: names, typed }) =>
  names.filter((name) => name.startsWith(typed) && name !== typed).map((name) => word(name, "variable"));

async function hintsFor(context) {
  const { kind, typed } = context;
  const text = ["text", expanded(context)];
  const ask = async (...parameters) =>
    (await suggested([text, ["limit", SHOWN], ...parameters])).map((hit) => ofHit(hit, context));
  const named = typed.length > 1;
  switch (kind) {
    case "variable":
      return variables(context);
    case "prefix":
      return prefixHints(context);
    case "class":
      return [...(typed ? [] : variables(context)), ...(await ask(["kind", "class"]))];
    case "property": {
      const found = await ask(["kind", "property"], ...context.classes.map((each) => ["class", each]));
      return typed ? found : [{ ...word("a", "keyword") }, ...found];
    }
    case "thing": {
      const about = context.property?.includes(":") ? [["property", context.property]] : [];
      const found = about.length || named ? await ask(["kind", "thing"], ...about) : [];
      return [...(typed ? [] : variables(context)), ...found];
    }
    case "expression": {
      const words = beginning(FUNCTIONS, typed).map((each) => word(each, "function"));
      const terms = typed.includes(":") ? await ask(["kind", "term"]) : [];
      return [...(typed ? [] : variables(context)), ...words, ...terms];
    }
    case "top":
      return beginning(BEFORE, typed).map((each) => word(each, "keyword"));
    default: {
      const words = beginning([...WITHIN, ...(kind === "after" ? BEFORE : [])], typed);
      const things = kind === "subject" && named ? await ask(["kind", "thing"]) : [];
      return [
        ...(typed ? [] : variables(context)),
        ...words.map((each) => word(each, "keyword")),
        ...things,
      ];
    }
  }
}

function contextOf(editor) {
  const doc = editor.getDoc();
  return contextAt(doc.getValue(), doc.indexFromPos(doc.getCursor()), settings.prefixes);
}

async function hint(editor, told) {
  const context = contextOf(editor);
  const list = context ? await hintsFor(context) : [];
  const doc = editor.getDoc();
  const [from, to] = context ? [doc.posFromIndex(context.from), doc.posFromIndex(context.to)] : [doc.getCursor(), doc.getCursor()];
  const pick = (cm, data, { text, prefix }) => {
    cm.replaceRange(text, from, to, "complete");
    if (prefix) declare(editor, prefix);
  };
  const data = { list: list.slice(0, 2 * SHOWN).map((each) => ({ ...each, hint: pick })), from, to };
  told.watch(editor, data);
  return data;
}

// Opens completion at the cursor; ``told`` hears of the list and of what is chosen in it.
export function complete(editor, told) {
  editor.showHint({
    hint: () => hint(editor, told),
    completeSingle: false,
    closeCharacters: /[\s()[\]{};,>]/,
    container: editor.rootEl,
  });
}

// Whether to open it by itself after a change: while a name is typed, and after "a".
export function isWanted(editor) {
  const context = contextOf(editor);
  if (!context) return false;
  const { kind, typed } = context;
  if (kind === "class" && !typed) return true;
  if (kind === "variable") return typed.length > 1;
  if (kind === "top" || kind === "subject" || kind === "after") return typed.length > 1;
  return typed.length > 0 && !/^[0-9.]+$/.test(typed);
}

// A prefix that was just typed with its colon and is not declared, if we know it.
export function undeclared(editor) {
  const context = contextOf(editor);
  const name = context && /^([\w-]+):$/.exec(context.typed)?.[1];
  if (!name || context.kind === "prefix" || name in context.declared) return null;
  return name in settings.prefixes ? [name, settings.prefixes[name]] : null;
}

// What the service says of a term.
export async function described(iri) {
  const [hit] = await suggested([["kind", "term"], ["text", iri], ["limit", 1]]);
  if (hit?.iri === iri) return hit;
  const [thing] = await suggested([["kind", "thing"], ["text", iri], ["limit", 1]]);
  return thing?.iri === iri ? thing : null;
}

export { detail };
