// The inboxes at the side: those that were opened in this tab, and those that the account has reserved.

import { ask } from "./client.js";

const PLACE = "restante.recent";
const MOST = 8;
const listeners = new Set();
let reserved = [];

/** Inboxes opened in this tab, the newest first. */
export function recent() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
  } catch {
    return [];
  }
}

/** Remembers an inbox for this tab. */
export function remember(email) {
  const kept = [email, ...recent().filter((one) => one !== email)].slice(0, MOST);
  sessionStorage.setItem(PLACE, JSON.stringify(kept));
  tell();
}

/** The account's reserved addresses, as they were last asked for. */
export function reservedAddresses() {
  return reserved;
}

/** Asks for the account's reserved addresses. */
export async function refreshReserved(signal) {
  reserved = await ask("ListAddresses", {}, { signal });
  tell();
  return reserved;
}

/** Calls back when any of this changes, until the signal is aborted. */
export function onPlaces(listener, signal) {
  listeners.add(listener);
  signal?.addEventListener("abort", () => listeners.delete(listener));
}

function tell() {
  for (const listener of listeners) listener();
}

/** The address that somebody means: "ana" alone is ana at the domain that was last used, or at test.example. */
export function addressOf(typed) {
  const text = typed.trim().replace(/^mailto:/i, "");
  if (!text || text.includes("@")) return text;
  const last = [...recent(), ...reserved.map((one) => one._id)].find((one) => one.includes("@"));
  return `${text}@${last ? last.split("@").pop() : "test.example"}`;
}
