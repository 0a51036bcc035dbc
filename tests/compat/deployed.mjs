// Mailsac's official client against a deployed stage: lists and reads what came to one address, and deletes it.
// Prints what each call answered as one JSON object.
import mailsac from "@mailsac/api";

const [baseURL, key, address] = process.argv.slice(2);
const { messages } = new mailsac.Mailsac({ baseURL, headers: { "Mailsac-Key": key } });
const listed = (await messages.listMessages(address)).data;
const id = listed[0]._id;
const text = (await messages.getBodyPlainText(address, id)).data;
const html = (await messages.getBodySanitized(address, id)).data;
await messages.deleteMessage(address, id);
const left = (await messages.listMessages(address)).data.length;
process.stdout.write(JSON.stringify({ subjects: listed.map((one) => one.subject), text, html, left }));
