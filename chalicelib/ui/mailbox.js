// The messages of a view, newest first: loaded page by page, kept in order, filtered.

import { ask } from "./client.js";

const FIRST = 100;
const MORE = 500;
/** A filter that finds little looks through so many messages by itself; more only when asked to. */
const LOOKED_THROUGH = 5000;

/** Where the messages of each view come from: `page(cursor, limit)` answers with messages; `listens` to new ones. */
export const SOURCES = {
  inbox: ({ email }) => ({
    title: email, inbox: email,
    page: (last, limit, signal) => ask("ListMessages", { email, limit, before: last?._id }, { signal }),
  }),
  all: () => ({
    title: "All mail", inbox: null,
    page: async (last, limit, signal, skip) => (await ask("ListInboxMessages", { limit, skip }, { signal })).messages,
  }),
  starred: () => ({
    title: "Starred", inbox: null,
    page: (last, limit, signal) => ask("ListStarredMessages", { limit, before: last?._id }, { signal }),
  }),
  search: ({ query }) => ({
    title: `“${query}”`, inbox: null, isWhole: true,
    page: async (last, limit, signal) => (last ? [] : (await ask("SearchInboxMessages", { query }, { signal })).messages),
  }),
};

/** A view's messages. */
export class Mailbox extends EventTarget {
  /** @param {ReturnType<SOURCES["inbox"]>} source */
  constructor(source, signal) {
    super();
    this.source = source;
    this.signal = signal;
    this.messages = [];
    this.known = new Set();
    this.isDone = false;
    this.isLoading = false;
    this.filter = { text: "", folder: "", unread: false };
    this.shown = [];
    this.room = LOOKED_THROUGH;
  }

  /** Loads the next page, unless one is under way; on failure throws what went wrong. */
  async more() {
    if (this.isLoading || this.isDone) return;
    this.isLoading = true;
    try {
      const limit = this.messages.length ? MORE : FIRST;
      const found = await this.source.page(this.messages.at(-1), limit, this.signal, this.messages.length);
      this.isDone = Boolean(this.source.isWhole) || found.length < limit;
      this.merge(found);
    } finally {
      this.isLoading = false;
    }
  }

  /** Asks for what is new; what was deleted elsewhere among the newest is taken out. */
  async refresh() {
    // What comes while this is asked is not in the answer, and is not gone for that.
    const before = new Set(this.messages);
    const found = await this.source.page(undefined, FIRST, this.signal, 0);
    const ids = new Set(found.map((one) => one._id));
    const oldest = found.at(-1)?._id ?? "";
    const gone = this.messages.filter((one) => before.has(one) && !ids.has(one._id) && (one._id > oldest || found.length < FIRST));
    if (gone.length) this.remove(gone.map((one) => one._id));
    for (const one of found) if (this.known.has(key(one))) this.change(one, one, true);
    this.merge(found);
  }

  /** Takes messages in, each once and in its place. */
  merge(found) {
    const fresh = found.filter((one) => !this.known.has(key(one)));
    fresh.forEach((one) => this.known.add(key(one)));
    const newest = this.messages[0]?._id ?? "";
    const isInOrder = fresh.every((one) => one._id > newest) || fresh.every((one) => one._id < (this.messages.at(-1)?._id ?? "~"));
    this.messages = fresh.length && fresh[0]._id > newest ? [...fresh, ...this.messages] : [...this.messages, ...fresh];
    if (!isInOrder) this.messages.sort((a, b) => (a._id < b._id ? 1 : a._id > b._id ? -1 : 0));
    this.tell();
  }

  /** Changes what a message has. */
  change(message, fields, isQuiet = false) {
    const found = this.messages.find((one) => key(one) === key(message));
    if (found) Object.assign(found, fields);
    if (!isQuiet) this.tell();
  }

  /** Takes messages out. */
  remove(ids) {
    const gone = new Set(ids);
    this.messages = this.messages.filter((one) => !gone.has(one._id) || !this.known.delete(key(one)));
    this.tell();
  }

  /** Shows only what fits: words of sender, recipients, subject; a folder; what is unread. */
  setFilter(fields) {
    Object.assign(this.filter, fields);
    this.room = this.messages.length + LOOKED_THROUGH;
    this.tell();
  }

  /** Whether something is filtered out. */
  get isFiltered() {
    return Boolean(this.filter.text || this.filter.folder || this.filter.unread);
  }

  tell() {
    const { text, folder, unread } = this.filter;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.shown = !this.isFiltered ? this.messages : this.messages.filter((one) =>
      (!folder || one.folder === folder) && (!unread || !one.read) && words.every((word) => searched(one).includes(word)));
    this.dispatchEvent(new Event("change"));
  }
}

const searchedTexts = new WeakMap();

function searched(one) {
  if (!searchedTexts.has(one)) {
    const people = [...one.from, ...one.to].map((each) => `${each.name} ${each.address}`).join(" ");
    searchedTexts.set(one, `${one.subject} ${people} ${one.originalInbox} ${one.labels.join(" ")}`.toLowerCase());
  }
  return searchedTexts.get(one);
}

function key(one) {
  return `${one.inbox} ${one._id}`;
}
