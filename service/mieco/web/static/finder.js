// Offers things while somebody types (the combobox pattern of WAI-ARIA 1.2 with a list box).
// Without it the form is sent as it is.

const WAIT = 120;

for (const form of document.querySelectorAll("form[data-suggest]")) {
  const input = form.querySelector("input[name=q]");
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  let chosen = -1;
  let asking;
  let timer;

  const close = () => {
    asking?.abort();
    clearTimeout(timer);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  };

  const choose = (place) => {
    chosen = place;
    for (const [at, option] of [...list.children].entries()) {
      option.setAttribute("aria-selected", String(at === place));
    }
    if (place < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
  };

  const show = ([, names, kinds, addresses]) => {
    list.replaceChildren(
      ...names.map((name, at) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${at}`;
        option.setAttribute("role", "option");
        option.dataset.address = addresses[at];
        const kind = document.createElement("small");
        kind.textContent = kinds[at];
        option.append(name, " ", kind);
        return option;
      }),
    );
    choose(-1);
    list.hidden = names.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const address = new URL(form.dataset.suggest, document.baseURI);
    address.searchParams.set("q", input.value);
    try {
      const reply = await fetch(address, { signal: asking.signal });
      if (reply.ok) show(await reply.json());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    // What an input method is still composing is not what is meant.
    if (event.isComposing) return;
    if (input.value.trim() === "") close();
    else timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = list.children.length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" && list.hidden && input.value.trim() !== "") {
      event.preventDefault();
      ask();
    } else if (event.key === "ArrowDown" && count) {
      event.preventDefault();
      choose(chosen + 1 < count ? chosen + 1 : -1);
    } else if (event.key === "ArrowUp" && !list.hidden) {
      event.preventDefault();
      choose(chosen < 0 ? count - 1 : chosen - 1);
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen].dataset.address);
    }
  });

  // Before the input loses the focus, which closes the list.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
  input.addEventListener("blur", close);
}
