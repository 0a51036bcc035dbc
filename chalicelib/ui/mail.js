// A list of messages and the message that is open: inbox, all mail, starred, found.

import { fill, h, markBusy } from "./dom.js";
import { icon } from "./icons.js";
import { go, to } from "./router.js";
import { Mailbox, SOURCES } from "./mailbox.js";
import { MessageList } from "./message-list.js";
import { chooseFolder, editLabels, FOLDERS, markRead, purge, remove, toggleStar } from "./actions.js";
import { Reader } from "./message.js";
import { listen } from "./live.js";
import { lessons } from "./lessons.js";
import { failure, notice, waiting } from "./notices.js";
import { remember } from "./places.js";
import { copyButton } from "./clipboard.js";
import { shortcut } from "./keyboard.js";
import { count, foreign, plain } from "./text.js";

const STATES = { live: "Live", asking: "Checking every few seconds", away: "Not connected", starting: "Connecting" };
const FILTER_PAUSE_MS = 120;

/** Shows a source's messages; later values of the same route come to `update`. */
export function show(kind, outlet, values, signal) {
  let view = null;
  const identity = (given) => JSON.stringify([kind, kind === "inbox" ? given.email.toLowerCase() : given.query]);
  const update = (given) => {
    if (view?.identity === identity(given)) {
      view.open(given);
      return;
    }
    view?.leave();
    view = new MailView(kind, outlet, given);
    view.identity = identity(given);
    view.start(given);
  };
  signal.addEventListener("abort", () => view?.leave());
  update(values);
  return { update };
}

class MailView {
  constructor(kind, outlet, values) {
    this.kind = kind;
    this.values = values;
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.mailbox = new Mailbox(SOURCES[kind](values), signal);
    this.selected = new Set();
    this.last = null;
    this.list = new MessageList({
      addressOf: (message) => this.addressOf(message),
      onSelect: (message, isOn, event) => this.select(message, isOn, event.shiftKey),
      onStar: (message) => toggleStar(this.mailbox, [message]),
      onEnd: () => this.more(),
    });
    this.reader = new Reader(this.mailbox, { onClose: () => this.close(), onDeleted: (message) => this.deleted(message) });
    this.head = h("div", { class: "list-head" });
    this.state = h("span", { class: "live", data: { state: "starting" }, role: "status" }, STATES.starting);
    this.frame = h("div", { class: "mail" },
      h("section", { class: "list", aria: { label: "Message list" } }, this.head, this.list.element),
      h("section", { class: "reading", aria: { label: "Message" } }, this.reader.element));
    fill(outlet, this.frame);
    outlet.className = "outlet mail-outlet";
    this.drawHead();
    this.mailbox.addEventListener("change", () => this.draw(), { signal });
    this.keys(signal);
  }

  async start(values) {
    if (this.kind === "inbox") remember(values.email);
    this.open(values);
    this.list.tail.replaceChildren(waiting());
    await this.more();
    const { signal } = this.leaving;
    if (signal.aborted) return;
    if (this.kind === "search") return;
    listen(this.kind === "inbox" ? values.email : null, {
      onMessage: (message) => this.arrived(message),
      refresh: () => this.refresh(),
      onState: (state) => {
        this.state.dataset.state = state;
        this.state.textContent = STATES[state];
      },
    }, signal);
  }

  leave() {
    this.leaving.abort();
    this.reader.leave();
  }

  arrived(message) {
    this.mailbox.merge([message]);
    document.title = `(new) ${plain(this.mailbox.source.title, 60)} · Restante`;
  }

  /** Asks for what is new, or was changed or deleted elsewhere; the open message too may be gone. */
  async refresh() {
    const wasThere = this.index() >= 0;
    const { message } = this.values;
    await this.mailbox.refresh();
    const isThere = this.mailbox.messages.some((one) => one._id === message);
    if (wasThere && !isThere && message === this.values.message && this.kind === "inbox") this.reader.gone();
  }

  async more() {
    const { mailbox } = this;
    if (mailbox.isLoading || mailbox.isDone || this.hasFailed) return;
    if (mailbox.isFiltered && mailbox.messages.length > mailbox.room) {
      fill(this.list.tail, h("button", { type: "button", onclick: () => { mailbox.setFilter({}); this.more(); } }, "Look through older messages"));
      return;
    }
    markBusy(this.list.element, true);
    try {
      await mailbox.more();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.hasFailed = true;
      fill(this.list.tail, failure(error, () => { this.hasFailed = false; this.more(); }));
    } finally {
      markBusy(this.list.element, false);
    }
  }

  draw() {
    const { mailbox, list } = this;
    const ids = new Set(mailbox.messages.map((one) => one._id));
    for (const id of this.selected) if (!ids.has(id)) this.selected.delete(id);
    list.show(mailbox.shown, this.selected, this.values.message ?? null);
    if (this.hasFailed) return;
    const isEmpty = mailbox.shown.length === 0;
    this.frame.classList.toggle("empty", isEmpty && mailbox.isDone && !mailbox.isFiltered && !this.values.message);
    if (!mailbox.isDone) fill(list.tail, waiting());
    else if (!isEmpty) fill(list.tail);
    else fill(list.tail, mailbox.isFiltered ? h("p", { class: "waiting" }, "No message fits.") : this.blank());
    this.drawHead();
  }

  blank() {
    if (this.kind !== "inbox") {
      const words = { all: "Mail to the addresses that you have reserved comes together here.", starred: "What you star is kept here, and is never deleted by age.", search: "Words are looked for at their beginnings, in sender, recipients, subject and text." };
      return h("div", { class: "blank" }, icon("inbox"), h("h2", {}, this.kind === "search" ? "Nothing found" : "Nothing here yet"), h("p", {}, words[this.kind]));
    }
    return h("div", { class: "blank lesson" }, icon("inbox"), h("h2", {}, "Nothing has come yet"),
      h("p", {}, "This inbox exists: mail to it is shown here the moment it arrives."),
      h("p", { class: "own-address" }, h("strong", {}, foreign(this.values.email)), copyButton("Copy the address", () => this.values.email)), lessons(this.values.email));
  }

  /** The head of the list: what it is, or what is done to what is selected. Its field keeps the focus. */
  drawHead() {
    const chosen = this.chosen();
    const mode = chosen.length ? "chosen" : "title";
    const numbers = `${count(this.mailbox.messages.length, "message")}${this.mailbox.isDone ? "" : "+"}`;
    if (!this.filters) this.filters = this.makeFilters();
    if (this.headMode !== mode) {
      this.headMode = mode;
      this.numbers = h("span", { class: "muted" });
      fill(this.head, mode === "title" ? this.title() : this.tools(), this.filters);
    }
    this.numbers.textContent = mode === "title" ? numbers : `${chosen.length} selected`;
  }

  title() {
    const isInbox = this.kind === "inbox";
    return h("div", { class: "list-title" }, h("div", { class: "title-text" }, h("h1", {}, foreign(this.mailbox.source.title, { most: 100 })), h("div", { class: "subtitle" }, this.numbers, this.kind !== "search" && this.state)),
      isInbox && copyButton("Copy the address", () => this.values.email),
      isInbox && h("button", { type: "button", class: "quiet round", title: "Empty the inbox", aria: { label: "Empty the inbox" }, onclick: () => purge(this.mailbox, this.values.email) }, icon("trash")));
  }

  tools() {
    const tool = (label, name, act) => h("button", { type: "button", class: "quiet round", title: label, aria: { label }, onclick: act }, icon(name));
    return h("div", { class: "list-title", role: "toolbar", aria: { label: "Selected messages" } },
      h("h1", { class: "for-readers" }, foreign(this.mailbox.source.title, { most: 100 })),
      tool("Select none", "close", () => this.selectAll(false)), h("div", { class: "title-text" }, this.numbers),
      h("button", { type: "button", class: "quiet", onclick: () => this.selectAll(true) }, "All"),
      tool("Mark as read or unread", "eye", () => this.flipRead()), tool("Star", "star", () => toggleStar(this.mailbox, this.chosen())),
      tool("Labels", "tag", () => editLabels(this.mailbox, this.chosen())), tool("Move to a folder", "folder", () => chooseFolder(this.mailbox, this.chosen())),
      tool("Delete", "trash", () => remove(this.mailbox, this.chosen())));
  }

  makeFilters() {
    let timer = null;
    this.search = h("input", { type: "search", id: "search", placeholder: this.kind === "all" ? "Search all mail" : "Search this list", aria: { label: "Search" }, autocomplete: "off",
      oninput: (event) => { clearTimeout(timer); timer = setTimeout(() => this.filter({ text: event.target.value }), FILTER_PAUSE_MS); },
      onkeydown: (event) => { if (event.key === "Enter" && event.target.value && ["all", "search"].includes(this.kind)) go("search", event.target.value); } });
    return h("div", { class: "filters" }, h("div", { class: "search" }, icon("search"), this.search),
      h("select", { aria: { label: "Folder" }, onchange: (event) => this.filter({ folder: event.target.value }) }, h("option", { value: "" }, "All folders"), FOLDERS.map((one) => h("option", { value: one }, one))),
      h("button", { type: "button", class: "quiet round", title: "Unread only", aria: { label: "Unread only", pressed: "false" }, onclick: (event) => {
        const isOn = event.currentTarget.getAttribute("aria-pressed") !== "true";
        event.currentTarget.setAttribute("aria-pressed", String(isOn));
        this.filter({ unread: isOn });
      } }, icon("unread", { filled: true })));
  }

  filter(fields) {
    this.mailbox.setFilter(fields);
    this.list.element.scrollTop = 0;
    this.more();
  }

  addressOf(message) {
    if (this.kind === "inbox") return to("inbox", this.values.email, message._id);
    return to(...[this.kind, this.values.query, message.inbox, message._id].filter(Boolean));
  }

  open(values) {
    this.values = values;
    const isOpen = Boolean(values.message);
    this.frame.classList.toggle("is-reading", isOpen);
    if (isOpen) this.reader.open(values.email, values.message);
    else this.reader.clear();
    this.draw();
    if (isOpen) this.list.reveal(this.index());
  }

  close() {
    const index = this.index();
    if (this.kind === "inbox") go("inbox", this.values.email);
    else go(...[this.kind, this.values.query].filter(Boolean));
    if (index >= 0) requestAnimationFrame(() => this.list.focus(index));
  }

  deleted(message) {
    const next = this.mailbox.shown[Math.max(0, this.index(message))];
    this.mailbox.remove([message._id]);
    if (next && next !== message && this.mailbox.shown.includes(next)) location.replace(this.addressOf(next));
    else this.close();
  }

  index(message = { _id: this.values.message }) {
    return this.mailbox.shown.findIndex((one) => one._id === message._id);
  }

  chosen() {
    return this.selected.size ? this.mailbox.messages.filter((one) => this.selected.has(one._id)) : [];
  }

  /** What a key is meant for: what is selected, else the open message, else the row that has the focus. */
  meant() {
    const chosen = this.chosen();
    if (chosen.length) return chosen;
    const one = this.mailbox.shown[this.position()];
    return one ? [one] : [];
  }

  position() {
    const focused = [...this.list.rows].find(([, row]) => row.contains(document.activeElement))?.[0];
    return this.index(focused ? { _id: focused } : undefined);
  }

  select(message, isOn, isRange) {
    const index = this.index(message);
    const from = isRange && this.last !== null ? Math.min(this.last, index) : index;
    const until = isRange && this.last !== null ? Math.max(this.last, index) : index;
    for (const one of this.mailbox.shown.slice(from, until + 1)) {
      if (isOn) this.selected.add(one._id);
      else this.selected.delete(one._id);
    }
    this.last = index;
    this.draw();
  }

  selectAll(isOn) {
    this.selected = new Set(isOn ? this.mailbox.shown.map((one) => one._id) : []);
    this.draw();
  }

  flipRead() {
    const chosen = this.chosen();
    markRead(this.mailbox, chosen, chosen.some((one) => !one.read));
  }

  step(by) {
    const at = this.position();
    const index = Math.max(0, Math.min(this.mailbox.shown.length - 1, at + by));
    const message = this.mailbox.shown[at < 0 ? 0 : index];
    if (!message) return;
    if (this.values.message) location.replace(this.addressOf(message));
    this.list.focus(this.index(message));
  }

  keys(signal) {
    const at = (keys, does, act) => shortcut(keys, does, act, { signal, group: "Messages" });
    const some = (act) => () => { const meant = this.meant(); if (meant.length) act(meant); };
    at("j ArrowDown", "Next message", () => this.step(1));
    at("k ArrowUp", "Message before", () => this.step(-1));
    at("Enter o", "Open", some(([one]) => { location.hash = this.addressOf(one); }));
    at("u Escape", "Back to the list", () => (this.values.message ? this.close() : this.selectAll(false)));
    at("/", "Search", () => this.search.focus());
    at("x", "Select", some((meant) => { const one = this.mailbox.shown[this.position()] ?? meant[0]; this.select(one, !this.selected.has(one._id), false); }));
    at("s", "Star", some((meant) => toggleStar(this.mailbox, meant)));
    at("m", "Mark as read or unread", some((meant) => markRead(this.mailbox, meant, meant.some((one) => !one.read))));
    at("l", "Labels", some((meant) => editLabels(this.mailbox, meant)));
    at("v", "Move to a folder", some((meant) => chooseFolder(this.mailbox, meant)));
    at("# Delete", "Delete", some(async (meant) => {
      if (await remove(this.mailbox, meant) && meant.some((one) => one._id === this.values.message)) this.close();
    }));
    at("r", "Reply", () => (this.values.message ? go("compose", "reply", this.values.email, this.values.message) : notice("Open a message first")));
  }
}
