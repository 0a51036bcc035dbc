// Makes elements. Text becomes text, never markup: there is no other way here to put anything on the page.

const ADDRESSES = new Set(["href", "src", "action", "formaction"]);
const SAFE_ADDRESS = /^(?:https?:|mailto:|blob:|data:image\/(?:png|jpeg|gif|webp);|#|[\w.-]+(?:[/?#]|$))/i;

/**
 * Makes an element. `properties`: "class"; "on…" listens; "style" is an object; "aria" and "data" are objects; true
 * and false set and leave out an attribute; null and undefined leave it out; the rest are attributes.
 * @param {string} name
 * @param {Object<string, any>} [properties]
 * @param {...any} children nodes, text, numbers, arrays of them; null, undefined and false are nothing
 * @returns {HTMLElement}
 */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) set(element, key, value);
  element.append(...nodes(children));
  return element;
}

/** Puts these children in place of those that an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Sets an attribute, a listener or a style, as `h` does. */
export function set(element, key, value) {
  if (key.startsWith("on") && typeof value === "function") {
    element.addEventListener(key.slice(2), value);
  } else if (key === "style") {
    for (const [property, given] of Object.entries(value)) element.style.setProperty(property, given);
  } else if (key === "aria" || key === "data") {
    for (const [part, given] of Object.entries(value)) attribute(element, `${key}-${part}`, given, true);
  } else {
    attribute(element, key, value, false);
  }
}

/** Tells screen readers, and programs that use the page, whether an element still waits for what it will show. */
export function markBusy(element, isBusy) {
  set(element, "aria", { busy: isBusy ? "true" : null });
}

/** Whether an address may stand in a link: nothing that runs. */
export function isSafeAddress(address) {
  return SAFE_ADDRESS.test(address);
}

function attribute(element, name, value, keepsBooleans) {
  if (value === null || value === undefined || (value === false && !keepsBooleans)) {
    element.removeAttribute(name);
    return;
  }
  if (ADDRESSES.has(name) && !isSafeAddress(String(value))) throw new Error(`No address for ${name}`);
  element.setAttribute(name, value === true && !keepsBooleans ? "" : String(value));
}

function* nodes(children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) yield child instanceof Node ? child : String(child);
  }
}
