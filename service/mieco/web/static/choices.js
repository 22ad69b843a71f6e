// Makes a long list of values to tick searchable.  Without it the list is as complete.

for (const fieldset of document.querySelectorAll("fieldset.choices")) {
  const template = fieldset.querySelector("template");
  const labels = [...fieldset.querySelectorAll(".list label")];
  if (!template || labels.length < 10) continue;
  const finder = template.content.cloneNode(true);
  const input = finder.querySelector("input");
  const folded = (text) => text.normalize("NFKC").toLowerCase();
  input.addEventListener("input", () => {
    const wanted = folded(input.value.trim());
    for (const label of labels) {
      label.hidden = !folded(label.textContent).includes(wanted) && !label.control.checked;
    }
  });
  // Enter in this field finds; it does not ask.
  input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  fieldset.querySelector(".list").before(finder);
}
