// The list of examples, narrowed while somebody types.

import { say } from "./settings.js";

const folded = (text) => text.normalize("NFKC").toLowerCase();

export function offerExamples(place) {
  const find = place.querySelector(".find");
  const input = find.querySelector("input");
  const groups = [...place.querySelectorAll("details.group")];
  const open = new Map(groups.map((group) => [group, group.open]));
  find.hidden = false;
  input.addEventListener("input", () => {
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of place.querySelectorAll("li")) {
      const text = folded(`${item.dataset.words} ${item.textContent}`);
      item.hidden = !words.every((each) => text.includes(each));
      if (!item.hidden) count += 1;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("li:not([hidden])");
      group.open = words.length ? true : open.get(group);
    }
    for (const section of place.querySelectorAll("section")) section.hidden = !section.querySelector("li:not([hidden])");
    find.querySelector("[role=status]").textContent = !words.length ? "" : count ? say("examplesFound", { count }) : say("examplesNone");
  });
}
