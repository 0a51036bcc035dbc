// What was written and not sent yet: kept for this tab when its view is left, and forgotten with the key.

import { key, onChange } from "./session.js";

const PLACE = "restante.drafts";
const MOST = 8;
/** Files cannot be kept in the tab's storage: they last until the page is loaded anew. */
const files = new Map();

onChange(() => key() || files.clear());

/**
 * The draft of that name, or null.
 * @param {string} name what is answered; empty for a new message
 * @returns {{values: Object<string, any>, files: object[], lost: number} | null} `lost` files have to be chosen again
 */
export function draftOf(name) {
  const found = stored().find((one) => one.name === name);
  if (!found) return null;
  const kept = files.get(name) ?? [];
  return { values: found.values, files: kept, lost: found.files - kept.length };
}

/** Keeps a draft in place of the one of that name; the oldest ones make room. */
export function keepDraft(name, values, entries) {
  if (!key()) return;
  files.set(name, [...entries]);
  store([{ name, values, files: entries.length }, ...stored().filter((one) => one.name !== name)].slice(0, MOST));
}

/** Forgets a draft. */
export function dropDraft(name) {
  files.delete(name);
  store(stored().filter((one) => one.name !== name));
}

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
  } catch {
    return [];
  }
}

function store(drafts) {
  try {
    if (drafts.length) sessionStorage.setItem(PLACE, JSON.stringify(drafts));
    else sessionStorage.removeItem(PLACE);
  } catch {
    // The tab's storage is full: what was kept before stays.
  }
}
