// What a chart of an answer can be, and its marks: rows seen through the columns that were chosen.
// What has no value has none here either.

const MOST = { bar: 60, line: 500, scatter: 2000, timeline: 60, network: 200 };
// So much of a column must be a number for it to be drawn as one.
const SHARE = 0.5;
// A line over time is the first choice only where nearly every row has its time.
const DATED = 0.8;

const places = (data, column) => data.rows.map((row) => row[column]).filter((place) => place !== null);

function share(data, column, test) {
  const found = places(data, column);
  return found.length ? found.filter((place) => test(data.terms[place])).length / found.length : 0;
}

const isDate = (term) => term.period !== undefined && (term.number === undefined || /^\d{4}$/.test(term.text));

// The columns by what can be drawn of them; ``dated`` if nearly every row has a date.
export function columnsOf(data) {
  const named = data.columns.map(({ name, kind }, place) => ({ name, kind, place }));
  const having = (test, least = SHARE) => named.filter(({ place }) => share(data, place, test) > least);
  const numbers = having((term) => term.number !== undefined);
  return {
    all: named,
    // A year is a number too, but seldom what is to be measured.
    numbers: [...numbers.filter(({ kind }) => kind !== "date"), ...numbers.filter(({ kind }) => kind === "date")],
    dates: having(isDate),
    dated: named.some(({ place }) => data.rows.length && data.rows.filter((row) => row[place] !== null && isDate(data.terms[row[place]])).length / data.rows.length > DATED),
    things: having((term) => term.iri !== undefined || term.text.startsWith("_:"), 0),
    labels: [...named.filter(({ kind }) => kind === "thing" || kind === "text"), ...named.filter(({ kind }) => kind === "date"), ...named.filter(({ kind }) => kind === "number")],
  };
}

// The kinds of charts that there are columns for, the likeliest first.
export function kindsFor(columns) {
  const measured = columns.numbers.filter(({ kind }) => kind !== "date");
  const kinds = [];
  if (measured.length && columns.dated) kinds.push("line");
  if (measured.length) kinds.push("bar");
  if (columns.numbers.length > 1) kinds.push("scatter");
  if (measured.length && !columns.dated) kinds.push("line");
  if (columns.dates.length) kinds.push("timeline");
  return kinds;
}

// The channels of a kind: what each is called, which columns it may be, and which it is at first.
export function channelsOf(kind, columns) {
  const { all, numbers, dates, labels, things } = columns;
  const besides = (list, ...taken) => list.filter((each) => !taken.includes(each));
  const value = numbers[0];
  switch (kind) {
    case "bar": {
      const label = besides(labels, value)[0] ?? value;
      return { label: ["chartLabel", all, label], value: ["chartValue", numbers, value], series: ["chartSeries", all, null] };
    }
    case "line": {
      const x = besides(dates, value)[0] ?? besides(labels, value)[0] ?? value;
      const kept = numbers.find((each) => each !== x) ?? value;
      return { x: ["chartX", all, x], value: ["chartValue", numbers, kept], series: ["chartSeries", all, null] };
    }
    case "scatter": {
      const y = numbers[1];
      const label = besides(labels, value, y)[0] ?? null;
      return { x: ["chartX", numbers, value], value: ["chartY", numbers, y], label: ["chartLabel", all, label], series: ["chartSeries", all, null] };
    }
    case "timeline": {
      const date = dates[0];
      return { date: ["chartDate", dates, date], label: ["chartLabel", all, besides(labels, date)[0] ?? date], series: ["chartSeries", all, null] };
    }
    default: {
      const from = things[0];
      const graph = all.length === 3 && all[1].name === "predicate";
      const to = graph ? all[2] : besides(things, from)[0];
      const link = besides(things, from, to)[0] ?? null;
      return { from: ["networkFrom", things, from], to: ["networkTo", things, to], link: ["networkLink", all, graph ? all[1] : link] };
    }
  }
}

function markOf(kind, term) {
  const text = (channel) => term(channel)?.text ?? "";
  const key = (channel) => term(channel)?.iri ?? text(channel);
  const value = term("value")?.number ?? null;
  switch (kind) {
    case "timeline": {
      const period = term("date")?.period;
      if (!period) return null;
      const [start, end] = period;
      return { start, end, shown: text("date"), label: text("label"), key: key("label"), series: text("series") };
    }
    case "network":
      if (!term("from") || !term("to")) return null;
      return { from: text("from"), to: text("to"), link: text("link"), from_key: key("from"), to_key: key("to") };
    case "line":
      return term("x") ? { x: text("x"), term: term("x"), value, shown: text("value"), series: text("series") } : null;
    case "scatter": {
      const at = term("x")?.number;
      if (at === undefined || value === null) return null;
      return { at, x: text("x"), value, shown: text("value"), label: text("label"), series: text("series") };
    }
    default:
      return term("label") ? { label: text("label"), key: key("label"), value, shown: text("value"), series: text("series") } : null;
  }
}

const middle = ([first, last]) => new Date((Date.parse(first) + Date.parse(last)) / 2).toISOString().slice(0, 10);

// What the x of a line is, and the marks in its order, each with its place.
function scaled(marks) {
  const readers = { number: (term) => term.number, time: (term) => term.period && middle(term.period) };
  for (const [scale, read] of Object.entries(readers)) {
    const placed = marks.map(({ term, ...mark }) => ({ ...mark, at: read(term) }));
    if (placed.every(({ at }) => at !== undefined)) {
      return [scale, placed.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))];
    }
  }
  return ["category", marks.map(({ term, ...mark }) => ({ ...mark, at: mark.x }))];
}

// The marks of the rows for the chosen columns (channel → place); how many there would be and how
// many rows have none.
export function marksOf(kind, data, chosen) {
  const used = Object.entries(chosen).filter(([, place]) => place !== null);
  const places_ = Object.fromEntries(used);
  let marks = data.rows
    .map((row) => markOf(kind, (channel) => (channel in places_ ? data.terms[row[places_[channel]]] : undefined)))
    .filter(Boolean);
  // The ends of a network are things; a text at an end would be one node for all that say it.
  if (kind === "network") marks = marks.filter(({ to_key }) => /^(?:_:|[a-z][a-z0-9+.-]*:)/i.test(to_key));
  const without = data.rows.length - marks.length;
  let scale = "";
  if (kind === "line") [scale, marks] = scaled(marks);
  const names = Object.fromEntries(used.map(([channel, place]) => [channel, data.columns[place].name]));
  return { marks: marks.slice(0, MOST[kind]), count: marks.length, without, scale, names };
}
