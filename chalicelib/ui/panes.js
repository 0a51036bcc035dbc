// The other ways to see a message: text, links, headers, structure, raw.

import { fill, h, isSafeAddress } from "./dom.js";
import { icon } from "./icons.js";
import { ask, askText } from "./client.js";
import { copyButton } from "./clipboard.js";
import { filled } from "./notices.js";
import { savePart, saveRaw } from "./attachments.js";
import { foreign, fullMoment, size } from "./text.js";

const LONGEST = 500_000;

/** The text, in a fixed or a proportional face. */
export function textPane(panel, { message }, _, signal) {
  return filled(panel, async () => {
    const text = await askText("GetBodyPlainText", at(message), { signal });
    return text.trim() ? block("Text", text) : h("p", { class: "waiting" }, "This message has no text.");
  }, signal);
}

/** Every link of the mail, told apart from what leads nowhere safe. */
export function linksPane(panel, { message }) {
  fill(panel, h("ul", { class: "links" }, message.links.map((link) => {
    const isSafe = /^(?:https?|mailto):/i.test(link) && isSafeAddress(link);
    return h("li", {}, icon("link"), isSafe
      ? h("a", { href: link, target: "_blank", rel: "noopener noreferrer nofollow" }, foreign(link, { most: 2000 }))
      : h("span", {}, foreign(link, { most: 2000 }), " ", h("span", { class: "badge warning" }, "not a web address")),
    copyButton("Copy the link", () => link));
  })));
}

/** The header fields in order, and the servers that the mail passed. */
export function headersPane(panel, { message }, _, signal) {
  return filled(panel, async () => {
    const [fields, hops] = await Promise.all([
      ask("GetHeaders", { ...at(message), messageHeadersFormat: "json-ordered" }, { signal }),
      ask("ListHops", at(message), { signal }),
    ]);
    return [
      h("div", { class: "table-wrap" }, h("table", { class: "grid headers" }, h("caption", { class: "for-readers" }, "Header fields"),
        h("tbody", {}, fields.map(({ name, value }) => h("tr", {}, h("th", { scope: "row" }, foreign(name, { most: 200 })), h("td", {}, foreign(value, { most: 4000 }))))))),
      hops.length > 0 && h("section", {}, h("h3", {}, "Way of the mail"), h("p", { class: "hint" }, "Only the newest line was written here; those before it anybody can have made up."),
        h("ol", { class: "hops" }, hops.map((hop) => h("li", {}, foreign(hop.from || "?", { most: 200 }), " → ", foreign(hop.by || "?", { most: 200 }),
          h("span", { class: "muted" }, " ", hop.date ? fullMoment(hop.date) : "", hop.delay ? ` after ${hop.delay} s` : ""))))),
    ];
  }, signal);
}

/** The tree of parts, and what is wrong with the mail. */
export function structurePane(panel, { message, parts, problems }) {
  fill(panel,
    problems.length > 0 && h("ul", { class: "problems" }, problems.slice(0, 200).map((problem) => h("li", {}, icon("warning"),
      h("span", {}, h("strong", {}, problem.name.replaceAll("-", " ")), ` at byte ${problem.offset.toLocaleString("en")}`, problem.lossy && ": something was lost")))),
    h("div", { class: "table-wrap" }, h("table", { class: "grid parts" }, h("caption", { class: "for-readers" }, "Parts of the mail"),
      h("thead", {}, h("tr", {}, ["Part", "Type", "Name", "Size", ""].map((title) => h("th", { scope: "col" }, title || h("span", { class: "for-readers" }, "Download"))))),
      h("tbody", {}, parts.map((part) => h("tr", {},
        h("th", { scope: "row", style: { "padding-left": `${12 + 16 * depth(part.number)}px` } }, part.number),
        h("td", {}, foreign(part.contentType, { most: 120 }), part.charset && h("span", { class: "muted" }, " ", foreign(part.charset, { most: 40 })), " ", h("span", { class: "badge" }, part.role)),
        h("td", {}, part.fileName ? foreign(part.fileName, { most: 200 }) : part.contentId ? h("span", { class: "muted" }, "id ", foreign(part.contentId, { most: 100 })) : ""),
        h("td", { class: "number" }, part.role === "container" ? "" : size(part.length)),
        h("td", { class: "number" }, h("button", { type: "button", class: "quiet round", title: "Download", aria: { label: `Download part ${part.number}` }, onclick: () => savePart(message, part) }, icon("download")))))))));
}

/** Every byte as it came. */
export function rawPane(panel, { message }, _, signal) {
  return filled(panel, async () => [
    h("div", { class: "pane-tools" }, h("button", { type: "button", class: "quiet", onclick: () => saveRaw(message) }, icon("download"), `Save ${size(message.size)}`)),
    block("Raw mail", await askText("GetFullRawMessage", at(message), { signal })),
  ], signal);
}

/** Text of a stranger in a block, line by line as it is; what is endless is cut. */
export function block(title, text) {
  return h("pre", { class: "block", tabindex: "0", role: "region", aria: { label: title } }, foreign(text, { most: LONGEST, keepsLines: true }));
}

function depth(number) {
  return number === "0" ? 0 : number.split(".").length;
}

function at(message) {
  return { email: message.inbox, messageId: message._id };
}
