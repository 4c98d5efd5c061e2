import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { endingOfClose, ENDINGS, isPassing } from "../../src/wire/endings";

const vectors = JSON.parse(readFileSync("../../tests/vectors/wire.json", "utf8")) as {
  readonly endings: Record<string, [number, number]>;
};

describe("endings", () => {
  it("are those of the server", () => {
    const ours = Object.fromEntries(Object.entries(ENDINGS).map(([code, rule]) => [code, [rule.closeCode, rule.retryAfter]]));
    expect(ours).toEqual(vectors.endings);
  });

  it("are found by their close code", () => {
    expect(endingOfClose(4410, "Elsewhere.")).toEqual({ tag: "ending", code: "replaced", reason: "Elsewhere.", retryAfter: -1 });
  });

  it("are for the moment or for good", () => {
    expect(["storage-full", "overloaded", "kicked", "no-such-code"].map(isPassing)).toEqual([true, true, false, false]);
  });

  it("count as a lost connection if the close code is unknown", () => {
    expect(endingOfClose(1011, "")).toEqual({ tag: "ending", code: "lost", reason: "", retryAfter: 250_000 });
  });
});
