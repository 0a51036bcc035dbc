// Runs the JavaScript modules that come in, one a line as JSON, and says as JSON what each printed or how it failed.
import { createInterface } from "node:readline";

let printed = [];
let count = 0;
console.log = (value) => printed.push(value);

for await (const line of createInterface({ input: process.stdin })) {
  printed = [];
  let said;
  try {
    // A module is run once for each address: the number makes another one of the same text.
    const module = `${JSON.parse(line)}\n// ${(count += 1)}`;
    await import(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`);
    said = { printed };
  } catch (error) {
    said = { failed: String(error.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
