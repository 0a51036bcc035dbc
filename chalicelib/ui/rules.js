// IP rules: who is shut out or let in, how often a rule did so, and whether the edges follow.

import { h } from "./dom.js";
import { forAdmins } from "./account.js";
import { ask } from "./client.js";
import { confirmed } from "./dialog.js";
import { choice, field, formDialog } from "./form.js";
import { badge, blank, button, iconButton, listPage, table } from "./listing.js";
import { attempt, notice } from "./notices.js";
import { count, foreign, moment } from "./text.js";

const LASTING = [["3600", "An hour"], ["86400", "A day"], ["604800", "A week"], ["2592000", "30 days"], ["", "Until it is removed"]];
const DOORS = { both: "mail and API", mail: "mail", api: "API" };

/** Shows the rules and the edges. */
export function show(outlet, _, signal) {
  const again = listPage(outlet, {
    title: "IP rules",
    lead: "Who floods this service is shut out before anything is read or kept. Where any rule lets an address in, none shuts it out.",
  }, () => forAdmins("IP rules are", async () => {
    const [rules, edges] = await Promise.all([ask("ListIpRules", {}, { signal }), ask("GetPerimeter", {}, { signal })]);
    return [
      h("div", { class: "toolbar" },
        button("shield", "Block", () => add("block", again), { class: "primary" }), button("check", "Allow", () => add("allow", again)),
        button("refresh", "Look again", () => again())),
      rules.length ? table("IP rules", columns(again), rules)
        : blank("shield", "Nobody is shut out", "The detector makes rules by itself when an address floods the service. Block or allow an address or a network by hand here."),
      perimeter(edges),
    ];
  }));
}

function columns(again) {
  return [
    ["Who", (one) => foreign(one._id, { most: 253 })],
    ["Is", (one) => badge(one.action === "block" ? "shut out" : "let in", one.action === "block" ? "bad" : "good")],
    ["From", (one) => DOORS[one.scope]],
    ["Why", (one) => [foreign(one.reason, { most: 200 }), h("div", { class: "hint" }, "by ", foreign(one.madeBy, { most: 100 }))]],
    ["Hits", (one) => [count(one.hits, "hit"), one.lastHit && h("div", { class: "hint" }, "last ", moment(one.lastHit))], "whole"],
    ["Ends", (one) => (one.expires ? moment(one.expires) : "when removed"), "whole"],
    ["", (one) => iconButton("trash", `Remove the rule about ${one._id}`, () => remove(one, again)), "tools"],
  ];
}

function perimeter(edges) {
  return h("section", {}, h("h2", {}, "Perimeter"), edges.length ? table("Perimeter", [
    ["Edge", (one) => foreign(one._id, { most: 100 })],
    ["State", (one) => (one.failure ? badge(foreign(one.failure, { most: 300 }), "bad") : badge(one.succeeded ? "follows the rules" : "not yet", one.succeeded ? "good" : ""))],
    ["Refuses", (one) => `${one.placed.toLocaleString("en")}${one.room === null ? "" : ` of ${one.room.toLocaleString("en")}`}`],
    ["No room for", (one) => (one.left ? `${count(one.left, "rule")}, refused at arrival` : "none")],
    ["As of", (one) => (one.succeeded ? moment(one.succeeded) : "never"), "whole"],
  ], edges) : h("p", { class: "muted" }, "No edge has told how it stands: on one machine the servers themselves refuse, by the rules above."));
}

function add(action, again) {
  formDialog(action === "block" ? "Block an address" : "Allow an address", [
    field("address", "Address or network", { required: true, placeholder: "192.0.2.0/24", hint: "An IP address, or a network as 192.0.2.0/24. A domain counts for the denylist alone." }),
    field("reason", "Why", { required: true, placeholder: action === "block" ? "flood" : "our office" }),
    choice("scope", "From", Object.entries(DOORS), "both"),
    choice("seconds", "For how long", LASTING, action === "block" ? "86400" : ""),
  ], action === "block" ? "Block" : "Allow", async ({ seconds, ...values }) => {
    await ask("CreateIpRule", { ...values, action, seconds: seconds ? Number(seconds) : undefined });
    notice(`${values.address} is ${action === "block" ? "shut out" : "let in"}`);
    again();
  });
}

async function remove(rule, again) {
  const effect = rule.action === "block" ? "may come in again" : "is let in no longer whatever others say";
  if (!(await confirmed("Remove this rule?", `${rule._id} ${effect}.`, "Remove"))) return;
  await attempt(async () => {
    await ask("DeleteIpRule", { address: rule._id });
    notice("The rule was removed");
    again();
  });
}
