// One webhook: its secret, and each try to tell it, with what was answered and a way to tell it again.

import { h } from "./dom.js";
import { ask } from "./client.js";
import { copyButton } from "./clipboard.js";
import { confirmed } from "./dialog.js";
import { field, formDialog } from "./form.js";
import { badge, blank, button, iconButton, listPage, table } from "./listing.js";
import { attempt, notice } from "./notices.js";
import { go, to } from "./router.js";
import { foreign, fullMoment } from "./text.js";
import { state } from "./hooks.js";

const MOST = 100;
const LOOK_AGAIN_MS = 1000;
const LOOKS = 30;

/** Shows one webhook. */
export function show(outlet, { hook: id }, signal) {
  let newest = null;
  const again = listPage(outlet, {
    title: "Webhook",
    lead: h("a", { href: to("hooks") }, "All webhooks"),
    tools: [
      button("send", "Send a test", () => attempt(async () => {
        await ask("TestHook", { hook: id });
        notice("A test is on its way");
        await arrival();
      }), { class: "primary" }),
      button("refresh", "Look again", () => again()),
    ],
  }, async () => {
    const [hook, deliveries] = await Promise.all([
      ask("GetHook", { hook: id }, { signal }), ask("ListDeliveries", { hook: id, limit: MOST }, { signal }),
    ]);
    newest = deliveries[0]?._id ?? null;
    return [about(hook, again, arrival), tries(hook, deliveries, arrival)];
  });

  /** Looks for a new delivery for a while, as it is made after it was asked for. */
  async function arrival() {
    const before = newest;
    for (let look = 0; look < LOOKS && !signal.aborted; look += 1) {
      const [first] = await ask("ListDeliveries", { hook: id, limit: 1 }, { signal });
      if (first && first._id !== before) return again();
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    return undefined;
  }
}

function about(hook, again, arrival) {
  const secret = h("code", {}, "•".repeat(16));
  const reveal = button("eye", "Show", () => { secret.textContent = hook.secret; reveal.remove(); }, { class: "quiet" });
  return h("section", { class: "box", aria: { label: "The webhook" } },
    h("dl", { class: "facts" },
      h("dt", {}, "Told of"), h("dd", {}, foreign(hook.scope, { most: 320 })),
      h("dt", {}, "Posted to"), h("dd", {}, foreign(hook.url, { most: 2000 })),
      h("dt", {}, "State"), h("dd", {}, state(hook)),
      h("dt", {}, "Signing secret"), h("dd", {}, h("span", { class: "copied" }, secret, reveal, copyButton("Copy the signing secret", () => hook.secret)))),
    hook.implicit && h("p", { class: "hint" }, "This is the webhook of a reserved address: change or remove it there."),
    h("div", { class: "toolbar" },
      button("reply", "Tell of a message", () => tell(hook, arrival)),
      hook.paused && button("refresh", "Resume", () => done("ResumeHook", hook, "It is told again", again)),
      !hook.implicit && button("key", "New secret", async () => {
        if (await confirmed("Give it a new secret?", "For a day the secret before signs too, so that the receiver can change over.", "New secret")) {
          await done("RotateHookSecret", hook, "There is a new secret", again);
        }
      }),
      hook.implicit ? h("a", { class: "button", href: to("addresses") }, "Its address") : button("trash", "Delete", () => remove(hook))));
}

function done(name, hook, said, then) {
  return attempt(async () => {
    await ask(name, { hook: hook._id });
    notice(said);
    then();
  });
}

async function remove(hook) {
  if (!(await confirmed("Delete this webhook?", "It is told of nothing more, and its deliveries are forgotten.", "Delete"))) return;
  await done("DeleteHook", hook, "The webhook was deleted", () => go("hooks"));
}

function tell(hook, arrival) {
  formDialog("Tell of a message", [
    field("inbox", "Inbox", { required: true, inputmode: "email", value: hook.scope.includes("@") && !hook.scope.startsWith("*") ? hook.scope : "" }),
    field("message", "Message", { required: true, value: "latest", hint: "Its id, or “latest”." }),
  ], "Tell", async (values) => {
    await ask("Redeliver", { hook: hook._id, ...values });
    notice("It is told once more");
    arrival().catch(() => {});
  });
}

function tries(hook, deliveries, arrival) {
  if (!deliveries.length) return blank("send", "It was told of nothing yet", "Send a test, or a mail to what it is told of.");
  return h("section", {}, h("h2", {}, "Deliveries"), table("Deliveries", [
    ["When", (one) => fullMoment(one.at), "whole"],
    ["Outcome", (one) => badge(one.status === null ? "no answer" : `status ${one.status}`, one.succeeded ? "good" : "bad")],
    ["Took", (one) => took(one.seconds), "number"],
    ["Message", (one) => (one.message ? h("a", { href: to("inbox", one.inbox, one.message) }, foreign(one.inbox, { most: 100 })) : "a test")],
    ["Answer", (one) => (one.answer || one.failure ? h("span", { class: "answer" }, foreign(one.answer || one.failure, { most: 400 })) : null)],
    ["", (one) => one.message && iconButton("reply", "Deliver again", () => attempt(async () => {
      await ask("Redeliver", { hook: hook._id, inbox: one.inbox, message: one.message });
      notice("It is told once more");
      await arrival();
    })), "tools"],
  ], deliveries));
}

function took(seconds) {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}
