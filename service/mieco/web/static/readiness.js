// While the consortia are being counted: says how far that is, and shows the page once it is done.
// Without it there is a link that shows the page again.

const WAIT = 2000;
const box = document.getElementById("counting");
const status = box.querySelector("[role=status]");

async function look() {
  const reply = await fetch(box.dataset.source);
  if (!reply.ok) return;
  const known = (await reply.json()).filter((each) => each.counts).length;
  if (known >= Number(box.dataset.all)) location.reload();
  else {
    status.textContent = status.dataset.words.replace("{known}", known);
    setTimeout(look, WAIT);
  }
}

setTimeout(look, WAIT);
