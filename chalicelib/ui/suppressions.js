// Addresses that bounced or complained: no more mail is sent to them until that is lifted.

import { ask } from "./client.js";
import { confirmed } from "./dialog.js";
import { badge, blank, button, listPage, table } from "./listing.js";
import { attempt, notice } from "./notices.js";
import { foreign, moment } from "./text.js";

/** Shows the suppressed addresses. */
export function show(outlet, _, signal) {
  const again = listPage(outlet, {
    title: "Suppressions",
    lead: "Who bounced or complained gets no more mail from your account: sending on would harm the name of your domain.",
  }, async () => {
    const found = await ask("ListSuppressions", {}, { signal });
    return found.length ? table("Suppressed addresses", [
      ["Address", (one) => foreign(one.address, { most: 320 })],
      ["Why", (one) => badge(one.reason, "bad")],
      ["What was said", (one) => one.diagnostic && foreign(one.diagnostic, { most: 300 })],
      ["Since", (one) => moment(one.created), "whole"],
      ["", (one) => button("send", "Let mail go there", () => lift(one, again)), "tools"],
    ], found) : blank("check", "Nobody is left out", "No address that you sent mail to bounced or complained.");
  });
}

async function lift({ address }, again) {
  if (!(await confirmed("Send there again?", `Mail may go to ${address} again, until it bounces once more.`, "Let mail go there"))) return;
  await attempt(async () => {
    await ask("DeleteSuppression", { address });
    notice(`Mail may go to ${address} again`);
    again();
  });
}
