// Mail that went out, and what became of it.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { ask } from "./client.js";
import { filled } from "./notices.js";
import { to } from "./router.js";
import { foreign, moment, size } from "./text.js";

const PAGE = 100;
const COLUMNS = ["When", "To", "Subject", "State", "Size"];
const GOOD = new Set(["sent", "delivered"]);
const BAD = new Set(["bounced", "complained", "failed"]);

/** Shows the newest mails, and older ones when asked to. */
export function show(outlet, _, signal) {
  const rows = h("tbody");
  const more = h("div", { class: "actions" });
  const table = h("div", { class: "table-wrap" }, h("table", { class: "grid cards-on-phones outgoing" }, h("caption", { class: "for-readers" }, "Mail that was sent"),
    h("thead", {}, h("tr", {}, COLUMNS.map((one) => h("th", { scope: "col", class: `of-${one.toLowerCase()}` }, one)))), rows));
  const place = h("div");
  fill(outlet, h("div", { class: "page wide" }, h("h1", {}, "Sent"), place));

  async function load(before) {
    const found = await ask("ListOutgoingMessages", { limit: PAGE, before }, { signal });
    rows.append(...found.map(row));
    fill(more, found.length === PAGE && h("button", { type: "button", onclick: () => filled(more, () => load(found.at(-1).id)) }, "Older"));
    return more.firstChild;
  }

  return void filled(place, async () => {
    rows.replaceChildren();
    await load();
    return rows.firstChild ? [table, more] : h("div", { class: "blank" }, icon("send"), h("h2", {}, "Nothing was sent yet"),
      h("p", {}, "Mail goes out from an address that you have reserved, or of a domain that you host."), h("a", { class: "button primary", href: to("compose") }, icon("pencil"), "Compose"));
  });
}

function row(mail) {
  const cells = [moment(mail.created),
    h("div", {}, mail.recipients.slice(0, 20).map((one) => h("div", {}, foreign(one.address, { most: 200 }), one.status !== mail.status && [" ", badge(one.status)], one.diagnostic && h("div", { class: "hint" }, foreign(one.diagnostic, { most: 300 })))), mail.recipients.length > 20 && `and ${mail.recipients.length - 20} more`),
    h("div", { class: "clamped" }, foreign(mail.subject || "(no subject)", { most: 200 })), badge(mail.status), size(mail.size)];
  return h("tr", {}, cells.map((cell, index) => h("td", { class: COLUMNS[index] === "Size" && "number", data: { title: COLUMNS[index] } }, cell)));
}

function badge(status) {
  return h("span", { class: `badge ${GOOD.has(status) ? "tint" : BAD.has(status) ? "warning" : ""}` }, status);
}
