// What a query that is being written needs at a place: read from its tokens, since a text that
// is not finished has no syntax tree.

const LOCAL = String.raw`(?:[\p{L}\p{N}_:%-]|\.(?=[\p{L}\p{N}_:%-])|\\.)*`;
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<string>"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)`,
    // What is not finished begins as an IRI does; "?a<5" compares.
    String.raw`(?<iri><[^<>"{}|^${"`"}\\\s]*>|<[A-Za-z][^<>"{}|^${"`"}\\\s]*)`,
    String.raw`(?<variable>[?$][\p{L}\p{N}_]+|[?$](?=[\s)]|$))`,
    String.raw`(?<language>@[A-Za-z0-9-]+)`,
    String.raw`(?<name>(?:[\p{L}_](?:[\p{L}\p{N}_-]|\.(?=[\p{L}\p{N}_:-]))*)?:${LOCAL})`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_]*)`,
    String.raw`(?<number>[0-9.]*[0-9](?:[eE][+-]?[0-9]+)?)`,
    String.raw`(?<sign>\^\^|&&|\|\||[!<>]=|\S)`,
  ].join("|"),
  "gu",
);
export const TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const APART = new Set(["OPTIONAL", "UNION", "MINUS", "FILTER", "BIND", "VALUES", "GRAPH", "SERVICE"]);
const CALLS = new Set(["FILTER", "BIND", "HAVING", "BY", "AS"]);

export function tokensOf(text) {
  return [...text.matchAll(TOKEN)].map((match) => {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    return { kind, text: match[0], start: match.index, end: match.index + match[0].length };
  });
}

// The prefixes that a text declares.
export function prefixesIn(tokens) {
  const found = {};
  tokens.forEach((token, place) => {
    const [name, iri] = [tokens[place + 1], tokens[place + 2]];
    if (/^prefix$/i.test(token.text) && name?.kind === "name" && iri?.kind === "iri") {
      found[name.text.slice(0, -1)] = iri.text.replace(/^<|>$/g, "");
    }
  });
  return found;
}

// The IRI that a token stands for, or its text where it stands for none.
export function iriOf(token, prefixes) {
  if (token.kind === "iri") return token.text.replace(/^<|>$/g, "");
  if (token.kind === "word" && token.text === "a") return TYPE;
  const colon = token.text.indexOf(":");
  const namespace = token.kind === "name" ? prefixes[token.text.slice(0, colon)] : undefined;
  return namespace === undefined ? token.text : namespace + token.text.slice(colon + 1);
}

// Follows the triples of a text: what stands where, and which classes a subject is said to have.
class Reader {
  constructor(prefixes, types) {
    this.prefixes = prefixes;
    this.types = types;
    this.frames = [{ mode: "top", slot: 0 }];
    this.last = null;
  }

  get frame() {
    return this.frames.at(-1);
  }

  read(token) {
    if (token.kind === "comment") return;
    if (token.kind === "sign") this.sign(token);
    else if (token.kind === "language") this.frame.skip = false;
    else if (token.kind === "word" && !this.isTerm(token)) this.word(token.text.toUpperCase());
    else this.term(iriOf(token, this.prefixes));
    this.last = token;
  }

  isTerm({ text }) {
    return (text === "a" && this.frame.slot === 1) || text === "true" || text === "false";
  }

  word(text) {
    this.keyword = text;
    const { frame } = this;
    if (frame.mode !== "group" || !APART.has(text)) return;
    frame.slot = 0;
    frame.skip = text === "GRAPH" || text === "SERVICE" || text === "VALUES";
  }

  sign({ text, start }) {
    const { frame } = this;
    if (text === "{") this.push(this.keyword === "VALUES" ? "data" : "group", 0);
    else if (text === "(") this.open();
    else if (text === "[") this.push("bracket", 1, `[${start}`);
    else if (text === "}" || text === ")" || text === "]") this.close(text);
    else if (text === "^^") frame.skip = true;
    else if (text === ".") frame.slot = frame.mode === "bracket" ? frame.slot : 0;
    else if (text === ";") Object.assign(frame, { slot: 1, away: false });
    else if (text === ",") frame.slot = 2;
    else if (text === "|" && frame.slot === 2) frame.slot = 1;
    else if (text === "/" && frame.slot === 2) Object.assign(frame, { slot: 1, away: true });
  }

  push(mode, slot, subject) {
    this.frames.push({ mode, slot, subject });
    if (mode !== "data") this.keyword = null;
  }

  open() {
    const { frame, last } = this;
    const called = last?.kind === "word" || last?.kind === "name" || last?.kind === "iri";
    const inTriples = frame.mode === "group" || frame.mode === "bracket";
    if (inTriples && frame.slot === 1 && !CALLS.has(this.keyword)) {
      this.push("path", 1, frame.subject);
    } else if (this.keyword === "VALUES") {
      this.frames.push({ mode: "data", slot: 0 });
    } else if (inTriples && !called && frame.slot !== 3) {
      this.frames.push({ mode: "list", slot: 2 });
    } else {
      this.frames.push({ mode: "expression", slot: 0 });
    }
  }

  close(sign) {
    if (this.frames.length === 1) return;
    const { mode, subject, predicate } = this.frames.pop();
    if (mode === "bracket" || mode === "list") this.term(subject ?? "");
    else if (mode === "path") this.term(predicate ?? "");
    else if (mode === "group") Object.assign(this.frame, { slot: 0 });
    if (mode === "data" && sign === "}") {
      this.keyword = null;
      this.frame.skip = false;
    }
    if (mode === "expression") this.keyword = null;
  }

  term(value) {
    const { frame } = this;
    if (frame.skip) {
      frame.skip = false;
      return;
    }
    if (frame.mode === "top" || frame.mode === "expression" || frame.mode === "data") return;
    if (frame.mode === "list") return;
    if (frame.slot === 0) Object.assign(frame, { subject: value, away: false });
    else if (frame.slot === 1) frame.predicate = value;
    else if (frame.slot === 2 && frame.predicate === TYPE && typeof value === "string") {
      const known = this.types.get(frame.subject) ?? new Set();
      this.types.set(frame.subject, known.add(value));
    }
    frame.slot = frame.mode === "path" ? 2 : Math.min(frame.slot + 1, 3);
  }
}

// What is being written at an offset: its kind, where it begins and ends, what is typed of it up
// to the offset; the classes of the subject or the property where these say what may stand there.
// Nothing in a comment or a string.
export function contextAt(text, offset, known) {
  const tokens = tokensOf(text);
  const prefixes = { ...known, ...prefixesIn(tokens) };
  const touching = tokens.find((token) => token.start < offset && offset <= token.end);
  if (touching?.kind === "string" || touching?.kind === "comment") {
    const over = touching.kind === "string" && offset === touching.end && touching.text.length > 1;
    if (!over) return null;
  }
  const open = touching && ["iri", "variable", "name", "word"].includes(touching.kind) ? touching : null;
  const from = open?.start ?? offset;
  const types = new Map();
  const whole = new Reader(prefixes, types);
  const upTo = new Reader(prefixes, new Map());
  for (const token of tokens) {
    if (token !== open) whole.read(token);
    if (token.end <= from) upTo.read(token);
  }
  const { frame, last } = upTo;
  const found = {
    from,
    to: open && offset < open.end ? open.end : offset,
    typed: text.slice(from, offset),
    prefixes,
    declared: prefixesIn(tokens),
    variables: [...new Set(tokens.filter((t) => t.kind === "variable" && t !== open).map((t) => t.text))],
  };
  if (found.typed.startsWith("?") || found.typed.startsWith("$")) return { ...found, kind: "variable" };
  if (last && /^prefix$/i.test(last.text)) return { ...found, kind: "prefix" };
  if (frame.mode === "top") return { ...found, kind: "top" };
  if (frame.mode === "expression") return { ...found, kind: "expression" };
  if (frame.mode === "data" || frame.skip) return { ...found, kind: "thing" };
  if (frame.mode === "list") return { ...found, kind: "thing" };
  if (frame.slot === 1) {
    // A step along a path leads away from the subject.
    const classes = frame.away ? [] : [...(types.get(frame.subject) ?? [])];
    return { ...found, kind: "property", classes };
  }
  if (frame.slot === 2 && frame.predicate === TYPE) return { ...found, kind: "class" };
  if (frame.slot === 2) return { ...found, kind: "thing", property: frame.predicate };
  return { ...found, kind: frame.slot === 0 ? "subject" : "after" };
}

// The term that an offset is in or at, as an IRI; nothing where there is none.
export function termAt(text, offset, known) {
  const tokens = tokensOf(text);
  const token = tokens.find((t) => t.start <= offset && offset <= t.end && ["iri", "name"].includes(t.kind));
  if (!token) return null;
  const iri = iriOf(token, { ...known, ...prefixesIn(tokens) });
  return /^[a-z][a-z0-9+.-]*:/i.test(iri) && iri.length > 8 ? iri : null;
}
