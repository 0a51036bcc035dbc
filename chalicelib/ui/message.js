// One message: who, what, and its bodies in tabs.

import { fill, h, markBusy } from "./dom.js";
import { icon } from "./icons.js";
import { ask } from "./client.js";
import { to } from "./router.js";
import { chooseFolder, editLabels, markRead, remove, toggleStar } from "./actions.js";
import { copy } from "./clipboard.js";
import { failure, waiting } from "./notices.js";
import { shortcut } from "./keyboard.js";
import { foreign, fullMoment, mailbox, person, size } from "./text.js";
import { attachmentsOf, saveRaw } from "./attachments.js";
import { headersPane, linksPane, rawPane, structurePane, textPane } from "./panes.js";
import { htmlPane } from "./html-pane.js";

/** @type {Array<{id: string, title: string, make: Function, has?: (opened: object) => boolean}>} */
const TABS = [
  { id: "html", title: "HTML", make: htmlPane, has: (opened) => opened.hasHtml },
  { id: "text", title: "Text", make: textPane },
  { id: "links", title: "Links", make: linksPane, has: (opened) => opened.message.links.length > 0, number: (opened) => opened.message.links.length },
  { id: "headers", title: "Headers", make: headersPane },
  { id: "structure", title: "Structure", make: structurePane, number: (opened) => opened.problems.length || null },
  { id: "raw", title: "Raw", make: rawPane },
];

/** The reading pane; put `element` on the page. */
export class Reader {
  constructor(messages, { onClose, onDeleted }) {
    this.messages = messages;
    this.onClose = onClose;
    this.onDeleted = onDeleted;
    this.element = h("article", { class: "message" });
    this.leaving = new AbortController();
    this.turning = new AbortController();
    this.tab = null;
    this.isDark = false;
    this.width = "desktop";
    this.remoteFor = null;
    this.life = new AbortController();
    TABS.forEach((tab, index) => shortcut(String(index + 1), `Show ${tab.title}`, () => this.opened && (!tab.has || tab.has(this.opened)) && this.choose(tab.id), { signal: this.life.signal, group: "Open message" }));
    this.clear();
  }

  leave() {
    this.leaving.abort();
    this.life.abort();
  }

  clear() {
    this.leaving.abort();
    this.opened = null;
    this.shown = null;
    markBusy(this.element, false);
    fill(this.element, h("div", { class: "blank" }, icon("mail"), h("p", {}, "Choose a message to read it here.")));
  }

  async open(email, message) {
    if (this.shown === message) return;
    this.leaving.abort();
    this.leaving = new AbortController();
    this.shown = message;
    const { signal } = this.leaving;
    const timer = setTimeout(() => !signal.aborted && fill(this.element, waiting()), 200);
    markBusy(this.element, true);
    try {
      const opened = await ask("GetOverview", { email, messageId: message }, { signal });
      if (signal.aborted) return;
      this.opened = opened;
      this.draw();
      if (!opened.message.read) markRead(this.messages, [opened.message], true).then(() => { opened.message.read = true; });
    } catch (error) {
      if (error.name === "AbortError") return;
      this.shown = null;
      if (error.status === 404) {
        this.messages.remove([message]);
        this.gone();
      } else {
        fill(this.element, this.back(), failure(error, () => this.open(email, message)));
      }
    } finally {
      clearTimeout(timer);
      if (!signal.aborted) markBusy(this.element, false);
    }
  }

  /** Says that the message is no more. */
  gone() {
    this.opened = null;
    fill(this.element, this.back(), h("div", { class: "blank", role: "alert" }, icon("trash"), h("h2", {}, "This message is gone"),
      h("p", {}, "It was deleted, by somebody else or by its age."), h("button", { type: "button", onclick: this.onClose }, icon("back"), "Back to the list")));
  }

  /** The way back where there is no message to have tools of; a phone shows no list beside it. */
  back() {
    return h("div", { class: "message-tools back-alone" }, backButton(this.onClose));
  }

  draw() {
    const { opened } = this;
    const tabs = TABS.filter((tab) => !tab.has || tab.has(opened));
    const tab = tabs.find((one) => one.id === this.tab) ?? tabs[0];
    this.panel = h("div", { class: "panel", role: "tabpanel", id: "panel", tabindex: "0", aria: { labelledby: `tab-${tab.id}` } });
    this.tabs = h("div", { class: "tabs", role: "tablist", aria: { label: "Ways to see the message" }, onkeydown: (event) => this.turn(event) },
      tabs.map((one) => h("button", { type: "button", role: "tab", id: `tab-${one.id}`, data: { tab: one.id }, aria: { controls: "panel" }, onclick: () => this.choose(one.id) },
        one.title, one.number?.(opened) ? h("span", { class: "badge" }, one.number(opened)) : null)));
    fill(this.element, this.tools(), this.head(), opened.code && this.code(), attachmentsOf(opened), this.tabs, this.panel);
    this.show(tab.id);
  }

  tools() {
    const { message } = this.opened;
    const tool = (label, name, act, options) => h("button", { type: "button", class: "quiet round", title: label, aria: { label }, onclick: act }, icon(name, options));
    const star = tool("Star this message", "star", async () => {
      await toggleStar(this.messages, [message]);
      message.savedBy = message.savedBy ? null : "me";
      fill(star, icon("star", { filled: Boolean(message.savedBy) }));
    }, { filled: Boolean(message.savedBy) });
    return h("div", { class: "message-tools", role: "toolbar", aria: { label: "Message" } },
      backButton(this.onClose),
      h("a", { class: "button quiet", href: to("compose", "reply", message.inbox, message._id), title: "Reply (r)" }, icon("reply"), "Reply"),
      h("span", { class: "push" }), star,
      tool("Mark as unread", "mail", () => markRead(this.messages, [message], false)),
      tool("Labels", "tag", () => editLabels(this.messages, [message])),
      tool("Move to a folder", "folder", () => chooseFolder(this.messages, [message])),
      tool("Save the mail as a file", "download", () => saveRaw(message)),
      tool("Delete", "trash", async () => {
        if (await remove(this.messages, [message])) this.onDeleted(message);
      }));
  }

  head() {
    const { message } = this.opened;
    const people = (title, some) => some.length > 0 && [h("dt", {}, title), h("dd", {}, some.slice(0, 50).map((one, index) => [index > 0 && ", ", mailbox(one)]), some.length > 50 && ` and ${some.length - 50} more`)];
    const sender = message.from[0];
    return h("header", { class: "message-head" },
      h("h2", { class: "subject", tabindex: "-1" }, foreign(message.subject || "(no subject)", { most: 500 })),
      h("div", { class: "sender" },
        h("span", { class: "avatar", aria: { hidden: "true" } }, (sender?.name || sender?.address || "?").match(/[\p{L}\p{N}]/u)?.[0].toUpperCase() ?? "?"),
        h("div", { class: "sender-text" }, sender ? mailbox(sender) : person(null), h("span", { class: "muted" }, fullMoment(message.received)))),
      h("details", { class: "people" }, h("summary", {}, "to ", message.to[0] ? person(message.to[0]) : foreign(message.originalInbox), message.to.length > 1 && ` and ${message.to.length - 1} more`),
        h("dl", {}, people("From", message.from), people("To", message.to), people("Cc", message.cc), people("Bcc", message.bcc),
          h("dt", {}, "Inbox"), h("dd", {}, foreign(message.originalInbox)),
          h("dt", {}, "Came from"), h("dd", {}, foreign(message.ip || "unknown"), message.rtls ? " over TLS" : ""),
          h("dt", {}, "Size"), h("dd", {}, size(message.size)))));
  }

  code() {
    const { code } = this.opened;
    return h("div", { class: "code" }, h("span", {}, "One-time code"), h("output", {}, foreign(code)),
      h("button", { type: "button", class: "primary", onclick: () => copy(code, `Copied ${code}`) }, icon("copy"), "Copy code"));
  }

  choose(id) {
    this.tab = id;
    this.show(id);
  }

  show(id) {
    for (const tab of this.tabs.children) {
      const isShown = tab.dataset.tab === id;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${id}`);
    this.panel.className = `panel panel-${id}`;
    this.turning.abort();
    this.turning = new AbortController();
    markBusy(this.panel, false);
    fill(this.panel);
    TABS.find((tab) => tab.id === id).make(this.panel, this.opened, this, AbortSignal.any([this.leaving.signal, this.turning.signal]));
  }

  /** Left and right go through the tabs, as the ARIA pattern for tabs has it. */
  turn(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const tabs = [...this.tabs.children];
    const next = tabs[(tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true") + by + tabs.length) % tabs.length];
    this.choose(next.dataset.tab);
    next.focus();
  }
}

function backButton(act) {
  return h("button", { type: "button", class: "quiet round back", title: "Back to the list (u)", aria: { label: "Back to the list" }, onclick: act }, icon("back"));
}
