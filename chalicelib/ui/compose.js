// Write a message, or answer one: text or HTML, files, pictures within the text.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { ask, askText } from "./client.js";
import { go, to } from "./router.js";
import { recent } from "./places.js";
import { draftOf, dropDraft, keepDraft } from "./drafts.js";
import { Senders } from "./senders.js";
import { notice } from "./notices.js";
import { foreign, plain, size } from "./text.js";

/** What a request of API Gateway holds is 10 MB, and Base64 takes a third more. */
const MOST_BYTES = 7_000_000;
const KEPT_AFTER_MS = 300;

/** Shows an empty draft, or the answer to a message; or what was written there before, and not sent. */
export async function show(outlet, { way, email, message }, signal) {
  const name = way === "reply" && message ? `${email} ${message}` : "";
  const [answered, senders] = await Promise.all([name ? answer(email, message, signal) : {}, Senders.load(signal)]);
  const files = [];
  let isOver = false;
  const fields = {
    from: line("from", "From", answered.from ?? senders.best(recent()), { required: true, list: "own-addresses" }),
    to: line("to", "To", answered.to ?? "", { required: true, placeholder: "Several with commas between" }),
    cc: line("cc", "Cc", ""),
    bcc: line("bcc", "Bcc", ""),
    subject: line("subject", "Subject", answered.subject ?? ""),
  };
  const text = h("textarea", { id: "text", rows: "14", aria: { label: "Text" } });
  text.value = answered.text ?? "";
  const isHtml = h("input", { type: "checkbox", id: "is-html" });
  const list = h("ul", { class: "attachments" });
  const said = h("p", { class: "field-error", role: "alert" });
  const own = h("div", { class: "own", role: "status" });
  const send = h("button", { class: "primary" }, icon("send"), "Send");
  const picker = h("input", { type: "file", id: "files", multiple: true, class: "for-readers", onchange: () => { take([...picker.files], files, list, said); picker.value = ""; } });
  const pictures = h("input", { type: "file", id: "pictures", multiple: true, accept: "image/png,image/jpeg,image/gif,image/webp", class: "for-readers", onchange: () => {
    take([...pictures.files], files, list, said, (file) => {
      isHtml.checked = true;
      insert(text, `<img src="cid:${file.cid}" alt="${plain(file.name, 60).replace(/[<>&"]/g, "")}">`);
    });
    pictures.value = "";
  } });
  const form = h("form", { class: "compose-form", onsubmit: (event) => { event.preventDefault(); submit(); },
    onkeydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); } },
    fields.from.row, own, Object.values(fields).slice(1).map((one) => one.row),
    h("datalist", { id: "own-addresses" }, [...new Set([...senders.addresses, ...recent().filter((one) => senders.has(one))])].map((one) => h("option", { value: one }))),
    text, list, said,
    h("div", { class: "toolbar" }, send,
      picker, h("label", { class: "button", for: "files" }, icon("clip"), "Files"),
      pictures, h("label", { class: "button", for: "pictures" }, icon("image"), "Picture in the text"),
      h("label", { class: "check", for: "is-html" }, isHtml, "The text is HTML"),
      h("span", { class: "push" }), h("button", { type: "button", class: "quiet", onclick: discard }, "Discard")));
  fill(outlet, h("div", { class: "page" }, h("h1", {}, way === "reply" ? "Reply" : "New message"), form));
  const untouched = JSON.stringify(values());
  const kept = draftOf(name);
  if (kept) restore(kept);
  checkSender();
  (answered.to ? text : fields.to.field).focus();
  if (answered.to) text.setSelectionRange(0, 0);
  let timer = null;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, KEPT_AFTER_MS); });
  fields.from.field.addEventListener("input", checkSender);
  signal.addEventListener("abort", keep);
  window.addEventListener("pagehide", keep, { signal });

  function values() {
    return { ...Object.fromEntries(Object.entries(fields).map(([one, { field }]) => [one, field.value])), text: text.value, isHtml: isHtml.checked };
  }

  /** Keeps what was written, until it is sent or discarded. */
  function keep() {
    clearTimeout(timer);
    if (isOver) return;
    const written = values();
    if (files.length || JSON.stringify(written) !== untouched) keepDraft(name, written, files);
    else dropDraft(name);
  }

  function restore({ values: written, files: chosen, lost }) {
    for (const [one, { field }] of Object.entries(fields)) field.value = written[one] ?? "";
    text.value = written.text;
    isHtml.checked = written.isHtml;
    for (const entry of chosen) enlist(entry, files, list);
    notice(lost > 0 ? `Your draft is back; choose its ${lost === 1 ? "file" : "files"} again` : "Your draft is back");
  }

  function discard() {
    isOver = true;
    dropDraft(name);
    history.back();
  }

  /** Says before anything is written that an address cannot send, and how it could. */
  function checkSender() {
    const address = fields.from.field.value.trim();
    if (senders.has(address) || (!address && senders.addresses.length) || (address && !address.includes("@"))) fill(own);
    else if (!address) fill(own, h("p", {}, "You have no address to send from yet. ", h("a", { href: to("addresses") }, "Reserve one"), " first."));
    else fill(own, h("p", {}, foreign(address, { most: 100 }), " is not yours, so it cannot send. Choose another address, or reserve it: its mail is then yours alone."), h("button", { type: "button", onclick: () => reserve(address) }, "Reserve it"));
  }

  async function reserve(address) {
    said.textContent = "";
    try {
      await ask("CreateAddress", { email: address }, { signal });
      senders.addresses.push(address.toLowerCase());
      notice(`${plain(address, 100)} is reserved`);
      checkSender();
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message;
    }
  }

  async function submit() {
    send.disabled = true;
    said.textContent = "";
    try {
      const attachments = await Promise.all(files.map(attachment));
      await ask("SendMessage", {
        ...Object.fromEntries(Object.entries(fields).map(([name, { field }]) => [name, field.value.trim() || undefined])),
        [isHtml.checked ? "html" : "text"]: text.value,
        attachments,
        headers: answered.headers,
      }, { signal });
      isOver = true;
      dropDraft(name);
      notice("The message is on its way");
      go("sent");
    } catch (error) {
      if (error.name === "AbortError") return;
      said.textContent = error.message;
      send.disabled = false;
    }
  }
}

function line(id, title, value, more = {}) {
  const field = h("input", { id, type: "text", autocomplete: "off", spellcheck: id === "subject" ? null : "false", value, ...more });
  return { field, row: h("div", { class: "field-row" }, h("label", { for: id }, title), field) };
}

/** What an answer begins with: to whom, about what, and the text it answers, quoted. */
async function answer(email, message, signal) {
  const [{ message: found }, text, fields] = await Promise.all([
    ask("GetOverview", { email, messageId: message }, { signal }),
    askText("GetBodyPlainText", { email, messageId: message }, { signal }),
    ask("GetHeaders", { email, messageId: message, messageHeadersFormat: "json" }, { signal }),
  ]);
  const sender = fields["reply-to"]?.[0] ?? found.from[0]?.address ?? "";
  const id = /<[^<>\s]{1,900}>/.exec(fields["message-id"]?.[0] ?? "")?.[0];
  const before = [...(fields.references?.[0] ?? "").matchAll(/<[^<>\s]{1,900}>/g)].slice(-20).map(([one]) => one);
  const quoted = text.slice(0, 100_000).split("\n").map((one) => `> ${one}`).join("\n");
  return {
    from: found.inbox,
    to: plain(sender, 1000),
    subject: /^re:/i.test(found.subject) ? plain(found.subject, 900) : `Re: ${plain(found.subject, 900)}`,
    text: `\n\nOn ${new Date(found.received).toLocaleString()}, ${plain(found.from[0]?.address ?? "somebody", 200)} wrote:\n${quoted}`,
    headers: id ? { "In-Reply-To": id, References: [...before, id].join(" ") } : undefined,
  };
}

/** Takes files in, up to what one request holds; `each` is called for every one that was taken. */
function take(chosen, files, list, said, each) {
  said.textContent = "";
  for (const file of chosen) {
    if ([...files.map((one) => one.file), file].reduce((sum, one) => sum + one.size, 0) > MOST_BYTES) {
      said.textContent = `Files may have ${size(MOST_BYTES)} together here; more can be sent through the API's uploads.`;
      return;
    }
    const entry = { file, name: file.name, cid: each ? `${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}@restante` : undefined };
    enlist(entry, files, list);
    each?.(entry);
  }
}

/** Lists a file with a button that takes it out. */
function enlist(entry, files, list) {
  const { file } = entry;
  files.push(entry);
  const row = h("li", {}, h("span", { class: "attachment" }, icon(entry.cid ? "image" : "file"), h("span", { class: "attachment-text" }, foreign(file.name, { most: 120 }), h("span", { class: "muted" }, size(file.size)))),
    h("button", { type: "button", class: "quiet round", aria: { label: `Take out ${plain(file.name, 60)}` }, onclick: () => { files.splice(files.indexOf(entry), 1); row.remove(); } }, icon("close")));
  list.append(row);
}

async function attachment({ file, name, cid }) {
  const octets = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let start = 0; start < octets.length; start += 32_768) text += String.fromCharCode(...octets.subarray(start, start + 32_768));
  return { filename: name, contentType: file.type || undefined, content: btoa(text), encoding: "base64", ...(cid && { cid, contentDisposition: "inline" }) };
}

function insert(area, text) {
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
}
