// What the page says: short notices that pass, failures with a way to try again, and empty states.

import { fill, h, markBusy } from "./dom.js";
import { icon } from "./icons.js";

const SECONDS = 5;
const region = h("div", { class: "notices", role: "status", aria: { live: "polite" } });

/** The place of the notices, to be put on the page once. */
export function noticeRegion() {
  return region;
}

/**
 * Says something for a few seconds.
 * @param {string} text
 * @param {{isFailure?: boolean, action?: string, act?: () => void}} [options] an action stays until it is taken or shut
 */
export function notice(text, { isFailure = false, action, act } = {}) {
  const entry = h("div", { class: isFailure ? "notice failure" : "notice" }, isFailure && icon("warning"), h("span", {}, text),
    action && h("button", { type: "button", class: "quiet", onclick: () => { entry.remove(); act(); } }, action),
    h("button", { type: "button", class: "quiet round", aria: { label: "Dismiss" }, onclick: () => entry.remove() }, icon("close")));
  region.append(entry);
  while (region.children.length > 3) region.firstChild.remove();
  if (!isFailure) setTimeout(() => entry.remove(), SECONDS * 1000);
}

/** Does something; when it fails, says so with a way to try again. Answers with the result, or undefined. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (error.name !== "AbortError") {
      notice(error.message, { isFailure: true, action: "Try again", act: () => attempt(action) });
    }
    return undefined;
  }
}

/** In place of what could not be had: what went wrong, and a way to try again. */
export function failure(error, retry) {
  return h("div", { class: "blank", role: "alert" }, icon("warning"), h("h2", {}, "That did not work"), h("p", {}, error.message),
    h("button", { type: "button", onclick: retry }, icon("refresh"), "Try again"));
}

/** In place of what is still under way. */
export function waiting(text = "Loading…") {
  return h("p", { class: "waiting" }, text);
}

/**
 * Fills an element with what `make` answers with; until then and when it fails, says so.
 * @param {HTMLElement} element
 * @param {() => Promise<any>} make answers with children
 * @param {AbortSignal} [signal] once it is aborted the element belongs to somebody else, and is left alone
 */
export async function filled(element, make, signal) {
  const timer = setTimeout(() => !signal?.aborted && fill(element, waiting()), 150);
  markBusy(element, true);
  let made;
  try {
    made = await make();
  } catch (error) {
    made = error.name === "AbortError" ? null : failure(error, () => filled(element, make, signal));
  }
  clearTimeout(timer);
  if (signal?.aborted) return;
  markBusy(element, false);
  if (made !== null) fill(element, made);
}
