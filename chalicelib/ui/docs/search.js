// Search over an index that is fetched when somebody first searches.

import { element } from "./elements.js";

const MOST = 12;
const { root, files } = document.body.dataset;
const pages = files.startsWith("docs/") ? "docs/" : "";

let index;

async function rows() {
  index ??= fetch(`${files}search.json`).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  });
  try {
    return await index;
  } catch (error) {
    index = undefined;
    throw error;
  }
}

/** How well a row fits all words: 0 when one of them is nowhere. A word in a title counts most. */
export function fit([, , page, title, kind, words], wanted) {
  const name = title.toLowerCase();
  const path = kind.toLowerCase();
  const text = words.toLowerCase();
  let sum = 0;
  for (const word of wanted) {
    let best = 0;
    if (name === word) best = 12;
    else if (name.startsWith(word)) best = 9;
    else if (new RegExp(`(?:\\b|_)${escaped(word)}`).test(name)) best = 7;
    else if (name.includes(word)) best = 5;
    else if (path.includes(word)) best = 4;
    else if (page.toLowerCase().includes(word)) best = 3;
    else if (text.includes(word)) best = 1;
    if (!best) return 0;
    sum += best;
  }
  return sum;
}

function escaped(word) {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function addressOf([name, anchor]) {
  const page = name === "index" ? `${root}docs` : `${pages}${name}`;
  return anchor ? `${page}#${anchor}` : page;
}

/** Puts the search into the bar: "/" goes there, arrows choose, Enter opens, Escape leaves. */
export function offerSearch() {
  const input = element("input", {
    type: "search",
    placeholder: "Search  /",
    "aria-label": "Search the docs",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
  });
  const list = element("ul", { class: "found", id: "found", role: "listbox", "aria-label": "Found" });
  list.hidden = true;
  document.querySelector(".search").append(input, list);
  let chosen = -1;

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (place) => {
    const options = [...list.querySelectorAll("[data-address]")];
    if (!options.length) return;
    chosen = (place + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    options[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[chosen].id);
  };
  const say = (text) => {
    list.replaceChildren(element("li", { class: "none", role: "option", "aria-selected": "false" }, text));
  };
  const look = async () => {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!wanted.length) return close();
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    try {
      const all = await rows();
      const best = all
        .map((row) => [fit(row, wanted), row])
        .filter(([sum]) => sum)
        .sort(([a], [b]) => b - a)
        .slice(0, MOST);
      if (!best.length) return say("Nothing found");
      list.replaceChildren(...best.map(([, row], at) => option(row, at)));
      choose(0);
    } catch {
      say("The search cannot be reached; try again");
    }
  };
  const option = (row, at) => {
    const [, anchor, page, title, kind] = row;
    const made = element(
      "li",
      { role: "option", id: `found-${at}`, "data-address": addressOf(row), "aria-selected": "false" },
      element("b", {}, title),
      element("span", {}, [anchor ? page : "", kind].filter(Boolean).join(" · ")),
    );
    made.addEventListener("mousedown", (event) => event.preventDefault());
    made.addEventListener("click", () => open(made));
    return made;
  };
  const open = (made) => {
    close();
    input.blur();
    location.assign(made.dataset.address);
  };

  input.addEventListener("input", look);
  input.addEventListener("focus", () => rows().catch(() => {}));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") {
      const made = list.querySelector('[data-address][aria-selected="true"]');
      if (made && !list.hidden) open(made);
    } else if (event.key === "Escape") {
      input.value = "";
      input.blur();
    } else return;
    event.preventDefault();
  });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
}
