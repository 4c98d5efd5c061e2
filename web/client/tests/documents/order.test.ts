import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { between, isKey, run } from "../../src/documents/order";

interface Run {
  readonly left: string | null;
  readonly right: string | null;
  readonly entries: readonly string[];
  readonly keys: readonly string[];
}
const vectors = JSON.parse(readFileSync("../../tests/vectors/documents_order.json", "utf8")) as {
  readonly runs: readonly Run[];
  readonly is_key: Readonly<Record<string, boolean>>;
};

describe("order keys", () => {
  it.each(vectors.runs)("are the server's between $left and $right for $entries", ({ left, right, entries, keys }) => {
    expect(run(left, right, entries)).toEqual(keys);
  });

  it("are told apart from other texts as on the server", () => {
    const ours = Object.fromEntries(Object.keys(vectors.is_key).map((text) => [text, isKey(text)]));
    expect(ours).toEqual(vectors.is_key);
  });

  it("find room between any two neighbours", () => {
    let left = between(null, null, "e1");
    let right = between(left, null, "e2");
    for (let index = 0; index < 300; index += 1) {
      const key = between(left, right, `e${index}`);
      expect(left < key && key < right && isKey(key)).toBe(true);
      if (index % 3 === 0) left = key;
      else right = key;
    }
  });

  it("need two different neighbours", () => {
    expect(() => between("V1", "V1", "e1")).toThrow(RangeError);
  });

  it("of no entries are none", () => {
    expect(run(null, null, [])).toEqual([]);
  });
});
