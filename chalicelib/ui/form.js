// Forms in dialogs: fields with labels, and what the server refuses said beside them while the words that were typed stay.

import { h } from "./dom.js";
import { openDialog } from "./dialog.js";

/**
 * A field of one line with its label.
 * @param {string} name
 * @param {string} label
 * @param {{hint?: any}} [options] everything else is an attribute of the input
 */
export function field(name, label, { hint, ...attributes } = {}) {
  const id = `field-${name}`;
  const input = h("input", { id, name, type: "text", autocomplete: "off", spellcheck: "false", aria: hint ? { describedby: `${id}-hint` } : {}, ...attributes });
  return h("div", { class: "field" }, h("label", { for: id }, label), input, hint && h("p", { class: "hint", id: `${id}-hint` }, hint));
}

/** A box to check. */
export function check(name, label, isOn = false) {
  return h("label", { class: "check" }, h("input", { type: "checkbox", name, checked: isOn }), label);
}

/** One of several: options are [value, text]. */
export function choice(name, label, options, chosen) {
  const id = `field-${name}`;
  return h("div", { class: "field" }, h("label", { for: id }, label),
    h("select", { id, name }, options.map(([value, text]) => h("option", { value, selected: value === chosen }, text))));
}

/**
 * Asks for something in a dialog. `submit` is given the values by their names, checked boxes as booleans; the dialog
 * is closed when it succeeds, and says why when it fails.
 * @param {string} title
 * @param {any} fields
 * @param {string} action the word on the button
 * @param {(values: Object<string, string | boolean>) => Promise<any>} submit
 */
export function formDialog(title, fields, action, submit) {
  const said = h("p", { class: "field-error", role: "alert" });
  const button = h("button", { class: "primary" }, action);
  const form = h("form", { class: "form", onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = "";
    try {
      await submit(values(form));
      dialog.close();
    } catch (error) {
      said.textContent = error.message;
      button.disabled = false;
    }
  } }, fields, said, h("div", { class: "actions" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), button));
  const dialog = openDialog(title, form);
  form.querySelector("input:not([type=checkbox]), select, textarea")?.focus();
  return dialog;
}

function values(form) {
  const inputs = [...form.elements].filter((one) => one.name);
  return Object.fromEntries(inputs.map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value.trim()]));
}
