import { describe, expect, it } from "vitest";

import type { MeasuredDevice } from "../../src/session/checkViews";
import { proposals, referenceOf } from "../../src/session/proposals";

function heard(connection: string, late: number | null, more: Partial<MeasuredDevice> = {}): MeasuredDevice {
  return { connection, name: connection, isMe: false, late, spread: 100, ...more };
}

describe("the device that stays as it is", () => {
  it("is this one, if it was heard", () => {
    expect(referenceOf([heard("a", 0), heard("b", 90_000, { isMe: true })])).toBe("b");
  });

  it("is the one in the middle otherwise, and none if nobody was heard", () => {
    expect(referenceOf([heard("a", 90_000), heard("b", 0), heard("c", 40_000), heard("me", null, { isMe: true })])).toBe("c");
    expect(referenceOf([heard("a", 90_000), heard("b", 0)])).toBe("b");
    expect(referenceOf([heard("a", null)])).toBeNull();
  });
});

describe("proposals", () => {
  it("feed earlier what sounds late, and later what sounds early", () => {
    const devices = [heard("a", 23_040), heard("b", 143_080), heard("c", -97_000)];
    expect(proposals(devices, "a")).toEqual([{ connection: "b", change: 120_000 }, { connection: "c", change: -120_000 }]);
  });

  it("leave alone what is in step as far as can be told, and what was not heard", () => {
    const devices = [heard("a", 0), heard("b", 400), heard("c", 2_500, { spread: 2_600 }), heard("d", null), heard("e", 700)];
    expect(proposals(devices, "a")).toEqual([{ connection: "e", change: 700 }]);
  });

  it("are none where the chirps lay too far apart", () => {
    const devices = [heard("a", 0), heard("b", 50_000, { spread: 6_100 }), heard("c", 50_000)];
    expect(proposals(devices, "a")).toEqual([{ connection: "c", change: 50_000 }]);
    expect(proposals(devices, "b")).toEqual([]);
  });

  it("are none without a reference that was heard", () => {
    expect(proposals([heard("a", null), heard("b", 5_000)], "a")).toEqual([]);
    expect(proposals([heard("b", 5_000)], "gone")).toEqual([]);
  });
});
