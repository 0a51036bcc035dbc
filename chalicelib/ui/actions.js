// What is done to messages: marks, folders, labels, deletion; one by one or many at a time.

import { ask } from "./client.js";
import { h } from "./dom.js";
import { confirmed, openDialog } from "./dialog.js";
import { attempt, notice } from "./notices.js";
import { count } from "./text.js";

export const FOLDERS = ["inbox", "spam", "trash", "sent", "drafts", "all"];
const AT_ONCE = 6;

/** Does something to each message, a few at a time; says how many failed. Answers with those that were done. */
async function each(messages, act) {
  const waiting = [...messages];
  const done = [];
  let failed = null;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      try {
        await act(one);
        done.push(one);
      } catch (error) {
        failed = error;
      }
    }
  }));
  if (failed) {
    const left = messages.filter((one) => !done.includes(one));
    notice(`${count(left.length, "message")} failed: ${failed.message}`, { isFailure: true, action: "Try again", act: () => each(left, act) });
  }
  return done;
}

const at = (message) => ({ email: message.inbox, messageId: message._id });

/** Marks as read or unread. */
export async function markRead(mailbox, messages, isRead) {
  await each(messages, async (one) => {
    await ask("SetMessageReadStatus", { ...at(one), readBoolean: isRead });
    mailbox.change(one, { read: isRead });
  });
}

/** Stars what is not starred, or takes the star away. */
export async function toggleStar(mailbox, messages) {
  await each(messages, async (one) => {
    const { savedBy } = await ask("ToggleMessageStar", at(one));
    mailbox.change(one, { savedBy });
  });
}

/** Moves to a folder. */
export async function move(mailbox, messages, folder) {
  const done = await each(messages, async (one) => {
    await ask("SetMessageFolder", { ...at(one), folder });
    mailbox.change(one, { folder });
  });
  if (done.length) notice(`${count(done.length, "message")} moved to ${folder}`);
}

/** Deletes for good, once that is confirmed; answers with whether it was. */
export async function remove(mailbox, messages) {
  const what = messages.length === 1 ? "this message" : count(messages.length, "message");
  if (!(await confirmed(`Delete ${what}?`, "A deleted message cannot be brought back.", "Delete"))) return false;
  const done = await each(messages, async (one) => {
    await ask("DeleteMessage", at(one));
  });
  mailbox.remove(done.map((one) => one._id));
  if (done.length) notice(`${count(done.length, "message")} deleted`);
  return true;
}

/** Deletes all of an inbox that is not starred, once that is confirmed. */
export async function purge(mailbox, email) {
  if (!(await confirmed("Empty this inbox?", `Every message of ${email} that is not starred is deleted for good.`, "Empty"))) return;
  await attempt(async () => {
    await ask("DeleteAllMessages", { email });
    await mailbox.refresh();
    notice("The inbox was emptied");
  });
}

/** Asks for the labels of messages and sets them: one field, with commas between. */
export function editLabels(mailbox, messages) {
  const field = h("input", { id: "labels", type: "text", value: [...new Set(messages.flatMap((one) => one.labels))].join(", "), autocomplete: "off" });
  const dialog = openDialog("Labels", h("form", { class: "inline", onsubmit: async (event) => {
    event.preventDefault();
    const labels = field.value.split(",").map((one) => one.trim()).filter(Boolean);
    dialog.close();
    await each(messages, async (one) => {
      const answered = await ask("SetMessageLabels", { ...at(one), labels });
      mailbox.change(one, { labels: answered.labels });
    });
  } }, h("label", { for: "labels" }, `Labels of ${count(messages.length, "message")}, with commas between`), field,
    h("div", { class: "actions" }, h("button", { class: "primary" }, "Set labels"))), { class: "narrow" });
  field.focus();
}

/** Asks for a folder and moves there. */
export function chooseFolder(mailbox, messages) {
  const dialog = openDialog("Move to", h("div", { class: "choices" }, FOLDERS.map((folder) =>
    h("button", { type: "button", onclick: () => { dialog.close(); move(mailbox, messages, folder); } }, folder))), { class: "narrow" });
}
