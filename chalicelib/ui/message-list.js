// A list of any length of which only the visible rows exist.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { foreign, moment, person, plain } from "./text.js";

/** So many marks stand beside a subject; the rest is counted, or they would hide it. */
const MARKS = 2;

/** The height of a row in pixels: the same in mail.css. */
export const ROW = 62;
const SPARE = 6;

/**
 * @typedef {Object} ListHooks
 * @property {(message: object) => string} addressOf where a row leads
 * @property {(message: object, isOn: boolean, event: Event) => void} onSelect
 * @property {(message: object) => void} onStar
 * @property {() => void} onEnd asked when the last rows come into sight
 */

/** The list; put `element` on the page. */
export class MessageList {
  /** @param {ListHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.messages = [];
    this.selected = new Set();
    this.current = null;
    this.rows = new Map();
    this.list = h("ul", { class: "rows", aria: { label: "Messages" } });
    this.tail = h("div", { class: "list-tail" });
    this.element = h("div", { class: "list-scroll", tabindex: "-1", onscroll: () => this.draw() }, this.list, this.tail);
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Shows these messages. */
  show(messages, selected, current) {
    this.messages = messages;
    this.selected = selected;
    this.current = current;
    this.list.style.height = `${messages.length * ROW}px`;
    this.draw(true);
  }

  /** Brings a row into sight. */
  reveal(index) {
    const top = index * ROW;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.element.scrollTop = top + ROW - clientHeight;
  }

  /** Puts the focus on a message's row, if it is drawn. */
  focus(index) {
    this.reveal(index);
    this.draw();
    this.rows.get(this.messages[index]?._id)?.querySelector("a").focus({ preventScroll: true });
  }

  draw(isNew = false) {
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - SPARE);
    const last = Math.min(this.messages.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + SPARE);
    const wanted = this.messages.slice(first, last);
    const ids = new Set(wanted.map((one) => one._id));
    for (const [id, row] of this.rows) {
      if (!ids.has(id)) {
        row.remove();
        this.rows.delete(id);
      }
    }
    wanted.forEach((message, offset) => this.place(message, first + offset, isNew));
    if (last >= this.messages.length - SPARE) this.hooks.onEnd();
  }

  place(message, index, isNew) {
    let row = this.rows.get(message._id);
    if (!row) {
      row = h("li");
      this.rows.set(message._id, row);
      row.drawn = null;
    }
    const state = `${message.read} ${message.savedBy} ${message.folder} ${message.labels} ${this.selected.has(message._id)} ${this.current === message._id}`;
    if (row.drawn !== state || !row.isConnected) {
      const hadFocus = row.contains(document.activeElement) && document.activeElement.dataset.part;
      fill(row, this.row(message));
      row.className = `row${message.read ? "" : " unread"}${this.selected.has(message._id) ? " selected" : ""}`;
      row.drawn = state;
      if (hadFocus) row.querySelector(`[data-part="${hadFocus}"]`)?.focus({ preventScroll: true });
    }
    row.style.transform = `translateY(${index * ROW}px)`;
    row.setAttribute("aria-posinset", String(index + 1));
    row.setAttribute("aria-setsize", String(this.messages.length));
    if (isNew || !row.isConnected) this.insert(row, index);
  }

  /** Rows stand in the page in the order of the list, so that the Tab key goes along. */
  insert(row, index) {
    row.index = index;
    const next = [...this.list.children].find((one) => one !== row && one.index > index);
    if (row.nextSibling !== (next ?? null) || !row.isConnected) this.list.insertBefore(row, next ?? null);
  }

  row(message) {
    const isOpen = this.current === message._id;
    const subject = message.subject || "(no subject)";
    const isStarred = Boolean(message.savedBy);
    return [
      h("input", { type: "checkbox", data: { part: "check" }, aria: { label: `Select: ${plain(subject, 80)}` }, checked: this.selected.has(message._id),
        onclick: (event) => this.hooks.onSelect(message, event.target.checked, event) }),
      h("a", { href: this.hooks.addressOf(message), data: { part: "link" }, aria: { current: isOpen ? "true" : null } },
        h("span", { class: "who" }, !message.read && h("span", { class: "dot" }, h("span", { class: "for-readers" }, "Unread. ")), person(message.from[0])),
        moment(message.received),
        h("span", { class: "what" }, foreign(subject, { most: 200 }), marks(message)),
        message.attachments.length > 0 && h("span", { class: "clip" }, icon("clip"), h("span", { class: "for-readers" }, "Has attachments"))),
      h("button", { type: "button", class: "quiet round star", data: { part: "star" }, aria: { label: "Star", pressed: String(isStarred) }, onclick: () => this.hooks.onStar(message) },
        icon("star", { filled: isStarred })),
    ];
  }
}

/** The folder and the labels of a message: the first ones, and how many more there are. */
function marks({ folder, labels }) {
  const all = [folder !== "inbox" && [folder, h("span", { class: "badge folder" }, folder)],
    ...labels.map((label) => [label, h("span", { class: "badge tint" }, foreign(label, { most: 30 }))])].filter(Boolean);
  if (!all.length) return null;
  const rest = all.slice(MARKS);
  const names = rest.map(([name]) => plain(name, 60)).join(", ");
  return h("span", { class: "marks" }, all.slice(0, MARKS).map(([, mark]) => mark),
    rest.length > 0 && h("span", { class: "badge rest", title: names }, `+${rest.length}`, h("span", { class: "for-readers" }, `: ${names}`)));
}
