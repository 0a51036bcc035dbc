// What the reference can do beyond being read: search, copying, a remembered language, light and dark, trying it out.

import { offerAttempts } from "./attempts.js";
import { element } from "./elements.js";
import { offerSearch } from "./search.js";

const LANGUAGE = "restante.language";
const THEME = "restante.theme";

/** The theme, as the mail reader remembers it. */
function offerThemes() {
  const root = document.documentElement;
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const button = element("button", { type: "button", class: "theme", "aria-label": "Light or dark" }, "◐");
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem(THEME, root.dataset.theme);
  });
  document.querySelector(".to-inboxes").after(button);
}

/** A choice of language in each example; all of them, and later visits, follow it. */
function offerLanguages() {
  const choices = [...document.querySelectorAll('input[name="language"]')];
  if (!choices.length) return;
  const remembered = choices.find((choice) => choice.value === localStorage.getItem(LANGUAGE));
  if (remembered) remembered.checked = true;
  const tabs = [];
  const show = () => {
    const chosen = choices.find((choice) => choice.checked).value;
    for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.language === chosen));
  };
  const choose = (choice, figure) => {
    // What is read should stay where it is, though examples above it change their height.
    const before = figure.getBoundingClientRect().top;
    choice.checked = true;
    localStorage.setItem(LANGUAGE, choice.value);
    show();
    const request = figure.closest(".request");
    const shown = request.querySelector(`.in-${choice.value}`);
    scrollBy({ top: shown.getBoundingClientRect().top - before, behavior: "instant" });
    shown.querySelector(`[data-language="${choice.value}"]`).focus({ preventScroll: true });
  };
  for (const figure of document.querySelectorAll(".request > figure")) {
    const made = choices.map((choice) => {
      const tab = element("button", { type: "button", "data-language": choice.value }, choice.labels[0].textContent);
      tab.addEventListener("click", () => choose(choice, figure));
      return tab;
    });
    tabs.push(...made);
    figure.querySelector("figcaption").replaceChildren(
      element("span", { class: "tabs", role: "group", "aria-label": "Language" }, ...made),
    );
  }
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      localStorage.setItem(LANGUAGE, choice.value);
      show();
    });
  }
  show();
}

/** A button in each piece of code that copies it. */
function offerCopies() {
  for (const figure of document.querySelectorAll("figure.code")) {
    const button = element("button", { type: "button", class: "copy" }, "Copy");
    button.addEventListener("click", async () => {
      const said = await copied(figure.querySelector("code").textContent);
      button.textContent = said ? "Copied" : "Press Ctrl+C";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    (figure.querySelector("figcaption") ?? figure).append(button);
  }
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https browsers have no clipboard, except on localhost: the old way still works.
    const area = element("textarea", { "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Where a program says which server it means, that is the one that the page came from. */
function nameThisServer() {
  const here = new URL(document.body.dataset.root, location.href).href.replace(/\/$/, "");
  const usual = "http://127.0.0.1:8025";
  if (here === usual) return;
  for (const code of document.querySelectorAll("figure.code code")) {
    if (code.textContent.includes("export RESTANTE_URL=")) code.textContent = code.textContent.replaceAll(usual, here);
  }
}

/** The contents say which section is being read. */
function followReading() {
  const links = new Map();
  for (const link of document.querySelectorAll('.contents ul ul a[href^="#"]')) links.set(link.hash.slice(1), link);
  const seen = new Set();
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target);
      const first = [...links.keys()].find((id) => seen.has(target(id)));
      if (!first) return;
      for (const [id, link] of links) {
        if (id === first) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-72px 0px -55% 0px" },
  );
  const target = (id) => document.getElementById(id)?.closest("section") ?? document.getElementById(id);
  for (const id of links.keys()) if (target(id)) watcher.observe(target(id));
}

const theme = localStorage.getItem(THEME);
if (theme) document.documentElement.dataset.theme = theme;
offerThemes();
offerLanguages();
nameThisServer();
offerCopies();
offerSearch();
offerAttempts();
followReading();
document.querySelector('.contents [aria-current="page"]')?.scrollIntoView({ block: "nearest" });
