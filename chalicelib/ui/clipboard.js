// Copies text, and says that it did.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { notice } from "./notices.js";

/** Copies a text to the clipboard. */
export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    notice(what);
  } catch {
    notice("The browser does not let this page copy. Select the text and copy it.", { isFailure: true });
  }
}

/** A button that copies what `text` answers with. */
export function copyButton(label, text, { class: name = "quiet round", said } = {}) {
  return h("button", { type: "button", class: name, title: label, aria: { label }, onclick: () => copy(text(), said ?? "Copied") }, icon("copy"));
}

/** A block of code with a button to copy it. */
export function snippet(title, code) {
  return h("figure", { class: "snippet" }, h("figcaption", {}, title, copyButton(`Copy: ${title}`, () => code)),
    h("pre", { tabindex: "0", role: "region", aria: { label: title } }, h("code", {}, code)));
}
