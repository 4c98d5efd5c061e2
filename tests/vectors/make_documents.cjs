// Makes documents_yjs.json: edits of a queue as Yjs encodes them, with the rows that stand after each.
// Run `node tests/vectors/make_documents.cjs`. Rows: entry, track, added_by, order, added_at.
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

const root = path.join(__dirname, "..", "..");
const Y = createRequire(path.join(root, "web", "client", "package.json"))("yjs");

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const doc = new Y.Doc();
doc.clientID = 7;
const entries = doc.getMap("entries");
const fields = (track, order) =>
  new Y.Map([["track", track], ["added_by", "p1"], ["order", order], ["added_at", 1732098765123456]]);

const rows = () =>
  [...entries.entries()]
    .map(([entry, map]) => [entry, map.get("track"), map.get("added_by"), map.get("order"), map.get("added_at")])
    .sort((one, other) => (one[3] + "/" + one[0] < other[3] + "/" + other[0] ? -1 : 1));

const edits = [
  () => { entries.set("n1", fields("t1", "V1")); entries.set("n2", fields("t2", "V2")); },
  () => entries.get("n1").set("order", "W1"),
  () => { entries.get("n2").set("order", "X1"); entries.get("n2").set("order", "A1"); },
  () => { entries.set("n3", fields("t3", "B1")); entries.delete("n3"); },
  () => entries.delete("n1"),
  () => { entries.set("n4", fields("t4", "C1")); entries.get("n4").set("order", "D1"); },
];
const steps = edits.map((edit) => {
  let update;
  const note = (bytes) => (update = bytes);
  doc.on("update", note);
  doc.transact(edit);
  doc.off("update", note);
  return { update: hex(update), rows: rows() };
});
const content = {
  client_id: doc.clientID,
  steps,
  state: hex(Y.encodeStateAsUpdate(doc)),
  state_vector: hex(Y.encodeStateVector(doc)),
};
fs.writeFileSync(path.join(__dirname, "documents_yjs.json"), JSON.stringify(content, null, 1) + "\n");
