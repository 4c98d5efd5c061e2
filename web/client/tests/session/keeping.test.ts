import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { describe, expect, test } from "vitest";
import { Forgetting } from "../../src/session/forgetting";
import { openKeeping } from "../../src/session/keeping";
import type { Keeping, KeptIntent } from "../../src/session/keeping";

const kept = (number: number, tab = "t1", document = "queue:r"): KeptIntent => ({
  document,
  tab,
  number,
  intent: { kind: "move", entry: "e", order: "V", from: "A" },
});

const numbers = (intents: readonly KeptIntent[]): number[] => intents.map((each) => each.number);

describe.each([
  ["the browser's database", () => openKeeping(new IDBFactory())],
  ["the one that forgets", () => Promise.resolve<Keeping>(new Forgetting())],
])("%s", (_name, open) => {
  test("gives back what was put, by tab, in the order of numbers", async () => {
    const keeping = await open();
    for (const number of [1, 2, 10]) await keeping.put(kept(number));
    expect(numbers(await keeping.intents("queue:r", "t1"))).toEqual([1, 2, 10]);
    expect(await keeping.intents("queue:other", "t1")).toEqual([]);
    expect(await keeping.lastNumber("queue:r", "t1")).toBe(10);
    keeping.close();
  });

  test("drops what is done, and remembers the number", async () => {
    const keeping = await open();
    for (const number of [1, 2, 3]) await keeping.put(kept(number));
    await keeping.drop("queue:r", "t1", [1, 3]);
    expect(numbers(await keeping.intents("queue:r", "t1"))).toEqual([2]);
    expect(await keeping.lastNumber("queue:r", "t1")).toBe(3);
  });

  test("keeps the state of a document", async () => {
    const keeping = await open();
    expect(await keeping.state("queue:r")).toBeNull();
    await keeping.putState("queue:r", Uint8Array.from([1, 2]));
    expect(await keeping.state("queue:r")).toEqual(Uint8Array.from([1, 2]));
  });

  test("replaces as one unit", async () => {
    const keeping = await open();
    const old = [kept(1), kept(2)];
    for (const each of old) await keeping.put(each);
    await keeping.replace(old, [kept(7)]);
    expect(numbers(await keeping.intents("queue:r", "t1"))).toEqual([7]);
  });
});

describe("several tabs in one database", () => {
  test("are told apart, also between documents", async () => {
    const keeping = await openKeeping(new IDBFactory());
    await keeping.put(kept(1, "t1"));
    await keeping.put(kept(1, "t2"));
    await keeping.put(kept(1, "t3", "queue:rr"));
    expect([...(await keeping.tabs("queue:r"))].sort()).toEqual(["t1", "t2"]);
  });

  test("a forbidden database is told", async () => {
    const factory = { open: () => { throw new DOMException("no", "SecurityError"); } } as unknown as IDBFactory;
    await expect(openKeeping(factory)).rejects.toThrow("no");
  });
});
