// Dead letters: work that was given up, with why, and a way to set it going again.

import { h } from "./dom.js";
import { forAdmins } from "./account.js";
import { ask } from "./client.js";
import { blank, button, iconButton, listPage, table } from "./listing.js";
import { attempt, notice } from "./notices.js";
import { count, foreign, fullMoment } from "./text.js";

const MOST = 100;

/** Shows the newest dead letters. */
export function show(outlet, _, signal) {
  const again = listPage(outlet, {
    title: "Dead letters",
    lead: "Work that was tried until it was given up: telling webhooks and Slack, forwarding, sending.",
  }, () => forAdmins("Dead letters are", async () => {
    const found = await ask("ListDeadLetters", { limit: MOST }, { signal });
    if (!found.length) return blank("check", "Nothing was given up", "What cannot be done is tried again for hours; only then it comes here.");
    return [
      h("div", { class: "toolbar" },
        button("refresh", found.length < MOST ? "Try all again" : "Try all again, older ones too", () => redrive(undefined, again), { class: "primary" }),
        h("span", { class: "muted" }, count(found.length, "dead letter"), found.length === MOST && ", the newest")),
      table("Dead letters", columns(again), found),
    ];
  }));
}

function columns(again) {
  return [
    ["Work", (one) => one.kind, "whole"],
    ["Why", (one) => foreign(one.reason, { most: 400 })],
    ["Tries", (one) => String(one.attempts), "number"],
    ["Given up", (one) => fullMoment(one.buried), "whole"],
    ["About", (one) => h("details", {}, h("summary", {}, "Details"), h("code", {}, foreign(JSON.stringify(one.payload), { most: 1000 })))],
    ["", (one) => iconButton("refresh", `Try again: ${one.kind}`, () => redrive([one._id], again)), "tools"],
  ];
}

function redrive(jobs, again) {
  return attempt(async () => {
    const { count: number } = await ask("RedriveDeadLetters", { jobs });
    notice(`${count(number, "dead letter")} tried again`);
    again();
  });
}
