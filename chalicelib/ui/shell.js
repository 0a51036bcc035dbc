// The frame around every view: bar, side, and the place of the view itself.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { go, here, start, to } from "./router.js";
import { ROUTES, NAVIGATION } from "./views.js";
import { brandMark } from "./sign-in.js";
import { signOut } from "./session.js";
import { failure, notice } from "./notices.js";
import { shortcut, showShortcuts } from "./keyboard.js";
import { isDark, toggleTheme } from "./theme.js";
import { addressOf, onPlaces, recent, refreshReserved, reservedAddresses } from "./places.js";
import { foreign } from "./text.js";

const MOST_RESERVED = 30;

/** Shows the frame and the view of the address; answers with what to call when it is left. */
export function showShell(root) {
  const leaving = new AbortController();
  const { signal } = leaving;
  const outlet = h("main", { id: "view", class: "outlet", tabindex: "-1" });
  const side = h("nav", { class: "side", id: "side", aria: { label: "Views" } });
  const shell = h("div", { class: "shell" },
    h("a", { class: "skip", href: "#view", onclick: (event) => { event.preventDefault(); outlet.focus(); } }, "Skip to the content"),
    bar(root), side, h("div", { class: "shade", onclick: () => closeSide(shell) }), outlet);
  fill(root, shell);

  const drawSide = () => fill(side, groups(), inboxes(), foot());
  drawSide();
  onPlaces(() => { drawSide(); mark(side); }, signal);
  refreshReserved(signal).catch(() => {});
  keys(signal);
  const stop = start(ROUTES, outlet, {
    onShown: (route, values) => {
      document.title = `${values.email ?? route.title} · Restante`;
      closeSide(shell);
      mark(side);
    },
    onFailure: failure,
  });
  return () => { stop(); leaving.abort(); };
}

function bar(root) {
  const menu = h("button", { type: "button", class: "quiet round menu", aria: { label: "Menu", expanded: "false", controls: "side" },
    onclick: () => toggleSide(root.querySelector(".shell"), menu) }, icon("menu"));
  const theme = h("button", { type: "button", class: "quiet round", onclick: () => { toggleTheme(); drawTheme(); } });
  const drawTheme = () => {
    const label = isDark() ? "Light colours" : "Dark colours";
    fill(theme, icon(isDark() ? "sun" : "moon"));
    theme.setAttribute("aria-label", label);
    theme.title = label;
  };
  drawTheme();
  return h("header", { class: "bar" }, menu,
    h("a", { class: "brand", href: to(), aria: { label: "Restante: inboxes" } }, brandMark(), h("span", {}, "Restante")),
    picker(),
    h("span", { class: "bar-end" },
      h("a", { class: "button primary compose", href: to("compose"), title: "New message (c)" }, icon("pencil"), h("span", {}, "Compose")),
      theme,
      h("button", { type: "button", class: "quiet round wide-only", title: "Keys (?)", aria: { label: "Keys" }, onclick: showShortcuts }, icon("help")),
      h("button", { type: "button", class: "quiet round", title: "Sign out", aria: { label: "Sign out" }, onclick: signOut }, icon("out"))));
}

function picker() {
  const field = h("input", { id: "go-to", type: "text", inputmode: "email", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    placeholder: "Open any address…", aria: { label: "Open any address" }, list: "go-to-known" });
  const known = h("datalist", { id: "go-to-known" });
  field.addEventListener("focus", () => {
    const names = new Set([...recent(), ...reservedAddresses().map((one) => one._id)]);
    fill(known, [...names].slice(0, 50).map((name) => h("option", { value: name })));
  });
  return h("form", { class: "picker", role: "search", onsubmit: (event) => {
    event.preventDefault();
    const address = addressOf(field.value);
    if (!address) return;
    if (!/^[^@\s]+@[^@\s]+$/.test(address)) {
      notice("This is no email address.", { isFailure: true });
      return;
    }
    field.value = "";
    field.blur();
    go("inbox", address);
  } }, icon("at"), field, known);
}

function groups() {
  return NAVIGATION.map((group) => h("section", {}, h("h2", {}, group.title),
    h("ul", {}, group.entries.map((entry) => h("li", {},
      h("a", { href: to(...entry.at), data: { at: entry.at[0] ?? "" } }, icon(entry.icon), entry.title))))));
}

function inboxes() {
  const opened = recent();
  const reserved = reservedAddresses().map((one) => one._id).filter((one) => !opened.includes(one) && !one.startsWith("*"));
  const entries = [...opened, ...reserved.slice(0, MOST_RESERVED)];
  return entries.length > 0 && h("section", {}, h("h2", {}, "Opened and reserved"),
    h("ul", {}, entries.map((email) => h("li", {},
      h("a", { href: to("inbox", email), title: email, data: { inbox: email } }, icon("mail"), foreign(email, { most: 100 }))))));
}

function foot() {
  return h("section", { class: "foot" }, h("ul", {}, h("li", {}, h("a", { href: "docs" }, icon("book"), "API reference"))));
}

/** Marks the entry of the view that is shown. */
function mark(side) {
  const [view = "", email] = here();
  for (const link of side.querySelectorAll("a[data-at], a[data-inbox]")) {
    const isHere = view === "inbox" ? link.dataset.inbox === email : link.dataset.at === view;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function toggleSide(shell, menu) {
  const isOpen = shell.classList.toggle("side-open");
  menu.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) shell.querySelector(".side a").focus();
}

function closeSide(shell) {
  shell.classList.remove("side-open");
  shell.querySelector(".menu").setAttribute("aria-expanded", "false");
}

function keys(signal) {
  const at = (keysPressed, does, act) => shortcut(keysPressed, does, act, { signal });
  at("g", "Open an address", () => document.getElementById("go-to").focus());
  at("c", "Write a message", () => go("compose"));
  at("i", "List the inboxes", () => go());
  at("a", "All mail", () => go("all"));
  at("t", "Light or dark", () => toggleTheme());
}
