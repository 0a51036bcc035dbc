// What empty places teach: how to send a mail there, in lines to copy.

import { h } from "./dom.js";
import { snippet } from "./clipboard.js";

/** How to send a first mail to an address. */
export function lessons(email) {
  const host = location.hostname || "127.0.0.1";
  const address = /^[\x21-\x7e]+$/.test(email) && !/['"\\`$]/.test(email) ? email : "ana@test.example";
  return h("section", { class: "lessons" }, h("h2", {}, "Send a mail here"),
    h("p", {}, "SMTP on the machine that runs Restante, port 1025 unless it was set otherwise:"),
    snippet("With curl", `printf 'From: me@example.com\\nTo: ${address}\\nSubject: Hello\\n\\nYour code is 482913.\\n' |
  curl -s smtp://${host}:1025 --mail-from me@example.com --mail-rcpt ${address} --upload-file -`),
    snippet("With Python", `import smtplib
smtplib.SMTP("${host}", 1025).sendmail("me@example.com", "${address}",
    "From: me@example.com\\nTo: ${address}\\nSubject: Hello\\n\\nYour code is 482913.\\n")`));
}
