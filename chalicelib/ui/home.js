// The first view: pick an inbox, or learn how to fill one.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { go, to } from "./router.js";
import { addressOf, recent, refreshReserved, remember } from "./places.js";
import { failure } from "./notices.js";
import { foreign } from "./text.js";
import { lessons } from "./lessons.js";

const MOST = 200;

/** Shows the inboxes of this tab and of the account. */
export function show(outlet, _, signal) {
  const field = h("input", { id: "address", type: "text", inputmode: "email", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    placeholder: "signup@test.example" });
  const form = h("form", { class: "inline", onsubmit: (event) => {
    event.preventDefault();
    const address = addressOf(field.value);
    if (address.includes("@")) go("inbox", address);
  } }, h("label", { for: "address" }, "Address"), h("div", { class: "joined" }, field, h("button", { class: "primary" }, "Open inbox")));
  const list = h("div");
  fill(outlet, h("div", { class: "page" },
    h("h1", {}, "Inboxes"),
    h("p", { class: "lead" }, "Every address exists. Send to any, then open it here."),
    form, list));
  draw(list, signal);
}

async function draw(list, signal) {
  try {
    const reserved = await refreshReserved(signal);
    fill(list, entries(reserved), lessons(recent()[0] ?? "ana@test.example"));
  } catch (error) {
    if (error.name !== "AbortError") fill(list, failure(error, () => draw(list, signal)));
  }
}

function entries(reserved) {
  const owned = new Map(reserved.map((one) => [one._id, one]));
  const names = [...new Set([...recent(), ...owned.keys()])].filter((one) => !one.startsWith("*")).slice(0, MOST);
  if (names.length === 0) return null;
  return h("section", {}, h("h2", {}, "Yours"),
    h("ul", { class: "cards" }, names.map((email) => h("li", {},
      h("a", { href: to("inbox", email), onclick: () => remember(email) }, icon("mail"),
        h("span", { class: "card-text" }, foreign(email, { most: 100 }),
          h("span", { class: "muted" }, owned.has(email) ? owned.get(email).info ? foreign(owned.get(email).info, { most: 80 }) : "reserved" : "opened in this tab")))))));
}
