// Every view of the page: where it is, how it is called, and how it is loaded when it is first shown.

/** Views by address; the first is shown where nothing fits. */
export const ROUTES = [
  { path: "/", title: "Inboxes", load: () => import("./home.js") },
  { path: "/inbox/:email/:message?", title: "Inbox", load: () => mail("inbox") },
  { path: "/all/:email?/:message?", title: "All mail", load: () => mail("all") },
  { path: "/starred/:email?/:message?", title: "Starred", load: () => mail("starred") },
  { path: "/search/:query/:email?/:message?", title: "Search", load: () => mail("search") },
  { path: "/compose/:way?/:email?/:message?", title: "New message", load: () => import("./compose.js") },
  { path: "/sent", title: "Sent", load: () => import("./sent.js") },
  { path: "/addresses", title: "Addresses", load: () => import("./addresses.js") },
  { path: "/domains", title: "Domains", load: () => import("./domains.js") },
  { path: "/hooks", title: "Webhooks", load: () => import("./hooks.js") },
  { path: "/hooks/:hook", title: "Webhook", load: () => import("./hook.js") },
  { path: "/suppressions", title: "Suppressions", load: () => import("./suppressions.js") },
  { path: "/usage", title: "Usage", load: () => import("./usage.js") },
  { path: "/rules", title: "IP rules", load: () => import("./rules.js") },
  { path: "/keys/:account?", title: "Keys", load: () => import("./keys.js") },
  { path: "/dead-letters", title: "Dead letters", load: () => import("./dead-letters.js") },
];

/** What stands at the side, in groups, some for admins alone. `at` is the address's parts, and what the entry is marked by. */
export const NAVIGATION = [
  {
    title: "Mail",
    entries: [
      { at: [], title: "Inboxes", icon: "at" },
      { at: ["all"], title: "All mail", icon: "inbox" },
      { at: ["starred"], title: "Starred", icon: "star" },
      { at: ["sent"], title: "Sent", icon: "send" },
    ],
  },
  {
    title: "Manage",
    entries: [
      { at: ["addresses"], title: "Addresses", icon: "tag" },
      { at: ["domains"], title: "Domains", icon: "globe" },
      { at: ["hooks"], title: "Webhooks", icon: "hook" },
      { at: ["suppressions"], title: "Suppressions", icon: "warning" },
      { at: ["usage"], title: "Usage", icon: "chart" },
    ],
  },
  {
    title: "Administration",
    isForAdmins: true,
    entries: [
      { at: ["rules"], title: "IP rules", icon: "shield" },
      { at: ["keys"], title: "Accounts and keys", icon: "key" },
      { at: ["dead-letters"], title: "Dead letters", icon: "tray" },
    ],
  },
];

async function mail(source) {
  const module = await import("./mail.js");
  return { show: (outlet, values, signal) => module.show(source, outlet, values, signal) };
}
