// Hears of new mail: over a WebSocket, or by asking every few seconds where there is none.

import { BASE } from "./client.js";
import { key } from "./session.js";

const POLL_SECONDS = 4;
/** New mail is told of; what was deleted or starred elsewhere is not, and is looked for so often. */
const LOOK_SECONDS = 30;
const LEAST_SECONDS = 2;
const AGAIN_SECONDS = 2;
const MOST_AGAIN_SECONDS = 30;

/**
 * Listens to an inbox until the signal is aborted.
 * @param {string | null} email null where there is no inbox to listen to: then it is asked
 * @param {{onMessage: (message: object) => void, refresh: () => Promise<void>, onState: (state: string) => void}} hooks
 *   `refresh` asks for what came meanwhile; states are "live", "asking" and "away"
 * @param {AbortSignal} signal
 */
export function listen(email, { onMessage, refresh, onState }, signal) {
  let socket = null;
  let timer = null;
  let failures = 0;
  let looked = 0;

  async function ask() {
    clearTimeout(timer);
    if (signal.aborted) return;
    let state = "asking";
    if (!document.hidden) {
      try {
        await refresh();
      } catch {
        state = "away";
      }
    }
    if (signal.aborted || socket?.readyState === WebSocket.OPEN) return;
    onState(state);
    timer = setTimeout(ask, POLL_SECONDS * 1000);
  }

  /** Looks for what changed elsewhere, while the socket tells of new mail. */
  function look() {
    if (signal.aborted || document.hidden || Date.now() - looked < LEAST_SECONDS * 1000) return;
    looked = Date.now();
    if (socket?.readyState === WebSocket.OPEN) refresh().catch(() => {});
    else ask();
  }

  function connect() {
    if (signal.aborted || !email) return;
    const url = new URL("incoming-messages", BASE);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("inbox", email);
    // A browser gives a WebSocket no headers of its own; this one is not written into logs as addresses are.
    socket = new WebSocket(url, ["restante", `key.${encoded(key())}`]);
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      if (said.msg === "Listening") {
        failures = 0;
        clearTimeout(timer);
        // What came before this moment is asked for once.
        refresh().then(() => onState("live"), () => onState("live"));
      } else if (said._id) {
        onMessage(said);
      }
    };
    socket.onclose = () => {
      if (signal.aborted) return;
      failures += 1;
      ask();
      setTimeout(connect, Math.min(AGAIN_SECONDS * 2 ** failures, MOST_AGAIN_SECONDS) * 1000);
    };
  }

  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    clearInterval(looking);
    socket?.close();
  });
  document.addEventListener("visibilitychange", look, { signal });
  window.addEventListener("focus", look, { signal });
  const looking = setInterval(() => socket?.readyState === WebSocket.OPEN && look(), LOOK_SECONDS * 1000);
  connect();
  if (!email) ask();
}

/** Base64 as in RFC 4648, 5, without padding: names of subprotocols have no other letters. */
function encoded(secret) {
  const octets = new TextEncoder().encode(secret);
  return btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
