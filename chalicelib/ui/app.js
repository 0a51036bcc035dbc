// Starts the page: takes the key from the address, and shows the way in or the page itself.

import { takeKeyFromAddress, key, onChange } from "./session.js";
import { listenToKeys } from "./keyboard.js";
import { applyTheme } from "./theme.js";
import { noticeRegion } from "./notices.js";
import { showShell } from "./shell.js";
import { showSignIn } from "./sign-in.js";

const root = document.createElement("div");
root.id = "root";
let stop = () => {};

function show() {
  stop();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.remove());
  stop = key() ? showShell(root) : showSignIn(root);
}

applyTheme();
takeKeyFromAddress();
// The link that the server printed, opened in a tab that shows the page already.
window.addEventListener("hashchange", () => {
  if (location.hash.startsWith("#key=")) {
    takeKeyFromAddress();
    show();
  }
});
listenToKeys();
document.body.append(root, noticeRegion());
onChange(show);
show();
