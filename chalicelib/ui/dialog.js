// Dialogs: the browser's own element, which keeps the focus inside and gives it back.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Opens a dialog with a title; answers with its element, which is taken away when it is closed.
 * @param {string} title
 * @param {any} content
 * @param {{class?: string, onclose?: (value: string) => void}} [options]
 */
export function openDialog(title, content, options = {}) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const shut = h("button", { type: "button", class: "quiet round", aria: { label: "Close" }, onclick: () => dialog.close() }, icon("close"));
  const dialog = h("dialog", { class: options.class, aria: { labelledby: "dialog-title" } },
    h("header", {}, heading, shut), h("div", { class: "dialog-body" }, content));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    options.onclose?.(dialog.returnValue);
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks before something is done that cannot be undone; answers with whether to do it.
 * @param {string} title
 * @param {string} text
 * @param {string} action the word on the button
 * @returns {Promise<boolean>}
 */
export function confirmed(title, text, action) {
  return new Promise((resolve) => {
    const dialog = openDialog(title, [
      h("p", {}, text),
      h("div", { class: "actions" },
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        h("button", { type: "button", class: "danger", onclick: () => dialog.close("yes") }, action)),
    ], { class: "narrow", onclose: (value) => resolve(value === "yes") });
  });
}
