// What the page tells its scripts: addresses, limits, prefixes, words.

export const settings = JSON.parse(document.getElementById("query-settings").textContent);

// A word of the page with its {places} filled.
export function say(name, facts = {}) {
  return settings.words[name].replace(/\{(\w+)\}/g, (whole, key) => facts[key] ?? whole);
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}
