// "Try it": an operation's form, asked with the reader's key at the server that the page came from.

import { element } from "./elements.js";

const KEY = "restante.key";
const SHOWN = 100_000;
const { root } = document.body.dataset;

/** A button at each operation; its form is made when it is first wanted. */
export function offerAttempts() {
  for (const section of document.querySelectorAll("section[data-operation]")) {
    const button = element("button", { type: "button", "aria-expanded": "false" }, "Try it");
    let form;
    button.addEventListener("click", () => {
      if (form) form.hidden = !form.hidden;
      else section.querySelector(".examples").prepend((form = formOf(section)));
      button.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) form.querySelector("input, textarea, button").focus();
    });
    section.querySelector(".access").append(" ", button);
  }
}

function formOf(section) {
  const { operation, method } = section.dataset;
  const form = element("form", { class: "attempt", "aria-label": `Try ${operation}` }, element("h3", {}, "Try it here"));
  const fields = [];
  const add = (name, where, input, isTall = false) => {
    input.id = `${operation}-${where}-${name}`;
    fields.push({ name, where, input });
    const row = element("div", { class: isTall ? "row tall" : "row" }, element("label", { for: input.id }, name), input);
    form.append(row);
  };

  const key = element("input", { type: "password", autocomplete: "off", spellcheck: "false" });
  key.value = sessionStorage.getItem(KEY) ?? "";
  add("API key", "key", key);
  for (const field of section.querySelectorAll("li[data-name]")) {
    const { name, in: where } = field.dataset;
    if (where === "body") continue;
    const { example } = field.dataset;
    const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: example });
    if (field.querySelector(".required") || where === "path") input.required = true;
    add(name, where, input);
  }
  const body = exampleBody(section);
  if (body !== null) {
    const area = element("textarea", { rows: String(Math.min(12, body.split("\n").length + 1)), spellcheck: "false" });
    area.value = body;
    add("Body", "body", area, true);
  }
  const changes = method !== "GET";
  const hint = changes ? "This is no rehearsal: the request changes what is on the server." : "Asked at this very server.";
  const send = element("button", { type: "submit", class: method === "DELETE" ? "danger" : "primary" }, `Send ${method}`);
  const answer = element("div", { role: "status" });
  form.append(element("p", { class: "hint" }, hint), element("div", { class: "actions" }, send), answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await attempt(section, fields, answer);
    } finally {
      send.disabled = false;
    }
  });
  return form;
}

function exampleBody(section) {
  const text = section.querySelector(".in-curl code").textContent;
  const found = /-d '([^']*)'/.exec(text);
  return found && JSON.stringify(JSON.parse(found[1]), null, 2);
}

async function attempt(section, fields, answer) {
  const { method, path } = section.dataset;
  const options = { method, headers: {}, cache: "no-store", credentials: "omit", redirect: "follow" };
  const query = new URLSearchParams();
  let target = path;
  for (const { name, where, input } of fields) {
    const value = input.value.trim();
    if (where === "path") target = target.replace(`{${name}}`, encodeURIComponent(value));
    if (!value) continue;
    if (where === "key") {
      options.headers["Mailsac-Key"] = value;
      sessionStorage.setItem(KEY, value);
    }
    if (where === "query") query.set(name, value);
    if (where === "header") options.headers[name] = value;
    if (where === "body") {
      options.body = value;
      options.headers["Content-Type"] = "application/json";
    }
  }
  const asked = `${root}${target.slice(1)}${query.size ? `?${query}` : ""}`;
  const began = performance.now();
  try {
    const response = await fetch(asked, options);
    const shown = await bodyOf(response);
    const took = Math.round(performance.now() - began);
    const title = `${response.status} · ${took} ms · ${response.headers.get("content-type") ?? "no body"}`;
    answer.replaceChildren(
      element(
        "figure",
        { class: "code" },
        element("figcaption", { class: response.ok ? "" : "failed" }, title),
        element("pre", { tabindex: "0" }, element("code", {}, shown)),
      ),
    );
  } catch {
    answer.replaceChildren(element("p", { class: "failed" }, "The server did not answer. Is it running? Try again."));
  }
}

async function bodyOf(response) {
  const type = response.headers.get("content-type") ?? "";
  const octets = await response.arrayBuffer();
  if (!/^(text\/|application\/json|message\/)/.test(type)) return `${octets.byteLength} bytes`;
  const text = new TextDecoder().decode(octets);
  const whole = type.startsWith("application/json") && text ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return whole.length > SHOWN ? `${whole.slice(0, SHOWN)}\n… ${whole.length - SHOWN} letters more` : whole;
}
