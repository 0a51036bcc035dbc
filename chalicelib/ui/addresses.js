// The addresses that the account has reserved: reserve, change where their mail is told of, release.

import { h } from "./dom.js";
import { ask } from "./client.js";
import { badge, blank, button, iconButton, listPage, table } from "./listing.js";
import { check, field, formDialog } from "./form.js";
import { notice } from "./notices.js";
import { refreshReserved } from "./places.js";
import { to } from "./router.js";
import { foreign, moment } from "./text.js";

/** Shows the reserved addresses. */
export function show(outlet, _, signal) {
  const again = listPage(outlet, {
    title: "Addresses",
    lead: "Mail to a reserved address is your account's alone, and may be told of elsewhere as it comes.",
    tools: button("plus", "Reserve", () => reserve(again), { class: "primary" }),
  }, async () => {
    const found = await refreshReserved(signal);
    return found.length ? table("Reserved addresses", columns(again), found)
      : blank("at", "Nothing is reserved yet", "Every address takes mail without that. Reserve one to keep its mail to your account, to forward it, or to have it told to a webhook or to Slack. “*@mail.example” reserves all that is left of a domain.");
  });
}

function columns(again) {
  return [
    ["Address", (one) => (one._id.startsWith("*") ? foreign(one._id) : h("a", { href: to("inbox", one._id) }, foreign(one._id, { most: 320 })))],
    ["Notes", (one) => one.info && foreign(one.info, { most: 200 })],
    ["Told to", (one) => tells(one)],
    ["Since", (one) => moment(one.created), "whole"],
    ["", (one) => [iconButton("pencil", `Change ${one._id}`, () => change(one, again)), iconButton("trash", `Release ${one._id}`, () => release(one, again))], "tools"],
  ];
}

function tells(one) {
  const told = [one.enablews && badge("WebSocket"), one.forward && badge(["forward to ", foreign(one.forward, { most: 100 })]),
    one.webhook && badge("webhook"), one.webhookSlack && badge("Slack")].filter(Boolean);
  return told.length > 0 && h("span", { class: "badges" }, told);
}

function settings(one = {}) {
  return [
    field("info", "Notes", { value: one.info, hint: "Your own words about the address." }),
    field("forward", "Forward to", { value: one.forward, inputmode: "email" }),
    field("webhook", "Webhook", { value: one.webhook, inputmode: "url", placeholder: "https://ci.example/mail", hint: "Each mail is posted there as signed JSON." }),
    field("webhookSlack", "Slack webhook", { value: one.webhookSlack, inputmode: "url", placeholder: "https://hooks.slack.com/services/…" }),
    check("webhookSlackToFrom", "Slack is told recipient and sender", one.webhookSlackToFrom),
    check("enablews", "Told of over the WebSocket", one.enablews),
  ];
}

function reserve(again) {
  formDialog("Reserve an address", [
    field("email", "Address", { required: true, inputmode: "email", placeholder: "signup@mail.example", hint: "“*@mail.example” is the domain's catch-all." }),
    settings(),
  ], "Reserve", async (values) => {
    await ask("CreateAddress", values);
    notice(`${values.email} is reserved`);
    again();
  });
}

function change(one, again) {
  formDialog(`Change ${one._id}`, settings(one), "Save", async (values) => {
    await ask("UpdateAddress", { ...values, email: one._id });
    notice("Saved");
    again();
  });
}

function release(one, again) {
  formDialog(`Release ${one._id}?`, [
    h("p", {}, "It is nobody's then: anybody may read what comes to it, and may reserve it."),
    check("deleteAddressMessages", "Delete its messages too; else they become anybody's", true),
  ], "Release", async (values) => {
    await ask("DeleteAddress", { ...values, email: one._id });
    notice(`${one._id} was released`);
    again();
  });
}
