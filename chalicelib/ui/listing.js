// Pages that list what can be changed: a head with what can be done, a table that turns into cards on a phone.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { failure, filled } from "./notices.js";

/**
 * Lays out a page with a title, and fills it with what `make` answers with. Answers with what to call to fill it anew:
 * until then the old content stays.
 * @param {HTMLElement} outlet
 * @param {{title: any, lead?: any, tools?: any}} head
 * @param {() => Promise<any>} make
 */
export function listPage(outlet, { title, lead, tools }, make) {
  const place = h("div", { class: "listed" });
  fill(outlet, h("div", { class: "page wide" },
    h("div", { class: "page-head" }, h("h1", {}, title), tools && h("div", { class: "toolbar" }, tools)),
    lead && h("p", { class: "lead" }, lead), place));
  async function again() {
    try {
      fill(place, await make());
      // What had the focus may be gone: the keyboard goes on from the view, not from the top of the page.
      if (document.activeElement === document.body) outlet.focus({ preventScroll: true });
    } catch (error) {
      if (error.name !== "AbortError") fill(place, failure(error, again));
    }
  }

  filled(place, make);
  return again;
}

/** A button that opens or does something; `more` are attributes over its own. */
export function button(name, text, act, more = {}) {
  return h("button", { type: "button", onclick: act, ...more }, name && icon(name), text);
}

/** A button that is only an icon: its name is said to screen readers and shown by the mouse. */
export function iconButton(name, label, act) {
  return h("button", { type: "button", class: "quiet round", title: label, aria: { label }, onclick: act }, icon(name));
}

/** In place of an empty list: what would be here, and how it comes here. */
export function blank(name, title, ...text) {
  return h("div", { class: "blank" }, icon(name), h("h2", {}, title), text.map((one) => (one instanceof Node ? one : h("p", {}, one))));
}

/**
 * A table. Columns are [title, what stands in it for a row, class]; the first one is the row's header.
 * @template Row
 * @param {string} caption for screen readers
 * @param {Array<[string, (row: Row) => any, string?]>} columns a title may be empty: those are buttons
 * @param {Row[]} rows
 */
export function table(caption, columns, rows) {
  const name = (title) => title || h("span", { class: "for-readers" }, "Actions");
  const heads = columns.map(([title, , look]) => h("th", { scope: "col", class: look }, name(title)));
  const cells = (row) => columns.map(([title, of, look], index) => (
    index === 0 ? h("th", { scope: "row", class: look }, of(row)) : h("td", { class: look, data: { title } }, of(row))));
  return h("div", { class: "table-wrap" }, h("table", { class: "grid cards-on-phones" },
    h("caption", { class: "for-readers" }, caption),
    h("thead", {}, h("tr", {}, heads)),
    h("tbody", {}, rows.map((row) => h("tr", {}, cells(row))))));
}

/** A word with a colour: "good", "bad", or neither. */
export function badge(text, kind = "") {
  return h("span", { class: `badge ${{ good: "tint", bad: "warning" }[kind] ?? ""}` }, text);
}
