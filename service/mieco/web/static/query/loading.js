// What is fetched when it is first needed, and once: programs that draw, and their style sheets.

import { element } from "./settings.js";

const loaded = new Map();

function load(name, made) {
  if (!loaded.has(name)) {
    const loading = new Promise((done, failed) => {
      made.addEventListener("load", done);
      made.addEventListener("error", () => {
        loaded.delete(name);
        failed(new Error(name));
      });
      document.head.append(made);
    });
    loaded.set(name, loading);
  }
  return loaded.get(name);
}

export const script = (src) => load(src, element("script", { src }));

export const sheet = (href) => load(href, element("link", { rel: "stylesheet", href }));
