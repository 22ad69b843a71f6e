// Charts of what belongs together: a network of things, and a tree of them.

import { SIZE, base, cut, legendOf, lines, widest } from "./text.js";

const MOST_LINK_TEXTS = 40;
const MOST_NAMES = 40;
const LINE = 14;
// Half of what a node takes up, with a little room.
const NODE = 9;
const SHAPES = ["circle", "rect", "diamond"];

// Things by key: the name, on which side of a link each stands (1: from, 2: to, 3: both), and
// how many links it has.
function nodesOf(marks) {
  const nodes = new Map();
  const meet = (key, name, side) => {
    const node = nodes.get(key) ?? { key, name, sides: 0, links: 0 };
    node.sides |= side;
    node.links += 1;
    nodes.set(key, node);
  };
  for (const mark of marks) {
    meet(mark.from_key, mark.from, 1);
    meet(mark.to_key, mark.to, 2);
  }
  return [...nodes.values()];
}

// Names without the words at their beginning or end that several share, two words or more: in what
// little room there is these would be most of what is seen of them.
const SHARED = 3;

// How many words at the beginning of each it shares with others; one word stays at least.
function sharedWords(every) {
  const counts = new Map();
  const starts = every.map((words) => words.slice(1).map((_, place) => words.slice(0, place + 1).join(" ")));
  for (const start of starts.flat()) counts.set(start, (counts.get(start) ?? 0) + 1);
  return starts.map((each) => {
    const size = each.filter((start) => counts.get(start) >= SHARED).length;
    return size > 1 ? size : 0;
  });
}

function distinct(names) {
  const words = names.map((name) => name.split(" "));
  const starts = sharedWords(words);
  const ends = sharedWords(words.map((each) => [...each].reverse()));
  return words.map((each, place) => {
    const [start, end] = [starts[place], each.length - ends[place]];
    if (start >= end || (!start && end === each.length)) return names[place];
    return `${start ? "… " : ""}${each.slice(start, end).join(" ")}${end < each.length ? " …" : ""}`;
  });
}

// Where forces bring the nodes; the layout is found once, out of sight, and then fitted.
const layouts = new WeakMap();

function positions(nodes, links, width, height) {
  const size = `${width}x${height}`;
  const known = layouts.get(links) ?? new Map();
  layouts.set(links, known);
  if (known.has(size)) return known.get(size);
  const hidden = window.echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  hidden.setOption({
    animation: false,
    series: [
      {
        type: "graph",
        layout: "force",
        force: { initLayout: "circular", repulsion: 260, edgeLength: 70, gravity: 0.12, layoutAnimation: false },
        data: nodes.map((node) => ({ id: node.key, name: node.key })),
        links: links.map((link) => ({ source: link.from_key, target: link.to_key })),
      },
    ],
  });
  const found = hidden.getModel().getSeriesByIndex(0).getData();
  const at = nodes.map((_, place) => found.getItemLayout(place));
  hidden.dispose();
  known.set(size, at);
  return at;
}

// Positions stretched so that they fill a box, and the box that they fill.
function fitted(at, box) {
  const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const [x, y] = [wide ? box.width / wide : 0, high ? box.height / high : 0];
  return at.map((each) => [(each[0] - left) * x, (each[1] - top) * y]);
}

// What a name covers that stands on a side of the node at a point, or over it.
function boxAt(side, x, y, wide, high) {
  const across = { left: x - NODE - wide, right: x + NODE }[side] ?? x - wide / 2;
  const down = { top: y - NODE - high, bottom: y + NODE }[side] ?? y - high / 2;
  return { left: across, right: across + wide, top: down, bottom: down + high };
}

const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

export function network(data, look, width, frame) {
  const nodes = nodesOf(data.marks);
  const narrow = width < 500;
  const each = (narrow ? 18 : 13) + (nodes.length > MOST_NAMES ? 0 : 9);
  const height = Math.min(Math.max(300, nodes.length * each), narrow ? 760 : 860);
  const room = Math.min(220, width * 0.24);
  const head = data.directed ? 56 : 28;
  const box = { left: room, width: width - 2 * room, top: head + frame.head, height: height - 44 };
  const at = fitted(positions(nodes, data.marks, width, height), box);
  const across = new Map(nodes.map((node, place) => [node.key, at[place][0]]));
  const away = (key) => {
    const others = data.marks
      .filter((mark) => mark.from_key === key || mark.to_key === key)
      .map((mark) => across.get(mark.from_key === key ? mark.to_key : mark.from_key));
    return others.reduce((sum, x) => sum + x, 0) / others.length;
  };
  // A layout of labels would move those of links away from them.
  const worded = nodes.length <= MOST_NAMES && data.marks.length <= MOST_LINK_TEXTS;
  const names = [data.names.from, data.names.to, data.words.both];
  const sides = [1, 2, 3].filter((side) => nodes.some((node) => node.sides === side));
  const crowded = nodes.length > MOST_NAMES;
  const short = distinct(nodes.map((node) => node.name));
  const written = (place, free) =>
    crowded
      ? cut(short[place], Math.min(Math.max(room, 120), free))
      : lines(short[place], Math.min(Math.max(room * 0.8, 110), free - SIZE)).join("\n");
  // A name stands on a side of its node where it covers no other, if there is one.
  const taken = at.map(([x, y]) => boxAt("over", room + x, y, 2 * NODE, 2 * NODE));
  const placed = nodes.map((node, place) => {
    const [x, y] = [room + at[place][0], at[place][1]];
    const beside = away(node.key) >= at[place][0] + 1 ? "left" : "right";
    const first = node.links > 2 ? "top" : beside;
    const stands = [first, ...(crowded ? [] : ["right", "left", "bottom", "top"])].map((position) => {
      // How far it may go before it leaves the picture.
      const free = { left: x - 16, right: width - x - 16 }[position] ?? 2 * Math.min(x, width - x);
      const text = written(place, Math.max(free, 3 * SIZE));
      const rows = text.split("\n");
      return { position, text, box: boxAt(position, x, y, widest(rows), LINE * rows.length) };
    });
    const clear = ({ box }) => taken.every((one, nth) => nth === place || apart(one, box));
    const chosen = stands.find(clear) ?? stands[0];
    taken.push(chosen.box);
    return chosen;
  });
  const legend = legendOf(sides.map((side) => names[side - 1]), look, width, frame.head);
  return {
    height: height + head - 20,
    width,
    option: {
      ...base(look),
      legend: data.directed ? { ...legend.option, icon: undefined, selectedMode: false } : undefined,
      tooltip: {
        ...base(look).tooltip,
        formatter: ({ dataType, dataIndex }) => {
          if (dataType === "node") return nodes[dataIndex].name;
          const mark = data.marks[dataIndex];
          return [`${mark.from} ${data.directed ? "→" : "–"} ${mark.to}`, mark.link].filter(Boolean).join("\n");
        },
      },
      series: [
        {
          type: "graph",
          layout: "none",
          ...box,
          roam: false,
          draggable: true,
          categories: sides.map((side) => ({
            name: names[side - 1],
            symbol: data.directed ? SHAPES[side - 1] : SHAPES[0],
            itemStyle: { color: look.series[data.directed ? [0, 1, 3][side - 1] : 0] },
          })),
          data: nodes.map((node, place) => ({
            id: node.key,
            name: node.name,
            x: at[place][0],
            y: at[place][1],
            category: sides.indexOf(node.sides),
            symbolSize: Math.min(8 + 3 * Math.sqrt(node.links), 30),
            label: {
              show: true,
              fontWeight: node.links > 2 ? "bold" : "normal",
              // Beside the node, away from what it is linked to.
              position: placed[place].position,
            },
          })),
          links: data.marks.map((mark) => ({
            source: mark.from_key,
            target: mark.to_key,
            label: {
              show: Boolean(mark.link) && worded,
              formatter: cut(mark.link, 90),
            },
          })),
          edgeSymbol: ["none", data.directed ? "arrow" : "none"],
          edgeSymbolSize: 7,
          lineStyle: { color: look.soft, opacity: 0.55, width: 1, curveness: 0.06 },
          edgeLabel: { color: look.soft, fontSize: 10, opacity: 1 },
          label: {
            color: look.ink,
            fontSize: SIZE,
            textBorderColor: look.paper,
            textBorderWidth: 2,
            lineHeight: LINE,
            formatter: ({ dataIndex }) => placed[dataIndex].text,
          },
          // Of many names some give way; a tooltip has them all.
          labelLayout: crowded ? { hideOverlap: true } : undefined,
          emphasis: { focus: "adjacency", lineStyle: { opacity: 1 } },
          blur: { itemStyle: { opacity: 0.2 }, lineStyle: { opacity: 0.1 }, label: { opacity: 0.2 } },
        },
      ],
    },
  };
}

// The trees that the rows tell of.  A thing below several others stands below each of them; one
// that is already above itself is not followed again.
function forest(marks) {
  const names = new Map();
  const below = new Map();
  const children = new Set();
  for (const mark of marks) {
    names.set(mark.child_key, mark.child);
    if (!mark.parent_key) continue;
    names.set(mark.parent_key, mark.parent);
    children.add(mark.child_key);
    const known = below.get(mark.parent_key) ?? new Set();
    below.set(mark.parent_key, known.add(mark.child_key));
  }
  const grown = (key, above) => ({
    name: names.get(key),
    children: [...(below.get(key) ?? [])]
      .filter((child) => !above.includes(child))
      .map((child) => grown(child, [...above, key])),
  });
  const roots = [...names.keys()].filter((key) => !children.has(key));
  return (roots.length ? roots : [...names.keys()].slice(0, 1)).map((key) => grown(key, [key]));
}

// How many rows a tree takes: one for a leaf, and one more between those of different parents.
const leavesOf = (node) => node.children.reduce((sum, child) => sum + leavesOf(child), 0) || 1;
const parentsOf = (node) =>
  node.children.reduce((sum, child) => sum + parentsOf(child), 0) +
  (node.children.some((child) => !child.children.length) ? 1 : 0);
const slotsOf = (node) => leavesOf(node) + Math.max(0, parentsOf(node) - 1);
const depthOf = (node) => 1 + Math.max(0, ...node.children.map(depthOf));
const namesIn = (node) => [node.name, ...node.children.flatMap(namesIn)];

const LEAF = 34;

export function tree(data, look, width, frame) {
  const trees = forest(data.marks);
  const depth = Math.max(...trees.map(depthOf));
  const leafRoom = Math.min(widest(trees.flatMap(namesIn)), Math.max(240, width * 0.35)) + 16;
  const needed = Math.max(width, leafRoom + 24 + 150 * (depth - 1));
  const column = (needed - leafRoom - 24) / Math.max(1, depth - 1);
  let top = frame.head + 14;
  const series = trees.map((root) => {
    const height = slotsOf(root) * LEAF;
    const own = depthOf(root);
    const one = {
      type: "tree",
      data: [root],
      layout: "orthogonal",
      orient: "LR",
      edgeShape: own > 1 ? "curve" : undefined,
      left: 12,
      // A shorter tree has its columns where the others have theirs.
      width: Math.max(1, column * (own - 1)),
      top,
      height,
      roam: false,
      expandAndCollapse: false,
      initialTreeDepth: -1,
      symbol: "circle",
      symbolSize: 8,
      itemStyle: { color: look.accent, borderColor: look.accent },
      lineStyle: { color: look.line, width: 1.5 },
      label: {
        position: "top",
        align: "left",
        offset: [-4, 0],
        color: look.ink,
        fontSize: SIZE,
        textBorderColor: look.paper,
        textBorderWidth: 3,
        formatter: ({ name }) => cut(name, column - 12),
      },
      leaves: {
        label: {
          position: "right",
          align: "left",
          verticalAlign: "middle",
          offset: [0, 0],
          formatter: ({ name }) => cut(name, leafRoom),
        },
      },
    };
    top += height + 12;
    return one;
  });
  return {
    height: top - frame.head + 8,
    width: needed,
    option: {
      ...base(look),
      tooltip: { ...base(look).tooltip, formatter: ({ name }) => name },
      series,
    },
  };
}
