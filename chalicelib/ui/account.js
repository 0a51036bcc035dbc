// Whose key this is, and whether it may see what is for admins alone.

import { ask } from "./client.js";
import { key } from "./session.js";
import { blank } from "./listing.js";

let known = { key: null, asked: null, account: null };

/** The account behind the key, asked for once. */
export function account() {
  if (known.key !== key()) known = { key: key(), asked: null, account: null };
  const mine = known;
  mine.asked ??= ask("User").then((me) => (mine.account = me), (error) => {
    mine.asked = null;
    throw error;
  });
  return mine.asked;
}

/** The account, where it was asked for already; else null. */
export function knownAccount() {
  return known.key === key() ? known.account : null;
}

/** Whether the account is known to be an admin's. */
export function isAdmin() {
  return known.key === key() && known.account?.admin === true;
}

/**
 * What `make` answers with for an admin; for others a word about why there is nothing.
 * @param {string} what as in "IP rules are"
 * @param {(me: {_id: string}) => Promise<any>} make
 */
export async function forAdmins(what, make) {
  const me = await account();
  if (me.admin) return make(me);
  return blank("key", "For admins alone", `${what} looked after by the admins of this installation. You are signed in as ${me._id}, which is an ordinary account: ask one of them.`);
}
