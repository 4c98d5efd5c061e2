import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import * as Y from "yjs";

import { readTransport } from "../../src/documents/playback";
import { addEntries, entriesOf, moveEntries, ordersAt, type QueueEntry, readQueue, removeEntries } from "../../src/documents/queue";

type Row = [entry: string, track: string, addedBy: string, order: string, addedAt: number];
interface Step {
  readonly update: string;
  readonly rows: readonly Row[];
}
const read = (name: string): unknown => JSON.parse(readFileSync(`../../tests/vectors/${name}.json`, "utf8"));
const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const rowsOf = (doc: Y.Doc): Row[] => readQueue(doc).map((each) => [each.entry, each.track, each.addedBy, each.order, each.addedAt]);

const entry = (name: string, order: string): QueueEntry => ({ entry: name, track: "t1", addedBy: "p1", order, addedAt: 5 });
const names = (doc: Y.Doc) => readQueue(doc).map((each) => each.entry);

function filled(): Y.Doc {
  const doc = new Y.Doc();
  addEntries(doc, [entry("e1", "B1"), entry("e2", "C1"), entry("e0", "A1")]);
  return doc;
}

describe("a queue", () => {
  it("that the server wrote is read step by step", () => {
    const doc = new Y.Doc();
    for (const { update, rows } of (read("documents_pycrdt") as { queue: readonly Step[] }).queue) {
      Y.applyUpdate(doc, bytesOf(update));
      expect(rowsOf(doc)).toEqual(rows);
    }
  });

  it("that Yjs wrote is read step by step", () => {
    const doc = new Y.Doc();
    const { steps, state } = read("documents_yjs") as { steps: readonly Step[]; state: string };
    for (const { update, rows } of steps) {
      Y.applyUpdate(doc, bytesOf(update));
      expect(rowsOf(doc)).toEqual(rows);
    }
    expect(bytesOf(state)).toEqual(Y.encodeStateAsUpdate(doc));
  });

  it("stands by order key and id", () => {
    const doc = filled();
    addEntries(doc, [entry("b", "B1"), entry("a", "B1")]);
    expect(names(doc)).toEqual(["e0", "a", "b", "e1", "e2"]);
  });

  it("leaves out what is no entry", () => {
    const doc = filled();
    entriesOf(doc).set("x", 5);
    entriesOf(doc).set("y", new Y.Map([["track", "t1"]]));
    entriesOf(doc).set("z", new Y.Map<unknown>(Object.entries({ track: "t1", added_by: "p1", order: "V0", added_at: 5 })));
    entriesOf(doc).set("UP", new Y.Map<unknown>(Object.entries({ track: "t1", added_by: "p1", order: "V1", added_at: 5 })));
    expect(names(doc)).toEqual(["e0", "e1", "e2"]);
  });
});

describe("edits", () => {
  it("put new entries where they belong", () => {
    for (const index of [0, 1, 2, 3]) {
      const doc = filled();
      const orders = ordersAt(readQueue(doc), index, ["n1", "n2"]);
      addEntries(doc, [entry("n1", orders[0]!), entry("n2", orders[1]!)]);
      const expected = ["e0", "e1", "e2"];
      expected.splice(index, 0, "n1", "n2");
      expect(names(doc)).toEqual(expected);
    }
  });

  it("find the next place between equal keys", () => {
    const crowd = [entry("a", "V1"), entry("b", "V1"), entry("c", "V2")];
    const [key] = ordersAt(crowd, 1, ["n1"]);
    expect("V1" < key! && key! < "V2").toBe(true);
  });

  it("are one update each, with their origin", () => {
    const doc = filled();
    const told: unknown[] = [];
    doc.on("update", (_update: Uint8Array, origin: unknown) => told.push(origin));
    addEntries(doc, [entry("n1", "D1"), entry("n2", "E1")], "adding");
    expect(moveEntries(doc, new Map([["n1", "A0a"], ["e0", "Z1"]]), "moving")).toBe(true);
    expect(removeEntries(doc, ["e1", "n2"], "removing")).toBe(true);
    expect(told).toEqual(["adding", "moving", "removing"]);
    expect(names(doc)).toEqual(["n1", "e2", "e0"]);
  });

  it("are harmless when they are replayed", () => {
    const doc = filled();
    let updates = 0;
    doc.on("update", () => (updates += 1));
    addEntries(doc, [entry("e1", "Z1")]);
    expect(moveEntries(doc, new Map([["e1", "B1"], ["gone", "B1"]]))).toBe(false);
    expect(removeEntries(doc, ["gone"])).toBe(false);
    expect(updates).toBe(0);
    expect(names(doc)).toEqual(["e0", "e1", "e2"]);
  });
});

describe("the transport record", () => {
  it("that the server wrote is read", () => {
    const { playback } = read("documents_pycrdt") as { playback: { state: string; transport: unknown } };
    const doc = new Y.Doc();
    expect(readTransport(doc)).toBeNull();
    Y.applyUpdate(doc, bytesOf(playback.state));
    expect(readTransport(doc)).toEqual(playback.transport);
  });

  it("is a record or nothing", () => {
    for (const value of [5, "x", null, [1]]) {
      const doc = new Y.Doc();
      doc.getMap("playback").set("transport", value);
      expect(readTransport(doc)).toBeNull();
    }
  });
});
