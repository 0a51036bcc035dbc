// The way in: an API key, tried before it is kept.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { BASE } from "./client.js";
import { signIn } from "./session.js";

/** Shows the way in; answers with what to call when it is left. */
export function showSignIn(root) {
  document.title = "Sign in · Restante";
  const said = h("p", { class: "field-error", role: "alert", id: "sign-in-error" });
  const field = h("input", { type: "password", id: "key", name: "key", autocomplete: "off", spellcheck: "false", required: true,
    aria: { describedby: "key-hint sign-in-error" }, placeholder: "k_…" });
  const button = h("button", { class: "primary" }, "Open the inboxes");
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); submit(field, button, said); } },
    h("label", { for: "key" }, "API key"), field,
    h("p", { class: "hint", id: "key-hint" }, "The server prints its first key once, when it starts for the first time. ",
      h("code", {}, "restante keys create"), " makes more. The key stays in this tab and is forgotten with it."),
    said, button);
  fill(root, h("main", { class: "sign-in" },
    h("div", { class: "card" },
      h("p", { class: "brand" }, brandMark(), "Restante"),
      h("h1", {}, "Read mail that waits"),
      form,
      h("p", { class: "hint" }, h("a", { href: "docs" }, icon("book"), "API reference")))));
  field.focus();
  return () => {};
}

/** The page's mark: a letter in its pigeonhole. */
export function brandMark() {
  return h("span", { class: "mark", aria: { hidden: "true" } }, icon("mail"));
}

async function submit(field, button, said) {
  const secret = field.value.trim();
  if (!secret) return;
  button.disabled = true;
  said.textContent = "";
  try {
    const response = await fetch(new URL("api/me", BASE), { headers: { "Mailsac-Key": secret }, credentials: "omit" });
    if (response.ok) {
      signIn(secret);
      return;
    }
    said.textContent = response.status === 401 ? "This key is not valid here." : `The server answered with status ${response.status}. Try again.`;
  } catch {
    // A key with letters that no header can hold is no key; anything else means that nobody answered.
    said.textContent = /^[\x21-\x7e]+$/.test(secret) ? "The server cannot be reached. Is it running?" : "This is no API key: it holds letters that keys never have.";
  }
  button.disabled = false;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}
