// Text of strangers, shown as what it is: each piece apart from the text around it, its invisible characters visible.

import { h } from "./dom.js";

// Controls, and what turns, joins or hides text: bidi marks and overrides, zero-width characters, tags.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const ADDRESS_IN_NAME = /[^\s<>()"',;:]+@[^\s<>()"',;:]+\.[^\s<>()"',;:]+/u;
const LONGEST = 2000;

/**
 * A stranger's text as an element: isolated, cut when it is endless, invisible characters shown as their numbers.
 * @param {string} text
 * @param {{most?: number, class?: string, keepsLines?: boolean}} [options] lines are kept where the element is a block
 */
export function foreign(text, { most = LONGEST, class: name, keepsLines = false } = {}) {
  const shown = text.length > most ? text.slice(0, most) : text;
  const element = h("bdi", { class: name });
  let position = 0;
  for (const found of shown.matchAll(UNSEEN)) {
    if (keepsLines && (found[0] === "\n" || found[0] === "\t" || found[0] === "\r")) continue;
    element.append(shown.slice(position, found.index), unseen(found[0]));
    position = found.index + found[0].length;
  }
  element.append(shown.slice(position));
  if (shown.length < text.length) element.append(h("span", { class: "cut" }, ` … ${text.length - most} more characters`));
  return element;
}

/** A stranger's text as one line of plain text, for attributes: what turns or hides text is taken out. */
export function plain(text, most = 300) {
  const shown = text.replace(UNSEEN, (found) => (found === "\n" || found === "\t" ? " " : ""));
  return shown.length > most ? `${shown.slice(0, most)}…` : shown;
}

function unseen(character) {
  if (character === "\n" || character === "\t" || character === "\r") return " ";
  const number = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  const what = TURNING.test(character) ? "This would turn the direction of the text" : "A character that is not seen";
  return h("span", { class: "unseen", title: `${what}: U+${number}` }, `U+${number}`);
}

/**
 * Why a sender may not be who the name says, or null: the name holds another address, or hides something.
 * @param {{address: string, name: string}} person
 */
export function deception({ address, name }) {
  const named = ADDRESS_IN_NAME.exec(name)?.[0];
  if (named && named.toLowerCase() !== address.toLowerCase()) return `The name says ${plain(named, 100)}; the address is another one`;
  if (name.search(UNSEEN) >= 0) return "The name holds characters that are not seen";
  if (/(?:^|\.)xn--/i.test(address.split("@").pop() ?? "")) return "The domain is written in letters that may look like others";
  return null;
}

/** A person in one line: the name; the address where there is none, or where the name deceives. */
export function person(one) {
  if (!one) return h("span", { class: "muted" }, "(no sender)");
  return foreign(one.name && !deception(one) ? one.name : one.address || one.name || "(no address)", { most: 100 });
}

/** A person in full: name and address, with a warning where they do not agree. */
export function mailbox(one) {
  const warning = deception(one);
  return h("span", { class: "mailbox" }, one.name && [foreign(one.name, { most: 200, class: "name" }), " "],
    h("span", { class: one.name ? "address" : "name" }, one.name ? "<" : "", foreign(one.address || "(no address)", { most: 320 }), one.name ? ">" : ""),
    warning && h("span", { class: "badge warning" }, warning));
}

/** Bytes for people: "1.4 MB". */
export function size(octets) {
  if (octets < 1000) return `${octets} B`;
  const power = Math.min(Math.floor(Math.log10(octets) / 3), 3);
  const number = octets / 1000 ** power;
  return `${number >= 100 ? Math.round(number) : Number(number.toPrecision(2))} ${["B", "kB", "MB", "GB"][power]}`;
}

/** "1 message", "2 messages". */
export function count(number, word, several = `${word}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? word : several}`;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A moment, as short as it may be: the time today, the day this year, else the date; in full as its title. */
export function moment(iso) {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return h("span", {}, "unknown");
  const now = new Date();
  const isToday = when.toDateString() === now.toDateString();
  const shown = (isToday ? TIME : when.getFullYear() === now.getFullYear() ? DAY : DATE).format(when);
  return h("time", { datetime: iso, title: FULL.format(when) }, shown);
}

/** A moment in full. */
export function fullMoment(iso) {
  const when = new Date(iso);
  return h("time", { datetime: iso }, Number.isNaN(when.getTime()) ? "unknown" : FULL.format(when));
}
