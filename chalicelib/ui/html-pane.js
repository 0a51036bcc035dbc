// A mail's HTML in a frame that is a sandbox: no scripts, an origin of its own, a policy of its own.
//
// A frame whose document is written by this page would inherit this page's policy, which allows no style in a mail; so
// the document comes from the API. A form fills the frame, because a form carries the key in its body, not in an address.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { addressOf } from "./client.js";
import { key } from "./session.js";
import { count } from "./text.js";

const WIDTHS = [
  { id: "phone", title: "Phone, 375 pixels", pixels: 375 },
  { id: "tablet", title: "Tablet, 768 pixels", pixels: 768 },
  { id: "desktop", title: "All of the width", pixels: null },
];
const FRAME = "mail-frame";

/** Shows the HTML; `reader` keeps what was chosen for the next message: width and darkness, never remote content. */
export function htmlPane(panel, opened, reader) {
  const { message, remote } = opened;
  const isAllowed = () => reader.remoteFor === message._id;
  const stage = h("div", { class: "stage" });
  const blocked = h("div", { class: "blocked" });
  const draw = () => {
    fill(blocked, remote > 0 && !isAllowed() && [icon("shield"),
      h("span", {}, `${count(remote, "thing")} from elsewhere ${remote === 1 ? "was" : "were"} not fetched. Fetching tells the sender that you read this.`),
      h("button", { type: "button", onclick: () => { reader.remoteFor = message._id; draw(); } }, "Fetch for this message")]);
    blocked.hidden = !blocked.firstChild;
    show(stage, message, { isRemote: isAllowed(), isDark: reader.isDark, width: reader.width });
  };
  fill(panel, tools(reader, draw), blocked, stage);
  draw();
}

function tools(reader, draw) {
  const buttons = WIDTHS.map(({ id, title }) => h("button", { type: "button", class: "quiet round", title, aria: { label: title, pressed: String(reader.width === id) }, onclick: () => {
    reader.width = id;
    buttons.forEach((one, index) => one.setAttribute("aria-pressed", String(WIDTHS[index].id === id)));
    draw();
  } }, icon(id)));
  const dark = h("button", { type: "button", class: "quiet round", title: "As on a dark screen", aria: { label: "As on a dark screen", pressed: String(reader.isDark) }, onclick: () => {
    reader.isDark = !reader.isDark;
    dark.setAttribute("aria-pressed", String(reader.isDark));
    draw();
  } }, icon("moon"));
  return h("div", { class: "pane-tools", role: "toolbar", aria: { label: "Rendering" } }, buttons, dark);
}

function show(stage, message, { isRemote, isDark, width }) {
  const pixels = WIDTHS.find((one) => one.id === width).pixels;
  // A new frame each time: the first document of a frame is no step in the tab's history.
  const frame = h("iframe", { name: FRAME, title: "The message's HTML", sandbox: "allow-popups allow-popups-to-escape-sandbox", referrerpolicy: "no-referrer",
    class: isDark ? "dark" : "light", style: pixels ? { width: `${pixels}px` } : {} });
  const field = (name, value) => h("input", { type: "hidden", name, value });
  const form = h("form", { method: "post", target: FRAME, hidden: true, action: addressOf("FrameMessage", { email: message.inbox, messageId: message._id }).href },
    field("_mailsacKey", key() ?? ""), field("remote", String(isRemote)), field("dark", String(isDark)));
  fill(stage, frame, form);
  form.submit();
  form.remove();
}
