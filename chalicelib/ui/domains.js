// The domains that the account hosts: add, prove by DNS records, make private, give up.

import { h } from "./dom.js";
import { ask } from "./client.js";
import { copyButton } from "./clipboard.js";
import { badge, blank, button, listPage } from "./listing.js";
import { check, field, formDialog } from "./form.js";
import { attempt, notice } from "./notices.js";
import { to } from "./router.js";
import { count, foreign, moment } from "./text.js";

/** Shows each domain with its records and what can be done. */
export function show(outlet, _, signal) {
  const again = listPage(outlet, {
    title: "Domains",
    lead: "Mail to every address of a hosted domain is your account's.",
    tools: button("plus", "Add domain", () => add(again), { class: "primary" }),
  }, async () => {
    const domains = await ask("ListDomains", {}, { signal });
    const found = await Promise.all(domains.map((one) => ask("GetDomain", { domain: one._id }, { signal })));
    return found.length ? found.map((one) => box(one, again))
      : blank("globe", "No domain is hosted yet", "Add one, put two records into its DNS, and all of its mail comes here.");
  });
}

function box({ domain, totalMessages, catchAllAddress, records }, again) {
  const act = (name, values, said) => attempt(async () => {
    const changed = await ask(name, { domain: domain._id, ...values });
    notice(said(changed));
    again();
  });
  return h("section", { class: "box", aria: { label: domain._id } },
    h("h2", {}, foreign(domain._id, { most: 253 }), badge(domain.verified ? "verified" : "not verified", domain.verified ? "good" : "bad"),
      domain.verified && !domain.verifiedMx && badge("its mail goes elsewhere", "bad"), domain.isPrivate && badge("private")),
    h("dl", { class: "facts" },
      h("dt", {}, "Messages"), h("dd", {}, count(totalMessages, "message")),
      h("dt", {}, "Catch-all"), h("dd", {}, catchAllAddress ? h("a", { href: to("addresses") }, catchAllAddress._id) : "none"),
      h("dt", {}, "Hosted since"), h("dd", {}, moment(domain.created)),
      records.map((one) => [h("dt", {}, `${one.type} record`), h("dd", {}, h("span", { class: "copied" },
        h("code", {}, one.value), copyButton(`Copy the ${one.type} record of ${domain._id}`, () => one.value)))])),
    domain.lastVerificationErrors && h("p", { class: "badge warning" }, foreign(domain.lastVerificationErrors, { most: 500 })),
    h("div", { class: "toolbar" },
      button("check", "Verify", () => act("VerifyDomain", {}, (one) => (one.verified ? "The domain is verified" : "A record is missing"))),
      button("eye", domain.isPrivate ? "Make public" : "Make private", () => act("UpdateDomain", { isPrivate: !domain.isPrivate }, (one) => `Unreserved inboxes are ${one.isPrivate ? "your account's" : "open to all"}`)),
      button("refresh", domain.enablews ? "Stop the WebSocket" : "Tell the WebSocket", () => act("UpdateDomain", { enablews: !domain.enablews }, (one) => `Its mail is ${one.enablews ? "" : "no longer "}told of over the WebSocket`)),
      button("trash", "Give up", () => giveUp(domain, again))));
}

function add(again) {
  formDialog("Add a domain", [
    field("domain", "Domain", { required: true, placeholder: "mail.example", hint: "A subdomain of its own keeps your other mail where it is." }),
    check("isPrivate", "Unreserved inboxes are your account's alone", true),
  ], "Add", async (values) => {
    await ask("CreateDomain", values);
    notice(`${values.domain} was added`);
    again();
  });
}

function giveUp(domain, again) {
  formDialog(`Give ${domain._id} up?`, [
    h("p", {}, "Its addresses have to be released first."),
    check("deleteMessages", "Delete its messages too; else they become anybody's", true),
  ], "Give up", async (values) => {
    await ask("DeleteDomain", { ...values, domain: domain._id });
    notice(`${domain._id} is not hosted here any more`);
    again();
  });
}
