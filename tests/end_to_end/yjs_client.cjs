// An unmodified y-websocket client, steered line by line: a JSON command on stdin, its JSON answer on stdout.
//
// node yjs_client.cjs <folder with node_modules> <server url> <document> <token>
//   {"run": "<body of a function of doc, Y, provider, seen>"}           -> {"value": …}
//   {"until": "<expression of the same>", "seconds": n}                 -> {"value": true | false}
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");
const path = require("node:path");

const [folder, server, document, token] = process.argv.slice(2);
const load = createRequire(path.join(folder, "package.json"));
const Y = load("yjs");
const { WebsocketProvider } = load("y-websocket");
const WebSocket = load("ws");

const doc = new Y.Doc();
const seen = { closes: [], updates: 0 };
const provider = new WebsocketProvider(server, document, doc, {
  params: { token },
  WebSocketPolyfill: WebSocket,
  disableBc: true,
  connect: process.env.YJS_CONNECT !== "no",
});
provider.on("connection-close", (event) => {
  if (event) seen.closes.push({ code: event.code, reason: event.reason });
});
doc.on("update", () => (seen.updates += 1));

const names = ["doc", "Y", "provider", "seen"];
const values = [doc, Y, provider, seen];
const call = (body) => new Function(...names, body)(...values);

async function answer(command) {
  if (command.run !== undefined) return call(command.run) ?? null;
  const end = Date.now() + command.seconds * 1000;
  while (!call(`return (${command.until})`)) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    let told;
    try {
      told = { value: await answer(JSON.parse(line)) };
    } catch (error) {
      told = { error: String(error) };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
  process.exit(0);
})();
