// Copies a text; where the browser keeps the clipboard for encrypted pages, as closed networks
// often have none, by way of a selection.

export async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "hidden";
  document.body.append(area);
  const held = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  held?.focus();
  if (!done) throw new Error("copy");
}
