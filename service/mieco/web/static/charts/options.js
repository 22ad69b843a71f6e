// What ECharts is told for each kind of chart.  A frame leaves room above and below for the
// words of a saved picture.  A value that is missing stays missing.

import { network, tree } from "./relations.js";
import { scatter } from "./scatter.js";
import { SIZE, base, cut, legendOf, lines, widest } from "./text.js";

const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "emptyCircle"];

const seriesIn = (marks) => [...new Set(marks.map((mark) => mark.series))];

const axisStyle = (look) => ({
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { color: look.soft, fontSize: SIZE },
  nameTextStyle: { color: look.soft, fontSize: SIZE },
  splitLine: { lineStyle: { color: look.line } },
});

const timeLabel = (look) => ({
  color: look.soft,
  fontSize: SIZE,
  hideOverlap: true,
  formatter: { year: "{yyyy}", month: "{yyyy}-{MM}", day: "{yyyy}-{MM}-{dd}" },
});

const allWhole = (marks) => marks.every((mark) => mark.value === null || Number.isInteger(mark.value));

// A category axis of names that may take several lines, and how high a row must be for them.
function rowsOf(labels, width, look, least) {
  const room = Math.min(widest(labels) + 4, Math.max(96, width * 0.36), 320);
  const broken = labels.map((label) => lines(label, room));
  const most = Math.max(1, ...broken.map((each) => each.length));
  return {
    room,
    rowHeight: Math.max(least, most * 15 + 8),
    axis: {
      ...axisStyle(look),
      type: "category",
      inverse: true,
      data: labels.map((_, place) => String(place)),
      axisLabel: {
        color: look.ink,
        fontSize: SIZE,
        lineHeight: 15,
        interval: 0,
        formatter: (place) => broken[Number(place)].join("\n"),
      },
    },
  };
}

// What is a share of a hundred is seen as one, not as a share of the longest bar.
const shares = (data) =>
  /%|百分/.test(data.names.value) &&
  data.marks.every((mark) => mark.value === null || (mark.value >= 0 && mark.value <= 100));

// Marks of the same label one below the other, with an empty row between the labels where some
// label has several.  No row is kept for what has no record.
function barRows(marks) {
  const groups = new Map();
  for (const mark of marks) groups.set(mark.key, [...(groups.get(mark.key) ?? []), mark]);
  const spaced = [...groups.values()].some((group) => group.length > 1);
  const rows = [];
  for (const group of groups.values()) {
    if (rows.length && spaced) rows.push(null);
    const middle = Math.floor((group.length - 1) / 2);
    group.forEach((mark, place) => rows.push({ mark, label: place === middle ? mark.label : "" }));
  }
  return { rows, spaced };
}

// Colours come again after the sixth series, and then with stripes.
const striped = (look) => ({
  symbol: "rect", color: look.paper, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4,
});

function bar(data, look, width, frame) {
  const names = seriesIn(data.marks);
  const grouped = "series" in data.names;
  const { rows, spaced } = barRows(data.marks);
  const labels = rows.map((row) => row?.label ?? "");
  const { room, rowHeight, axis } = rowsOf(labels, width, look, spaced ? 20 : 26);
  const legend = grouped
    ? legendOf(names.map((n) => n || data.words.missing), look, width, frame.head)
    : null;
  const above = legend?.height ?? 8;
  const shownOf = (mark) => mark.shown || data.words.missing;
  const right = Math.min(120, widest(data.marks.map(shownOf)) + 16);
  const label = { show: true, position: "right", fontSize: SIZE };
  const written = ({ dataIndex }) => shownOf(rows[dataIndex].mark);
  const series = names.map((name, place) => ({
    type: "bar",
    name: name || data.words.missing,
    barWidth: Math.min(18, rowHeight - 6),
    barGap: "-100%",
    barMinHeight: 1,
    itemStyle: place < look.series.length ? undefined : { decal: striped(look) },
    data: rows.map((row) => (row?.mark.series === name ? (row.mark.value ?? "-") : "-")),
    label: { ...label, color: look.ink, formatter: written },
  }));
  // What has no number is told beside its name, without a bar.
  series.push({
    type: "scatter",
    symbolSize: 0.01,
    silent: true,
    data: rows.map((row, place) => (row?.mark.value === null ? [0, place] : "-")),
    label: { ...label, color: look.soft, formatter: written },
  });
  return {
    height: above + rowHeight * rows.length + 46,
    width,
    option: {
      ...base(look),
      legend: legend?.option,
      grid: { left: room + 12, right, top: above + frame.head, bottom: 46 + frame.foot },
      xAxis: {
        ...axisStyle(look),
        type: "value",
        minInterval: allWhole(data.marks) ? 1 : undefined,
        max: shares(data) ? 100 : undefined,
        splitNumber: width < 500 ? 3 : 5,
        name: data.names.value,
        nameLocation: "middle",
        nameGap: 28,
      },
      yAxis: axis,
      tooltip: {
        ...base(look).tooltip,
        formatter: ({ dataIndex }) => {
          const { mark } = rows[dataIndex];
          return [mark.label, mark.series, `${data.names.value}: ${shownOf(mark)}`]
            .filter(Boolean)
            .join("\n");
        },
      },
      series,
    },
  };
}

function line(data, look, width, frame) {
  const names = seriesIn(data.marks);
  const several = names.length > 1;
  const types = { number: "value", time: "time", category: "category" };
  const number = data.scale === "number";
  const points = Object.fromEntries(
    names.map((name) => [name, data.marks.filter((mark) => mark.series === name)]),
  );
  const legend = several ? legendOf(names.map((n) => n || data.words.missing), look, width, frame.head) : null;
  const above = (legend?.height ?? 0) + 32;
  return {
    height: above + (width < 500 ? 270 : 350),
    width,
    option: {
      ...base(look),
      legend: legend ? { ...legend.option, icon: undefined } : undefined,
      grid: { left: 8, right: 32, top: above + frame.head, bottom: 34 + frame.foot, containLabel: true },
      xAxis: {
        ...axisStyle(look),
        type: types[data.scale],
        name: data.names.x,
        nameLocation: "middle",
        nameGap: 30,
        scale: true,
        min: number ? ({ min, max }) => (min === max ? min - 1 : min) : undefined,
        max: number ? ({ min, max }) => (min === max ? max + 1 : max) : undefined,
        minInterval: number && data.marks.every((m) => Number.isInteger(m.at)) ? 1 : undefined,
        splitNumber: width < 500 ? 4 : 8,
        splitLine: { show: false },
        axisLine: { show: true, lineStyle: { color: look.line } },
        // A year is written without a mark between its thousands.
        axisLabel: {
          ...timeLabel(look),
          ...(data.scale === "time" ? {} : { formatter: (value) => String(value) }),
        },
        data: data.scale === "category" ? [...new Set(data.marks.map((m) => m.at))] : undefined,
      },
      yAxis: {
        ...axisStyle(look),
        type: "value",
        name: data.names.value,
        nameLocation: "end",
        nameTextStyle: { color: look.soft, fontSize: SIZE, align: "left" },
        minInterval: allWhole(data.marks) ? 1 : undefined,
        max: shares(data) ? 100 : undefined,
      },
      tooltip: {
        ...base(look).tooltip,
        trigger: "item",
        formatter: ({ seriesIndex, dataIndex }) => {
          const mark = points[names[seriesIndex]][dataIndex];
          return [mark.series, `${data.names.x}: ${mark.x}`, `${data.names.value}: ${mark.shown}`]
            .filter(Boolean)
            .join("\n");
        },
      },
      series: names.map((name, place) => ({
        type: "line",
        name: name || data.words.missing,
        // No two series have both their colour and their symbol in common.
        symbol: SYMBOLS[(place + Math.floor(place / look.series.length)) % SYMBOLS.length],
        symbolSize: 8,
        lineStyle: { width: 2, type: place < look.series.length ? "solid" : "dashed" },
        connectNulls: false,
        data: points[name].map((mark) => [mark.at, mark.value]),
        label: {
          show: data.marks.length <= 24 && names.length <= 3,
          position: "top",
          color: look.ink,
          fontSize: SIZE,
          formatter: ({ dataIndex }) => points[name][dataIndex].shown,
        },
        labelLayout: { hideOverlap: true },
      })),
    },
  };
}

const DAY = 24 * 3600 * 1000;

// Marks of the same thing on the same day stand on one row, one beside the other.
function rowsByDay(marks) {
  const rows = new Map();
  for (const mark of marks) {
    const key = [mark.key, mark.start, mark.end].join("\n");
    rows.set(key, [...(rows.get(key) ?? []), mark]);
  }
  return [...rows.values()];
}

function timeline(data, look, width, frame) {
  const names = seriesIn(data.marks);
  // More series than colours are told by name: colours that come again would tell nothing.
  const coloured = names.length <= look.series.length;
  const several = "series" in data.names && names.length > 1 && coloured;
  const rows = rowsByDay(data.marks);
  const labels = rows.map((row) => {
    const unsaid = coloured ? [] : seriesIn(row).filter((name) => !row[0].label.includes(name));
    return [row[0].label, ...unsaid].join(" · ");
  });
  // Where it is narrow, what happened stands above its mark instead of beside it.
  const narrow = width < 560;
  const beside = rowsOf(labels, width, look, 26);
  const rowHeight = narrow ? 44 : beside.rowHeight;
  const axis = narrow ? { ...beside.axis, axisLabel: { show: false } } : beside.axis;
  const left = narrow ? 8 : beside.room + 12;
  // A date stands after its mark, and has room there wherever the mark ends.
  const most = Math.max(...rows.map((row) => row.length));
  const right = widest(data.marks.map((mark) => mark.shown)) + 12 * Math.min(most, 8) + 4;
  const legend = several ? legendOf(names.map((n) => n || data.words.missing), look, width, frame.head) : null;
  const top = (legend?.height ?? 4) + 22;
  const first = Math.min(...data.marks.map((mark) => Date.parse(mark.start)));
  const last = Math.max(...data.marks.map((mark) => Date.parse(mark.end) + DAY));
  const margin = Math.max((last - first) * 0.03, 15 * DAY);
  // A day is a dot; a month or a year, of which no day is known, a bar as long as it.
  const drawn = ({ coordSys }, api) => {
    const [row, nth] = [rows[api.value(2)], api.value(3)];
    const mark = row[nth];
    const [start, middle] = api.coord([api.value(0), api.value(2)]);
    const y = middle + (narrow ? 9 : 0);
    const [end] = api.coord([api.value(1), api.value(2)]);
    const style = { fill: api.visual("color") };
    const length = mark.start === mark.end ? 0 : Math.max(end - start, 6);
    const shape = length
      ? {
          type: "rect",
          style,
          shape: { x: start, y: y - 4 * row.length + 8 * nth, width: length, height: 7, r: 3 },
        }
      : { type: "circle", style, shape: { cx: start + 12 * nth, cy: y, r: 5 } };
    if (nth < row.length - 1) return shape;
    const above = {
      type: "text",
      style: {
        text: narrow ? cut(labels[api.value(2)], coordSys.width + right - 12) : "",
        x: coordSys.x,
        y: middle - 11,
        verticalAlign: "middle",
        fill: look.ink,
        font: `${SIZE}px ${look.font}`,
      },
    };
    const after = start + (length || 12 * nth + 5) + 6;
    const text = {
      type: "text",
      style: {
        text: mark.shown,
        x: after,
        y,
        align: "left",
        verticalAlign: "middle",
        fill: look.soft,
        font: `11px ${look.font}`,
      },
    };
    return { type: "group", children: [shape, text, above] };
  };
  return {
    height: top + rowHeight * rows.length + 12,
    width,
    option: {
      ...base(look),
      legend: legend?.option,
      grid: { left, right, top: top + frame.head, bottom: 12 + frame.foot },
      xAxis: {
        ...axisStyle(look),
        type: "time",
        position: "top",
        min: first - margin,
        max: last + margin,
        splitNumber: width < 500 ? 2 : 6,
        // Where no day is known the axis names none.
        minInterval: data.marks.some((mark) => mark.start === mark.end) ? undefined : 28 * DAY,
        splitLine: { show: true, lineStyle: { color: look.line } },
        axisLabel: timeLabel(look),
      },
      yAxis: axis,
      tooltip: {
        ...base(look).tooltip,
        formatter: ({ value }) => {
          const mark = rows[value[2]][value[3]];
          return [mark.label, mark.series, mark.shown].filter(Boolean).join("\n");
        },
      },
      series: names.map((name) => ({
        type: "custom",
        name: name || data.words.missing,
        itemStyle: coloured ? undefined : { color: look.accent },
        renderItem: drawn,
        encode: { x: [0, 1], y: 2 },
        data: rows.flatMap((row, place) =>
          row.flatMap((mark, nth) =>
            mark.series === name
              ? [[Date.parse(mark.start), Date.parse(mark.end) + (mark.start === mark.end ? 0 : DAY), place, nth]]
              : [],
          ),
        ),
      })),
    },
  };
}

const CHARTS = { bar, line, scatter, timeline, network, tree };

// The option, and how wide and high it is without its frame.
export function optionOf(data, look, width, frame = { head: 0, foot: 0 }) {
  return CHARTS[data.kind](data, look, width, frame);
}
