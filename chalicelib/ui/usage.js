// What the account keeps and asks for: figures, and small plots by day.

import { h } from "./dom.js";
import { ask } from "./client.js";
import { listPage } from "./listing.js";
import { plot, ranking } from "./plots.js";
import { to } from "./router.js";
import { count, size } from "./text.js";

const DAYS = 30;
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** Shows the usage of the last days. */
export function show(outlet, _, signal) {
  listPage(outlet, { title: "Usage", lead: `The last ${DAYS} days, by days of UTC.` }, async () => {
    const [me, kept, usage] = await Promise.all([
      ask("User", {}, { signal }), ask("AccountStats", {}, { signal }), ask("GetUsage", { days: DAYS }, { signal }),
    ]);
    return [figures(me, kept, usage), !usage.complete && h("p", { class: "muted" }, `Counted from the newest ${count(usage.counted, "message")}; older ones are not in the plots.`), plots(usage)];
  });
}

function figures(me, kept, { cache }) {
  const shown = [
    ["Messages kept", kept.storedMessages.toLocaleString("en")],
    ["Room taken", size(kept.inboxBytes)],
    ["Starred", kept.starredMessages.toLocaleString("en")],
    ["API calls this month", me.moAPICount.toLocaleString("en")],
    ["API calls last month", kept.lastMonthOps.toLocaleString("en")],
    ["Addresses", h("a", { href: to("addresses") }, kept.addresses.length.toLocaleString("en"))],
    ["Cache hits", hits(cache)],
    ["Domains", h("a", { href: to("domains") }, kept.domains.length.toLocaleString("en"))],
  ];
  return h("dl", { class: "figures" }, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** How much of what was read was kept already, in this process or in what all share. */
function hits(cache) {
  const [first] = cache;
  const asked = first ? first.hits + first.misses : 0;
  if (asked === 0) return "–";
  const found = cache.reduce((sum, tier) => sum + tier.hits, 0);
  return `${Math.round((100 * found) / asked)} %`;
}

function plots({ days, senders, sizes }) {
  const by = (what) => days.map((one) => ({ name: DAY.format(new Date(one.day)), number: one[what] }));
  return h("div", { class: "plots" },
    plot("Mails kept", by("messages"), (number) => count(number, "mail")),
    plot("API calls", by("operations"), (number) => count(number, "call")),
    plot("Bytes of mail", by("bytes"), size),
    ranking("Top senders", senders.map((one) => ({ name: one._id, number: one.n })), "No mail came to your account."),
    ranking("Sizes", sizes.map((one, index) => ({ name: one.below === null ? `${size(sizes[index - 1].below)} and more` : `below ${size(one.below)}`, number: one.n })), ""));
}
