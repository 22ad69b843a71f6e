// Texts in charts: how much room they take, and how all charts look alike.

export const SIZE = 12;
const wide = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]/;

// About how many pixels a text takes.
export const widthOf = (text) => [...text].reduce((sum, c) => sum + (wide.test(c) ? SIZE : 6.8), 0);

export const widest = (texts) => texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);

// A text cut to so many pixels.
export function cut(text, most) {
  if (widthOf(text) <= most) return text;
  let kept = "";
  for (const c of text) {
    if (widthOf(kept + c) > most - SIZE) break;
    kept += c;
  }
  return `${kept}…`;
}

// The lines of a text, as wide as there is room, at most three.
export function lines(text, most) {
  const found = [""];
  for (const part of text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/g) ?? []) {
    if (widthOf(found.at(-1) + part) > most && found.at(-1)) found.push("");
    found[found.length - 1] += part;
  }
  const kept = found.slice(0, 3);
  if (found.length > 3) kept[2] = cut(`${kept[2].trim()}…`, most);
  return kept.map((line) => cut(line.trim(), most + SIZE));
}

export function base(look) {
  return {
    animation: false,
    color: look.series,
    textStyle: { fontFamily: look.font, color: look.ink },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: look.paper,
      borderColor: look.line,
      textStyle: { color: look.ink, fontSize: SIZE, width: 280, overflow: "break" },
    },
  };
}

const GAP = 14;

// A legend, and how high it is with as many lines as it needs.  One of many lines is turned.
export function legendOf(names, look, width, top) {
  const room = width - 24;
  const told = names.map((name) => cut(name, room - 30));
  let [rows, used] = [1, 0];
  for (const text of told) {
    const needed = widthOf(text) + 20 + GAP;
    if (used && used + needed > room) [rows, used] = [rows + 1, 0];
    used += needed;
  }
  const turned = rows > 6;
  return {
    height: 14 + 22 * (turned ? 1 : rows),
    option: {
      type: turned ? "scroll" : "plain",
      data: names,
      formatter: (name) => cut(name, room - 30),
      top,
      left: 0,
      width: room,
      icon: "rect",
      itemWidth: 12,
      itemHeight: 12,
      itemGap: GAP,
      textStyle: { color: look.ink, fontSize: SIZE, lineHeight: 14 },
      pageTextStyle: { color: look.soft },
    },
  };
}
