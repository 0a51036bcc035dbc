// From the address after "#" to a view. Views are modules that are loaded when they are first shown.

import { markBusy } from "./dom.js";

/**
 * @typedef {Object} Route
 * @property {string} path as in "/inbox/:email/:message?"
 * @property {string} title
 * @property {() => Promise<{show: Function}>} load a module whose `show(outlet, values, signal)` fills the outlet;
 *   what it answers with may have `update(values)`, called instead when the same route is shown with other values
 */

/** Writes an address within the page: parts are encoded. */
export function to(...parts) {
  return "#/" + parts.filter((part) => part !== undefined && part !== null).map(encodeURIComponent).join("/");
}

/** Goes to an address within the page. */
export function go(...parts) {
  location.hash = to(...parts);
}

/** The parts of the present address, decoded. */
export function here() {
  return location.hash.replace(/^#?\/?/, "").split("/").filter(Boolean).map(decoded);
}

/** Finds the route of an address: [route, values], or undefined. */
export function match(routes, parts) {
  for (const route of routes) {
    const wanted = route.path.split("/").filter(Boolean);
    const needed = wanted.filter((one) => !one.endsWith("?")).length;
    if (parts.length < needed || parts.length > wanted.length) continue;
    const values = {};
    const fits = wanted.every((one, index) => {
      const given = parts[index];
      if (!one.startsWith(":")) return one === given;
      if (given !== undefined) values[one.slice(1).replace("?", "")] = given;
      return true;
    });
    if (fits) return [route, values];
  }
  return undefined;
}

/**
 * Shows the route of the address in the outlet, now and whenever it changes.
 * @param {Route[]} routes
 * @param {HTMLElement} outlet
 * @param {{onShown: (route: Route) => void, onFailure: (error: Error, retry: () => void) => Node}} hooks
 */
export function start(routes, outlet, { onShown, onFailure }) {
  let current = null;
  let leaving = new AbortController();

  async function show() {
    const [route, values] = match(routes, here()) ?? match(routes, []);
    if (current?.route === route && current.shown?.update) {
      current.shown.update(values);
      onShown(route, values);
      return;
    }
    leaving.abort();
    leaving = new AbortController();
    const mine = { route, shown: null };
    current = mine;
    markBusy(outlet, true);
    try {
      const module = await route.load();
      if (current !== mine) return;
      outlet.replaceChildren();
      outlet.className = "outlet";
      mine.shown = (await module.show(outlet, values, leaving.signal)) ?? null;
      if (current !== mine) return;
      markBusy(outlet, false);
      onShown(route, values);
    } catch (error) {
      if (current !== mine) return;
      current = null;
      markBusy(outlet, false);
      if (error.name !== "AbortError") outlet.replaceChildren(onFailure(error, show));
    }
  }

  window.addEventListener("hashchange", show);
  show();
  return () => {
    window.removeEventListener("hashchange", show);
    leaving.abort();
    current = null;
  };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
