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
];

/** What stands at the side, in groups. `at` is the address's parts, and what the entry is marked by. */
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
];

async function mail(source) {
  const module = await import("./mail.js");
  return { show: (outlet, values, signal) => module.show(source, outlet, values, signal) };
}
