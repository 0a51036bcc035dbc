// Attachments: what came along, previews of what is safe to show, and saving under a safe name.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { askBlob, askText } from "./client.js";
import { openDialog } from "./dialog.js";
import { attempt, filled } from "./notices.js";
import { foreign, plain, size } from "./text.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"]);
const LARGEST_PREVIEW = 20_000_000;
const LONGEST_TEXT = 200_000;
const UNSAFE_IN_NAME = /[\u0000-\u001f\u007f/\\:*?"<>|\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g;
const RUNS = /\.(?:exe|com|bat|cmd|scr|msi|js|vbs|ps1|jar|lnk|hta|sh|app|dmg|html?|svg)$/i;

/** The attachments of an opened message as a list, or nothing. Pictures that the HTML shows are not among them. */
export function attachmentsOf({ message, parts, hasHtml }) {
  const attached = parts.filter((part) => part.role === "attachment" && message.attachments.includes(part.md5) && !part.embedded
    && !(hasHtml && part.contentId && part.contentDisposition !== "attachment" && part.contentType.startsWith("image/")));
  if (attached.length === 0) return null;
  return h("ul", { class: "attachments", aria: { label: "Attachments" } }, attached.map((part) => h("li", {},
    h("button", { type: "button", class: "attachment", onclick: () => preview(message, part), title: canPreview(part) ? "Preview" : "Save" },
      icon(part.contentType.startsWith("image/") ? "image" : "file"),
      h("span", { class: "attachment-text" }, foreign(nameOf(part), { most: 120 }), " ", h("span", { class: "muted" }, size(part.length), RUNS.test(nameOf(part)) && h("span", { class: "badge warning" }, "can run")))),
    h("button", { type: "button", class: "quiet round", title: "Save", aria: { label: `Save ${plain(nameOf(part), 60)}` }, onclick: () => savePart(message, part) }, icon("download")))));
}

/** Saves a part under a safe name. */
export function savePart(message, part) {
  return attempt(async () => save(await askBlob("DownloadPart", at(message, part)), nameOf(part)));
}

/** Saves the whole mail. */
export function saveRaw(message) {
  return attempt(async () => save(await askBlob("GetFullRawMessage", { email: message.inbox, messageId: message._id, download: true }), `${message._id}.eml`));
}

function save(content, name) {
  // As a type that no browser shows: whatever the mail says it is.
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  h("a", { href: url, download: name.replace(UNSAFE_IN_NAME, "_").replace(/^[ .]+|[ .]+$/g, "").slice(0, 200) || "attachment" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function canPreview(part) {
  return part.length <= LARGEST_PREVIEW && (PICTURES.has(part.contentType) || part.contentType === "application/pdf" || isText(part));
}

function isText(part) {
  return part.contentType.startsWith("text/") || ["application/json", "application/xml", "message/rfc822"].includes(part.contentType);
}

function preview(message, part) {
  if (!canPreview(part)) {
    savePart(message, part);
    return;
  }
  const urls = [];
  const body = h("div", { class: "preview" });
  openDialog(plain(nameOf(part), 100), [body, h("div", { class: "actions" }, h("button", { type: "button", onclick: () => savePart(message, part) }, icon("download"), "Save"))],
    { class: "large", onclose: () => urls.forEach((url) => URL.revokeObjectURL(url)) });
  filled(body, async () => {
    if (isText(part)) {
      const text = await askText("DownloadPart", at(message, part));
      return h("pre", { class: "block", tabindex: "0" }, foreign(text, { most: LONGEST_TEXT, keepsLines: true }));
    }
    // The type is one of those above, never what else a mail may say.
    const content = new Blob([await askBlob("DownloadPart", at(message, part))], { type: part.contentType });
    const url = URL.createObjectURL(content);
    urls.push(url);
    if (part.contentType === "application/pdf") {
      return [h("iframe", { src: url, title: plain(nameOf(part), 100), class: "pdf" }), h("p", { class: "hint" }, h("a", { href: url, target: "_blank", rel: "noopener" }, "Open it in a tab of its own"))];
    }
    return h("img", { src: url, alt: plain(nameOf(part), 100) });
  });
}

function nameOf(part) {
  return part.fileName || `part ${part.number}`;
}

function at(message, part) {
  return { email: message.inbox, messageId: message._id, number: part.number };
}
