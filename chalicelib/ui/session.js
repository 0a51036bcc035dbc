// Who is signed in: an API key, kept for this tab alone and given up when the tab is closed.

const PLACE = "restante.key";
const listeners = new Set();

/** The key, or null when nobody is signed in. */
export function key() {
  return sessionStorage.getItem(PLACE);
}

/** Keeps a key for this tab. */
export function signIn(secret) {
  sessionStorage.setItem(PLACE, secret);
  tell();
}

/** Forgets the key, and all that this tab remembers. */
export function signOut() {
  sessionStorage.clear();
  tell();
}

/** Calls back each time somebody signs in or out. */
export function onChange(listener) {
  listeners.add(listener);
}

/** Takes a key from the address that the server printed ("#key=…"), and takes it out of the address at once. */
export function takeKeyFromAddress() {
  const found = /^#key=([^&]+)/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", location.pathname + location.search);
  sessionStorage.setItem(PLACE, decodeURIComponent(found[1]));
}

function tell() {
  for (const listener of listeners) listener();
}
