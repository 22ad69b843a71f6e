// Points at two numbers, each with its name where there is room.

import { SIZE, base, legendOf } from "./text.js";

const MOST_NAMES = 30;
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "emptyCircle"];

export function scatter(data, look, width, frame) {
  const series = [...new Set(data.marks.map((mark) => mark.series))];
  const grouped = "series" in data.names;
  const named = (name) => name || data.words.missing;
  const legend = grouped ? legendOf(series.map(named), look, width, frame.head) : null;
  const above = (legend?.height ?? 0) + 32;
  const points = series.map((name) => data.marks.filter((mark) => mark.series === name));
  const axis = (name) => ({
    type: "value",
    name,
    scale: true,
    axisLine: { show: true, lineStyle: { color: look.line } },
    axisTick: { show: false },
    axisLabel: { color: look.soft, fontSize: SIZE, hideOverlap: true },
    nameTextStyle: { color: look.soft, fontSize: SIZE },
    splitLine: { lineStyle: { color: look.line } },
  });
  return {
    height: above + (width < 500 ? 300 : 400),
    width,
    option: {
      ...base(look),
      legend: legend ? { ...legend.option, icon: undefined } : undefined,
      grid: { left: 8, right: 32, top: above + frame.head, bottom: 34 + frame.foot, containLabel: true },
      xAxis: { ...axis(data.names.x), nameLocation: "middle", nameGap: 30, splitNumber: width < 500 ? 4 : 8 },
      yAxis: { ...axis(data.names.value), nameTextStyle: { color: look.soft, fontSize: SIZE, align: "left" } },
      tooltip: {
        ...base(look).tooltip,
        formatter: ({ seriesIndex, dataIndex }) => {
          const mark = points[seriesIndex][dataIndex];
          return [mark.label, mark.series, `${data.names.x}: ${mark.x}`, `${data.names.value}: ${mark.shown}`]
            .filter(Boolean)
            .join("\n");
        },
      },
      series: series.map((name, place) => ({
        type: "scatter",
        name: named(name),
        symbol: SYMBOLS[(place + Math.floor(place / look.series.length)) % SYMBOLS.length],
        symbolSize: 9,
        itemStyle: { opacity: 0.8 },
        data: points[place].map((mark) => [mark.at, mark.value]),
        label: {
          show: data.marks.length <= MOST_NAMES,
          position: "right",
          color: look.ink,
          fontSize: SIZE,
          formatter: ({ dataIndex }) => points[place][dataIndex].label,
        },
        labelLayout: { hideOverlap: true },
      })),
    },
  };
}
