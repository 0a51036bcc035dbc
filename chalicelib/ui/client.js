// Asks the API. The key goes along as a header, never in an address; what goes wrong is said in words.

import { operations } from "./api.js";
import { key, signOut } from "./session.js";

/** Where the service is: the page may stand below a path, as a stage of API Gateway has it. */
export const BASE = new URL("../../", import.meta.url);

const WORDS = {
  0: "The server cannot be reached. Is it running, and are you connected?",
  401: "This key is not valid here, or may not see this.",
  429: "Too many requests just now.",
  503: "The server is busy, or something that it needs is down. This may pass.",
};

/** What the API refused, or what kept it from answering (status 0). `message` is for people. */
export class ApiError extends Error {
  constructor(status, kind, message) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

/**
 * Asks an operation by its name; answers with the JSON value, or undefined where there is none.
 * @param {keyof typeof operations} name
 * @param {Object<string, any>} [values] by the names of the API; undefined and null in path and query are left out
 * @param {{signal?: AbortSignal}} [options]
 */
export async function ask(name, values = {}, options = {}) {
  const response = await send(name, values, options);
  return response.status === 204 ? undefined : response.json();
}

/** Asks an operation that answers with text. */
export async function askText(name, values = {}, options = {}) {
  return (await send(name, values, options)).text();
}

/** Asks an operation that answers with a file. */
export async function askBlob(name, values = {}, options = {}) {
  return (await send(name, values, options)).blob();
}

/** The address of an operation, without its query. */
export function addressOf(name, values = {}) {
  const path = operations[name][1].replace(/\{(\w+)\}/g, (_, part) => encodeURIComponent(values[part]));
  return new URL(path, BASE);
}

/** Sends the request of an operation; throws ApiError unless it was answered with success. */
export async function send(name, values = {}, { signal } = {}) {
  const [method, path, inQuery = "", inBody = "", inHeader = ""] = operations[name];
  const url = addressOf(name, values);
  const known = new Set([...`${inQuery} ${inBody} ${inHeader}`.split(" "), ...path.matchAll(/\{(\w+)\}/g).map((m) => m[1])]);
  const body = {};
  const headers = key() ? { "Mailsac-Key": key() } : {};
  for (const [given, value] of Object.entries(values)) {
    if (!known.has(given)) throw new Error(`${name} takes no ${given}`);
    if (value === undefined) continue;
    if (inBody.split(" ").includes(given)) body[given] = value;
    else if (inHeader.split(" ").includes(given)) headers[given] = value;
    else if (inQuery.split(" ").includes(given) && value !== null) url.searchParams.set(given, value);
  }
  const init = { method, headers, signal, credentials: "omit", redirect: "follow" };
  if (inBody) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return checked(await reached(url, init));
}

async function reached(url, init) {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "Unreachable", WORDS[0]);
  }
}

async function checked(response) {
  if (response.ok) return response;
  let said = {};
  try {
    said = await response.json();
  } catch {
    // Something between here and the server answered; its status has to do.
  }
  const message = said.message ?? WORDS[response.status] ?? `The server answered with status ${response.status}.`;
  if (response.status === 401 && /key/i.test(message) && said.error === "Unauthorized" && !(await keyWorks())) signOut();
  throw new ApiError(response.status, said.error ?? "Unknown", message);
}

/** A 401 is also what another account's inbox is answered with: only a key that opens nothing is given up. */
async function keyWorks() {
  const response = await fetch(addressOf("User"), { headers: { "Mailsac-Key": key() ?? "" }, credentials: "omit" });
  return response.status !== 401;
}
