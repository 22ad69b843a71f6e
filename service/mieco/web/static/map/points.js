// Draws points on a plain ground: a graticule, a scale, names; no boundaries and no tiles, unless
// an approved base is given.  Needs Leaflet (window.L), points.css, and nothing else.
//
//   drawPoints(container, {
//     points: [{ lat, long, name, language, kind, address, place, note }],
//     kinds: [[key, name]],          in the order of their looks
//     words: { zoom_in, zoom_out, close, more, several, separator, colon },
//     base: null | { tiles, boundaries, most_zoom },
//   })
//
// Points that lie too close to be told apart are one mark, with their number; its place is that
// of the one with most things, so that every mark stands at a true point.

const NEAR = 30;
// Beside the buttons to zoom with, which would cover its button to close.
const POPUP = { maxWidth: 300, maxHeight: 260, autoPanPaddingTopLeft: [8, 8], autoPanPaddingBottomRight: [52, 8] };
const MOST_LISTED = 12;
const LOOKS = 8;
// Width and height on paper, in pixels of CSS.
const PAPER = [660, 480];
// The least distance of the lines of a graticule, in pixels.
const APART = 75;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 45];
// Where a name may stand beside its mark, the best first; the first is after it.
const SIDES = ["", "before", "over", "under"];
// Where there is no room for a name there may be some for the number alone.
const STANDS = [...SIDES, ...SIDES.map((side) => `short ${side}`)];
const SVG = "http://www.w3.org/2000/svg";

// Outlines within a circle of radius 1, told apart without colour.
const SHAPES = [
  "M-1,0a1,1 0 1,0 2,0a1,1 0 1,0 -2,0z",
  "M-.86,-.86h1.72v1.72h-1.72z",
  "M0,-1.1L1,.75h-2z",
  "M0,-1.1L1.1,0L0,1.1L-1.1,0z",
  "M-.33,-1h.66v.67h.67v.66h-.67v.67h-.66v-.67h-.67v-.66h.67z",
  "M0,1.1L-1,-.75h2z",
  "M-.95,-.55L-.55,-.95L0,-.4L.55,-.95L.95,-.55L.4,0L.95,.55L.55,.95L0,.4L-.55,.95L-.95,.55L-.4,0z",
  "M-1.05,-.5h2.1v1h-2.1z",
];
// Things of several kinds are a ring with a part for each.
const RING = 0.74;

const element = (name, className, ...content) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
};

const filled = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");

const drawn = (name, facts) => {
  const made = document.createElementNS(SVG, name);
  for (const [fact, value] of Object.entries(facts)) made.setAttribute(fact, value);
  return made;
};

function picture(size, ...content) {
  const facts = { viewBox: "-1.25 -1.25 2.5 2.5", width: size, height: size, "aria-hidden": "true" };
  const made = drawn("svg", { ...facts, class: "map-shape" });
  made.append(...content);
  return made;
}

export function shapeOf(look, size) {
  return picture(size, drawn("path", { d: SHAPES[look % LOOKS], class: `look-${look % LOOKS}` }));
}

// ``parts`` are pairs of a look and a number.
export function ringOf(parts, size) {
  const round = 2 * Math.PI * RING;
  const whole = parts.reduce((sum, [, number]) => sum + number, 0);
  let before = 0;
  const arcs = parts.map(([look, number]) => {
    const [from, length] = [(before / whole) * round, (number / whole) * round];
    before += number;
    return drawn("circle", {
      r: RING,
      class: `map-part look-${look % LOOKS}`,
      "stroke-dasharray": `${Math.max(0.05, length - 0.12)} ${round}`,
      "stroke-dashoffset": -from,
      transform: "rotate(-90)",
    });
  });
  return picture(size, drawn("circle", { r: 1.05, class: "map-hollow" }), ...arcs);
}

// The points at the same place together, those with most first.
function sites(points) {
  const found = new Map();
  for (const point of points) {
    const key = `${point.lat},${point.long}`;
    if (!found.has(key)) found.set(key, { at: [point.lat, point.long], points: [] });
    found.get(key).points.push(point);
  }
  return [...found.values()].sort((one, other) => other.points.length - one.points.length);
}

// Sites that lie too close to be told apart at this zoom together.
function clusters(map, every) {
  const found = [];
  for (const site of every) {
    const at = map.project(site.at);
    const near = found.find((cluster) => cluster.pixel.distanceTo(at) < NEAR);
    if (near) near.sites.push(site);
    else found.push({ pixel: at, sites: [site] });
  }
  return found;
}

const countOf = (cluster) => cluster.sites.reduce((sum, site) => sum + site.points.length, 0);

// What there is of each kind, in the order of the kinds: its look, its name, its points.
function kindsIn(points, kinds) {
  return kinds
    .map(([kind, name], look) => ({ look, name, some: points.filter((point) => point.kind === kind) }))
    .filter(({ some }) => some.length);
}

function told(points, data) {
  return kindsIn(points, data.kinds)
    .map(({ name, some }) => `${name} ${some.length}`)
    .join(data.words.separator);
}

// What a mark opens: its things by kind, as links.
function listOf(site, data) {
  const box = element("div", "map-list", element("strong", "", site.points[0].place));
  for (const { look, name, some } of kindsIn(site.points, data.kinds)) {
    const head = element("p", "", shapeOf(look, 12), ` ${name} ${some.length}`);
    const list = element("ul", "");
    for (const point of some.slice(0, MOST_LISTED)) {
      const link = element("a", "", point.name);
      link.href = point.address;
      if (point.language) link.lang = point.language;
      const item = element("li", "", link);
      if (point.note) item.append(" ", element("small", "", point.note));
      list.append(item);
    }
    if (some.length > MOST_LISTED) {
      list.append(element("li", "", filled(data.words.more, { count: some.length - MOST_LISTED })));
    }
    box.append(head, list);
  }
  return box;
}

function iconOf(cluster, data) {
  const points = cluster.sites.flatMap((site) => site.points);
  const kinds = kindsIn(points, data.kinds);
  const size = Math.round(Math.min(44, Math.max(24, 16 + 4 * Math.sqrt(points.length))));
  const shape =
    kinds.length === 1
      ? shapeOf(kinds[0].look, size)
      : ringOf(kinds.map(({ look, some }) => [look, some.length]), size);
  const place = cluster.sites[0].points[0].place;
  const name =
    cluster.sites.length > 1
      ? filled(data.words.several, { place, count: cluster.sites.length, others: cluster.sites.length - 1 })
      : place;
  const label = element("span", "map-label", element("span", "map-name", name));
  if (points.length > 1) label.append(" ", element("b", "", String(points.length)));
  label.setAttribute("aria-hidden", "true");
  const icon = window.L.divIcon({
    className: "map-mark",
    html: element("span", "", shape, label),
    iconSize: [size, size],
  });
  const spoken = [name, told(points, data)].filter(Boolean).join(data.words.colon);
  return { icon, spoken, weight: points.length };
}

// Each name stands beside its mark where it is free: neither on another name nor on a mark, and
// within the map.  Of names that find no place the one of the larger mark is kept.
function thin(container) {
  const marks = [...container.querySelectorAll(".map-mark .map-shape")].map((s) => s.getBoundingClientRect());
  const taken = [...container.querySelectorAll(".leaflet-control")].map((each) => each.getBoundingClientRect());
  const edge = container.getBoundingClientRect();
  const apart = (a, b) => a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
  const within = (box) =>
    box.left > edge.left && box.right < edge.right && box.top > edge.top && box.bottom < edge.bottom;
  const weight = (label) => Number(label.querySelector("b")?.textContent ?? 1);
  const labels = [...container.querySelectorAll(".map-label")];
  labels.sort((one, other) => weight(other) - weight(one));
  for (const label of labels) {
    const own = label.parentElement.querySelector(".map-shape").getBoundingClientRect();
    const others = marks.filter((one) => one.left !== own.left || one.top !== own.top);
    const several = weight(label) > 1;
    const free = STANDS.some((stand) => {
      if (!several && stand.startsWith("short")) return false;
      label.className = `map-label ${stand}`;
      const box = label.getBoundingClientRect();
      if (!within(box) || ![...others, ...taken].every((one) => apart(one, box))) return false;
      taken.push(box);
      return true;
    });
    if (!free) {
      label.className = "map-label covered";
      label.classList.toggle("before", label.getBoundingClientRect().right > edge.right);
    }
  }
}

// Meridians and parallels with their degrees, as far as they are seen.
function graticule(map, layer) {
  layer.clearLayers();
  const { L } = window;
  const degree = map.project([0, 1]).x - map.project([0, 0]).x;
  const step = STEPS.find((each) => each * degree >= APART) ?? STEPS.at(-1);
  const seen = map.getBounds();
  const degrees = (value, plus, minus) =>
    `${Number(Math.abs(value).toFixed(1))}°${value < 0 ? minus : value > 0 ? plus : ""}`;
  const label = (at, text, className) =>
    L.marker(at, {
      icon: L.divIcon({ className: `map-degrees ${className}`, html: text, iconSize: null }),
      interactive: false,
      keyboard: false,
    }).addTo(layer);
  const line = (from, to) =>
    L.polyline([from, to], { className: "map-graticule", interactive: false, weight: 1 }).addTo(layer);
  const from = (least) => Math.ceil(least / step) * step;
  const [south, north] = [Math.max(-80, seen.getSouth()), Math.min(80, seen.getNorth())];
  for (let long = from(seen.getWest()); long <= seen.getEast(); long += step) {
    line([south, long], [north, long]);
    label([seen.getNorth(), long], degrees(long, "E", "W"), "above");
  }
  for (let lat = from(south); lat <= north; lat += step) {
    line([lat, seen.getWest()], [lat, seen.getEast()]);
    label([lat, seen.getWest()], degrees(lat, "N", "S"), "beside");
  }
}

function addBase(map, base) {
  const { L } = window;
  if (base.tiles) L.tileLayer(base.tiles, { maxZoom: base.most_zoom }).addTo(map);
  if (!base.boundaries) return;
  fetch(base.boundaries)
    .then((reply) => (reply.ok ? reply.json() : Promise.reject(new Error(reply.statusText))))
    .then((outline) =>
      L.geoJSON(outline, {
        interactive: false,
        // A geometry may stand alone (RFC 7946 §3).  Points would be drawn with pictures.
        filter: (given) => /Line|Polygon|Collection/.test((given.geometry ?? given).type),
        style: { className: "map-boundary", weight: 1 },
      })
        .addTo(map)
        .bringToBack(),
    );
}

export function drawPoints(container, data) {
  const { L } = window;
  const map = L.map(container, {
    attributionControl: false,
    zoomControl: false,
    scrollWheelZoom: false,
    minZoom: 2,
    maxZoom: data.base?.most_zoom ?? 11,
    // Tiles look best at their own size; without them the map fills its frame.
    zoomSnap: data.base?.tiles ? 0.5 : 0.05,
    fadeAnimation: false,
    zoomAnimation: false,
    markerZoomAnimation: false,
    maxBounds: [[-80, -200], [80, 220]],
  });
  L.control.zoom({ position: "topright", zoomInTitle: data.words.zoom_in, zoomOutTitle: data.words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  // A wheel that turns over the page turns the page, until somebody works with the map.
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());

  const every = sites(data.points);
  const lines = L.layerGroup().addTo(map);
  const marks = L.layerGroup().addTo(map);
  const whole = L.latLngBounds(every.map((site) => site.at));
  const fit = () => {
    // On the right there is room for names of marks, or at least for the buttons to zoom with.
    const [edge, room] = container.clientWidth > 500 ? [34, 110] : [20, 44];
    const padding = { paddingTopLeft: [edge, 34], paddingBottomRight: [room, 34] };
    if (every.length) map.fitBounds(whole, { ...padding, maxZoom: 7, animate: false });
    else map.setView([35, 104], 3);
  };

  function drawMarks() {
    marks.clearLayers();
    for (const cluster of clusters(map, every)) {
      const { icon, spoken } = iconOf(cluster, data);
      const mark = L.marker(cluster.sites[0].at, { icon, riseOnHover: true, title: spoken }).addTo(marks);
      mark.getElement().setAttribute("aria-label", spoken);
      mark.setZIndexOffset(-countOf(cluster));
      if (cluster.sites.length > 1 && map.getZoom() < map.getMaxZoom()) {
        const near = L.latLngBounds(cluster.sites.map((site) => site.at));
        mark.on("click", () => map.fitBounds(near, { padding: [60, 60], animate: false }));
      } else {
        const site = { points: cluster.sites.flatMap((one) => one.points) };
        mark.bindPopup(() => listOf(site, data), POPUP);
      }
    }
    thin(container);
  }

  let opener;
  map.on("popupopen", ({ popup }) => {
    opener = document.activeElement;
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    close.setAttribute("aria-label", data.words.close);
    close.setAttribute("title", data.words.close);
  });
  // Leaflet hears this key where the map itself has the focus, not where a mark or a link in it has.
  container.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    map.closePopup();
    opener?.focus({ preventScroll: true });
  });
  fit();
  if (data.base) addBase(map, data.base);
  const ground = () => graticule(map, lines);
  map.on("moveend", ground);
  map.on("zoomend", drawMarks);
  ground();
  drawMarks();

  let [width, height] = [container.clientWidth, container.clientHeight];
  const resized = () => {
    if (!container.clientWidth) return;
    if (container.clientWidth === width && container.clientHeight === height) return;
    [width, height] = [container.clientWidth, container.clientHeight];
    map.invalidateSize({ animate: false });
    fit();
    drawMarks();
  };
  const watcher = new ResizeObserver(resized);
  watcher.observe(container);
  // On paper it has the size of the paper, which is not laid out yet when one prepares for it.
  const print = () => {
    Object.assign(container.style, { width: `${PAPER[0]}px`, height: `${PAPER[1]}px` });
    resized();
  };
  const printed = () => {
    Object.assign(container.style, { width: "", height: "" });
    resized();
  };
  window.addEventListener("beforeprint", print);
  window.addEventListener("afterprint", printed);
  return {
    map,
    remove() {
      watcher.disconnect();
      window.removeEventListener("beforeprint", print);
      window.removeEventListener("afterprint", printed);
      map.remove();
    },
  };
}
