// The account's webhooks: what each is told of, where, and whether it goes well.

import { h } from "./dom.js";
import { ask } from "./client.js";
import { badge, blank, button, listPage, table } from "./listing.js";
import { field, formDialog } from "./form.js";
import { go, to } from "./router.js";
import { foreign, moment } from "./text.js";

/** Shows the webhooks. */
export function show(outlet, _, signal) {
  listPage(outlet, {
    title: "Webhooks",
    lead: "Each mail is posted as signed JSON to a URL of yours, and tried again until it is taken.",
    tools: button("plus", "New webhook", make, { class: "primary" }),
  }, async () => {
    const found = await ask("ListHooks", {}, { signal });
    return found.length ? table("Webhooks", columns(), found)
      : blank("hook", "Nobody is told yet", "Make a webhook for a reserved address, for a “*@domain” catch-all or for a whole domain, and send it a test.");
  });
}

function columns() {
  return [
    ["For", (one) => h("a", { href: to("hooks", one._id) }, foreign(one.scope, { most: 320 }))],
    ["Posted to", (one) => foreign(one.url, { most: 200 })],
    ["State", (one) => state(one)],
    ["Since", (one) => moment(one.created), "whole"],
  ];
}

/** How a webhook is, in a word. */
export function state(hook) {
  if (hook.paused) return badge("paused", "bad");
  if (hook.failingSince) return badge(["failing since ", moment(hook.failingSince)], "bad");
  return badge("in use", "good");
}

function make() {
  formDialog("New webhook", [
    field("scope", "For", { required: true, placeholder: "signup@mail.example", hint: "A reserved address, a “*@domain” catch-all, or a verified domain." }),
    field("url", "Posted to", { required: true, inputmode: "url", placeholder: "https://ci.example/new-mail" }),
  ], "Make", async (values) => {
    const made = await ask("CreateHook", values);
    go("hooks", made._id);
  });
}
