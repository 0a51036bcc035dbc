// What the account keeps and asks for, with small plots.

import { ask } from "./client.js";
import { listPage } from "./listing.js";

/** Shows the usage. */
export function show(outlet, _, signal) {
  listPage(outlet, { title: "Usage" }, async () => JSON.stringify(await ask("AccountStats", {}, { signal })));
}
