import { describe, expect, it } from "vitest";

import { MalformedFrame } from "../../src/wire/codec";
import type { Opened, Portion } from "../../src/wire/frames";
import { Assembly, MOST_UNFINISHED } from "../../src/wire/portions";

const STATE = Uint8Array.from({ length: 100 }, (_, index) => index);

const portion = (start: number, length: number, document = "queue:r1", total = STATE.length): Portion => ({
  tag: "portion",
  document,
  start,
  total,
  content: STATE.subarray(start, start + length),
});

const opened = (start: number, document = "queue:r1"): Opened => ({
  tag: "opened",
  document,
  clientId: 5,
  update: STATE.subarray(start),
  stateVector: new Uint8Array([0]),
  start,
});

describe("portions", () => {
  it("become one opened, whatever comes between them", () => {
    const assembly = new Assembly();
    const reply = { tag: "probe-reply", seq: 1, sent: 2, received: 3, answered: 4 } as const;
    expect(assembly.take(portion(0, 40))).toBeNull();
    expect(assembly.take(reply)).toBe(reply);
    expect(assembly.take(portion(40, 40))).toBeNull();
    expect(assembly.take(opened(80))).toEqual(opened(0));
  });

  it("become one changed as well", () => {
    const assembly = new Assembly();
    const changed = (from: number) => ({ tag: "changed", document: "queue:r1", update: STATE.subarray(from) }) as const;
    assembly.take(portion(0, 40));
    expect(assembly.take(changed(40))).toEqual(changed(0));
    const whole = changed(0);
    expect(assembly.take(whole)).toBe(whole);
  });

  it("do not touch an opened that is whole", () => {
    const whole = opened(0);
    expect(new Assembly().take(whole)).toBe(whole);
  });

  it("of several documents do not mix", () => {
    const assembly = new Assembly();
    assembly.take(portion(0, 40, "queue:r1"));
    assembly.take(portion(0, 60, "queue:r2"));
    expect(assembly.take(opened(60, "queue:r2"))).toEqual(opened(0, "queue:r2"));
    expect(assembly.take(opened(40, "queue:r1"))).toEqual(opened(0, "queue:r1"));
  });

  it("begin anew with the first byte", () => {
    const assembly = new Assembly();
    assembly.take(portion(0, 40));
    assembly.take(portion(0, 10));
    expect(assembly.take(opened(40))).toBeNull();
    assembly.take(portion(0, 10));
    expect(assembly.take(opened(10))).toEqual(opened(0));
  });

  it("are refused when bytes are missing, too many, or too much is announced", () => {
    expect(() => new Assembly().take(portion(40, 40))).toThrow(MalformedFrame);
    const assembly = new Assembly();
    assembly.take(portion(0, 40));
    expect(() => assembly.take(portion(50, 10))).toThrow(MalformedFrame);
    expect(() => new Assembly().take(portion(0, 40, "queue:r1", 39))).toThrow(MalformedFrame);
    expect(() => new Assembly().take(portion(0, 40, "queue:r1", 2 ** 30))).toThrow(MalformedFrame);
  });

  it("of more documents than a client follows are refused", () => {
    const assembly = new Assembly();
    for (let room = 0; room < MOST_UNFINISHED; room += 1) assembly.take(portion(0, 1, `queue:${room}`));
    expect(() => assembly.take(portion(0, 1, "queue:x"))).toThrow(MalformedFrame);
  });
});
