// Accounts and their API keys: make, show once, revoke.

import { h } from "./dom.js";
import { forAdmins } from "./account.js";
import { ask } from "./client.js";
import { copyButton } from "./clipboard.js";
import { confirmed, openDialog } from "./dialog.js";
import { check, field, formDialog } from "./form.js";
import { badge, blank, button, iconButton, listPage, table } from "./listing.js";
import { attempt, notice } from "./notices.js";
import { go } from "./router.js";
import { count, foreign, moment } from "./text.js";

/** Shows the keys of an account; of one's own where none is named. */
export function show(outlet, { account: chosen }, signal) {
  const again = listPage(outlet, {
    title: "Accounts and keys",
    lead: "A key opens what its account owns. A secret is shown once, when it is made, and kept by nobody but you.",
  }, () => forAdmins("Accounts and keys are", async (me) => {
    const of = chosen ?? me._id;
    const [accounts, keys] = await Promise.all([ask("ListAccounts", {}, { signal }), ask("ListKeys", { account: of }, { signal })]);
    const picker = h("select", { id: "account", onchange: () => go("keys", picker.value) },
      accounts.map((one) => h("option", { value: one._id, selected: one._id === of }, one._id)));
    return [
      h("div", { class: "toolbar" }, h("label", { for: "account" }, "Account"), picker,
        accounts.find((one) => one._id === of)?.admin && badge("admin", "good"),
        button("key", "New key", () => make(of, again), { class: "primary" }), button("plus", "New account", addAccount)),
      keys.length ? table(`Keys of ${of}`, columns(of, again), keys)
        : blank("key", "This account has no key", "Make one for each program that asks: then one can be revoked without the others."),
      h("p", { class: "muted" }, `${count(keys.length, "key")} of ${of}; ${count(accounts.length, "account")} in all.`),
    ];
  }));
}

function columns(of, again) {
  return [
    ["Label", (one) => (one.label ? foreign(one.label, { most: 200 }) : h("span", { class: "muted" }, "no label"))],
    ["Id", (one) => h("code", {}, one._id)],
    ["Made", (one) => moment(one.created), "whole"],
    ["", (one) => iconButton("trash", `Revoke ${one.label || one._id}`, () => revoke(of, one, again)), "tools"],
  ];
}

function make(account, again) {
  formDialog(`New key for ${account}`, [
    field("label", "Label", { placeholder: "ci", hint: "A word to know it by." }),
  ], "Make", async ({ label }) => {
    const made = await ask("CreateKey", { account, label });
    again();
    openDialog("Your new key", [
      h("p", {}, "Copy it now: it is not shown again."),
      h("p", { class: "copied secret" }, h("code", {}, made.key), copyButton("Copy the key", () => made.key)),
    ]);
  });
}

function addAccount() {
  formDialog("New account", [
    field("account", "Name", { required: true, placeholder: "team-a" }),
    check("admin", "It may look after accounts, keys and rules"),
  ], "Make", async (values) => {
    await ask("CreateAccount", values);
    notice(`The account ${values.account} was made`);
    go("keys", values.account);
  });
}

async function revoke(account, one, again) {
  if (!(await confirmed("Revoke this key?", `Whoever uses ${one.label || one._id} is locked out at once.`, "Revoke"))) return;
  await attempt(async () => {
    await ask("DeleteKey", { account, key: one._id });
    notice("The key was revoked");
    again();
  });
}
