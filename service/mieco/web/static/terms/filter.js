// Filters the trees of terms while somebody types, and folds them all at once.
// Without it the form is sent as it is, and the server gives what is left.

const input = document.querySelector(".term-filter input[name=q]");
const status = document.getElementById("term-found");
const items = [...document.querySelectorAll("[data-find]")];
const folds = [...document.querySelectorAll(".tree details")];
// What is open before anybody types is so again afterwards.
let before = null;

function filter() {
  const wanted = input.value.trim().toLowerCase();
  before ??= new Map(folds.map((fold) => [fold, fold.open]));
  if (!wanted) {
    for (const item of items) { item.hidden = false; item.classList.remove("hit"); }
    for (const [fold, open] of before) fold.open = open;
    before = null;
    show();
    return;
  }
  const shown = new Set();
  const names = new Set();
  for (const item of items) {
    const hit = item.dataset.find.includes(wanted);
    item.classList.toggle("hit", hit);
    if (!hit) continue;
    names.add(item.querySelector("a").href);
    for (let at = item; at; at = at.parentElement.closest("[data-find]")) shown.add(at);
  }
  for (const item of items) item.hidden = !shown.has(item);
  for (const fold of folds) fold.open = fold.querySelector(".hit") !== null || before.get(fold);
  show(names.size);
}

function show(count) {
  status.textContent = count === undefined ? "" : `${status.dataset.found}${count}`;
  for (const tree of document.querySelectorAll("section.tree")) {
    tree.hidden = count !== undefined && !tree.querySelector("[data-find]:not([hidden])");
  }
}

if (folds.length) {
  input.addEventListener("input", filter);
  document.querySelector(".fold").hidden = false;
}
for (const button of document.querySelectorAll("[data-fold]")) {
  button.addEventListener("click", () => {
    for (const fold of folds) fold.open = button.dataset.fold === "open";
  });
}
