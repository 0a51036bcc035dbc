// What empty places teach: how to send a mail there, in lines to copy.

import { fill, h } from "./dom.js";
import { account, knownAccount } from "./account.js";
import { snippet } from "./clipboard.js";
import { to } from "./router.js";
import { foreign } from "./text.js";

/** Places that listen everywhere: they are reached by the name that the page is reached by. */
const EVERYWHERE = new Set(["0.0.0.0", "::", ""]);

/** How to send a first mail to an address. */
export function lessons(email) {
  const place = h("section", { class: "lessons" });
  const draw = (me) => fill(place, h("h2", {}, "Send a mail here"), me.smtp ? bySmtp(email, me.smtp) : byMx(email, me.mailDomains));
  if (knownAccount()) draw(knownAccount());
  // Who cannot be asked is told of elsewhere; here it is only a lesson less.
  else account().then(draw, () => {});
  return place;
}

function bySmtp(email, smtp) {
  const [, given, port] = /^\[?(.*?)\]?:(\d+)$/.exec(smtp) ?? [null, "", "1025"];
  const host = EVERYWHERE.has(given) ? location.hostname.replace(/^\[|\]$/g, "") || "127.0.0.1" : given;
  const inUrl = host.includes(":") ? `[${host}]` : host;
  const address = /^[\x21-\x7e]+$/.test(email) && !/['"\\`$]/.test(email) ? email : "ana@test.example";
  return [h("p", {}, "By SMTP, at ", h("code", {}, `${inUrl}:${port}`), ":"),
    snippet("With curl", `printf 'From: me@example.com\\nTo: ${address}\\nSubject: Hello\\n\\nYour code is 482913.\\n' |
  curl -s smtp://${inUrl}:${port} --mail-from me@example.com --mail-rcpt ${address} --upload-file -`),
    snippet("With Python", `import smtplib
with smtplib.SMTP("${host}", ${port}) as server:
    server.sendmail("me@example.com", "${address}",
        "From: me@example.com\\nTo: ${address}\\nSubject: Hello\\n\\nYour code is 482913.\\n")`)];
}

function byMx(email, domains) {
  return [h("p", {}, "From any mail program or service, to ", h("strong", {}, foreign(email, { most: 320 })), ": the MX record of its domain leads mail here."),
    domains.length > 0 && h("p", {}, "Mail is taken for ", foreign(domains.join(", "), { most: 1000 }), "."),
    h("p", {}, h("a", { href: to("domains") }, "Domains"), " shows the records that a domain of yours needs.")];
}
