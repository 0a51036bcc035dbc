// Runs Mailsac's official client through every method it has, against the service whose API base URL and key are given,
// and prints what each call answered as one JSON object: method name → answer. The checks are in test_client.py.
import mailsac from "@mailsac/api";

const [baseURL, key, since] = process.argv.slice(2);
const client = new mailsac.Mailsac({ baseURL, headers: { "Mailsac-Key": key } });
const results = {};

function methods() {
  const named = [];
  for (const [space, members] of Object.entries(client)) {
    if (members === null || typeof members !== "object") continue;
    for (const [name, member] of Object.entries(members)) {
      // The two that describe what Mailsac sends to others are documentation: they call nothing.
      if (typeof member === "function" && !name.startsWith("doNotUse")) named.push(`${space}.${name}`);
    }
  }
  return named.filter((name) => !name.startsWith("instance."));
}

async function call(name, ...parameters) {
  const [method] = name.split(" ");
  const [space, member] = method.split(".");
  try {
    const { status, data, headers } = await client[space][member](...parameters);
    results[name] = { status, data, type: headers["content-type"] ?? null };
  } catch (error) {
    if (!error.response) throw error;
    results[name] = { status: error.response.status, data: error.response.data };
  }
  return results[name].data;
}

const open = "visitor@open.example";
const own = "owner+first@team.example";
const period = { startDate: since, endDate: new Date(Date.now() + 60_000).toISOString() };

await call("account.user");
await call("addresses.checkAvailability", own);
await call("addresses.createAddress", own, { info: "the first", enablews: true });
await call("addresses.createAddress again", own, {});
await call("addresses.createAddresses", { addresses: ["one@team.example", "two@team.example"] });
await call("addresses.updateAddress", own, { webhook: "https://hooks.example/mail", info: "changed" });
await call("addresses.getAddress", own);
await call("addresses.getAddress unowned", open);
await call("addresses.listAddresses");

const [message] = await call("messages.listMessages", open, { limit: 1 });
const id = message._id;
await call("messages.listMessages until", open, { until: since });
await call("messages.countMessages", open);
await call("messages.getMessageMetadata", open, id);
await call("messages.getBodyPlainText", open, id);
await call("messages.getBodySanitized", open, id);
await call("messages.getBodyDirty", open, id);
await call("messages.getFullRawMessage", open, id);
await call("messages.getHeaders", open, id);
await call("messages.getHeaders ordered", open, id, { messageHeadersFormat: "json-ordered" });
await call("messages.getHeaders plain", open, id, { messageHeadersFormat: "plain" });

const attachments = await call("attachments.listMessageAttachments", open, id);
const file = attachments.find((one) => one.contentType === "text/csv");
await call("attachments.downloadAttachment", open, id, file.checksum);
await call("attachments.downloadAttachment by name", open, id, file.fileName);
await call("attachments.downloadAttachment by content id", open, id, file.contentId);
await call("attachments.listPublicAttachments", period);
await call("attachments.countPublicAttachments", file.checksum);
await call("attachments.listMessagesForAttachment", file.checksum);
await call("attachments.downloadPublicAttachment", file.checksum);

await call("messageStats.listTopPublicAddresses", period);
await call("messageStats.listTopPublicSenders", period);
await call("messageStats.listTopPublicDomains", period);
await call("messageStats.denylist");
await call("messageStats.checkDenylist", "192.0.2.1");

const [kept] = await call("messages.listMessages own", own);
await call("messages.toggleMessageStar", own, kept._id);
await call("messages.listStarredMessages");
await call("messages.addMessageLabel", own, kept._id, "to do");
await call("messages.addMessageLabel again", own, kept._id, "to do");
await call("messages.deleteMessageLabel", own, kept._id, "to do");
await call("messages.setMessageFolder", own, kept._id, "spam");
await call("messages.listInboxMessages", { limit: 5 });
await call("messages.setMessageReadStatus", own, kept._id, true);
await call("messages.listInboxMessages read", { limit: 5, skip: 1 });
await call("messages.filterInboxMessages", { andSubjectIncludes: "invoice", andTo: "owner@team.example" });
await call("messages.filterInboxMessages without words");
await call("messages.searchInboxMessages", { query: "invoice" });

await call("domains.listDomains");
await call("domains.getDomain", "team.example");
await call("messages.listDomainMessages", "team.example", { limit: 10 });
await call("account.accountStats");

await call("messages.deleteMessage", open, id);
await call("messages.deleteAllMessages", open);
await call("messages.countMessages purged", open);
await call("messages.deleteAllDomainMessages", "team.example");
await call("messages.listDomainMessages purged", "team.example");
await call("addresses.deleteAddress", "two@team.example", { deleteAddressMessages: true });

await call("emailValidation.validateAddress", "somebody@mailinator.com");
await call("emailValidation.validateAddressesBulk", { emails: ["ann@company.example", "no address"] });

const called = new Set(Object.keys(results).map((name) => name.split(" ")[0]));
console.log(JSON.stringify({ results, methods: methods(), uncalled: methods().filter((name) => !called.has(name)) }));
