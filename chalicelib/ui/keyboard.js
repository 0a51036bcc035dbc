// The keyboard: one table of shortcuts, shown by "?". Keys that are typed into a field are the field's.

import { h } from "./dom.js";
import { openDialog } from "./dialog.js";

/** @type {Set<{keys: string[], does: string, group: string, act: (event: KeyboardEvent) => void}>} */
const shortcuts = new Set();
const NAMES = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc", Enter: "Enter", Delete: "Del", " ": "Space" };

/**
 * Adds a shortcut until the signal is aborted.
 * @param {string} keys one or more, separated by spaces, as KeyboardEvent.key has them
 * @param {string} does what it does, for the list
 * @param {(event: KeyboardEvent) => void} act
 * @param {{signal?: AbortSignal, group?: string}} [options]
 */
export function shortcut(keys, does, act, { signal, group = "Everywhere" } = {}) {
  const entry = { keys: keys.split(" "), does, group, act };
  shortcuts.add(entry);
  signal?.addEventListener("abort", () => shortcuts.delete(entry));
}

/** Starts to listen, once. */
export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target) && event.key !== "Escape") return;
    const found = [...shortcuts].findLast((one) => one.keys.includes(event.key));
    // Space and Enter press the control that has the focus.
    if (!found || (event.key === "Enter" && event.target.closest?.("a, button, summary, select"))) return;
    event.preventDefault();
    if (isTyping(event.target)) event.target.blur();
    found.act(event);
  });
  shortcut("?", "List the keys", showShortcuts);
}

/** Shows every shortcut that works here and now. */
export function showShortcuts() {
  const groups = Map.groupBy ? Map.groupBy(shortcuts, (one) => one.group) : grouped();
  openDialog("Keyboard", [...groups].map(([group, entries]) => [
    h("h3", {}, group),
    h("dl", { class: "keys" }, entries.map((one) => [
      h("dt", {}, one.keys.map((key) => h("kbd", {}, NAMES[key] ?? key))),
      h("dd", {}, one.does),
    ])),
  ]));
}

function grouped() {
  const groups = new Map();
  for (const one of shortcuts) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return groups;
}

function isTyping(target) {
  return target instanceof HTMLElement
    && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])"));
}
