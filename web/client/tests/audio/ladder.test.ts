import { describe, expect, test } from "vitest";
import { Arrivals } from "../../src/audio/arrivals";
import { Ladder } from "../../src/audio/ladder";
import { startOf } from "../../src/audio/lineHints";
import { askedFor, ceilingOf, isAbove, LADDER, type Rung, type RungChoice, rungNamed } from "../../src/audio/rungs";

const AUTO = { choice: "auto", isSaving: false } as const;

describe("rungs", () => {
  test("stand in order, and are asked for by codec and rate", () => {
    expect(LADDER.map((rung) => isAbove(rung, "opus-96"))).toEqual([false, false, true, true]);
    expect(LADDER.map(askedFor)).toEqual([
      { codec: "opus", kilobits: "48" }, { codec: "opus", kilobits: "96" }, { codec: "opus", kilobits: "160" }, { codec: "flac" },
    ]);
    expect([rungNamed("flac"), rungNamed("mp3"), rungNamed(null)]).toEqual(["flac", null, null]);
  });

  test("the ceiling is what somebody chose, without a choice 160, and 48 with the data saver", () => {
    const ceilings = (isSaving: boolean) => (["auto", "opus-96", "flac"] as const).map((choice) => ceilingOf({ choice, isSaving }));
    expect(ceilings(false)).toEqual(["opus-160", "opus-96", "flac"]);
    expect(ceilings(true)).toEqual(["opus-48", "opus-48", "opus-48"]);
  });

  test("a device that knows nothing begins by what its browser tells", () => {
    expect(["4g", "3g", "2g", "slow-2g", undefined].map((effectiveType) => startOf(effectiveType === undefined ? {} : { effectiveType }))).toEqual([
      "opus-160", "opus-96", "opus-48", "opus-48", "opus-160",
    ]);
  });
});

describe("the ladder", () => {
  /** Looks twice a second for so long at one line. */
  function live(ladder: Ladder, from: number, seconds: number, kilobits: number | null): Rung {
    for (let at = from; at < from + seconds * 1000; at += 500) ladder.look(at, kilobits);
    return ladder.rung;
  }

  test("stays where it is while nothing is known", () => {
    expect(live(new Ladder(AUTO, "opus-96", 0), 0, 600, null)).toBe("opus-96");
  });

  test.each<[number, Rung]>([[1_000, "opus-160"], [211, "opus-160"], [200, "opus-96"], [127, "opus-96"], [100, "opus-48"], [10, "opus-48"]])(
    "falls at once to what a line of %d kbit/s carries: %s",
    (kilobits, rung) => {
      expect(new Ladder(AUTO, "opus-160", 0).look(0, kilobits)).toBe(rung);
    },
  );

  test("climbs rung by rung, each after ten steady seconds, and not by itself to FLAC", () => {
    const ladder = new Ladder(AUTO, "opus-48", 0);
    expect(live(ladder, 0, 10, 50_000)).toBe("opus-48");
    expect(live(ladder, 10_000, 1, 50_000)).toBe("opus-96");
    expect(live(ladder, 11_000, 11, 50_000)).toBe("opus-160");
    expect(live(ladder, 22_000, 600, 50_000)).toBe("opus-160");
  });

  test("a line that is good only now and then is no reason to climb", () => {
    const ladder = new Ladder(AUTO, "opus-48", 0);
    for (let at = 0; at < 600_000; at += 8_000) {
      live(ladder, at, 6, 50_000);
      live(ladder, at + 6_000, 2, 150);
    }
    expect(ladder.rung).toBe("opus-48");
  });

  test("climbing that turned out wrong is tried again later and later, and after a quiet time as at first", () => {
    const ladder = new Ladder(AUTO, "opus-160", 0);
    const falls: number[] = [];
    for (let at = 0; at < 600_000; at += 500) {
      // Carries 96 easily, and 160 never: it only looks as if it would.
      const before = ladder.rung;
      ladder.look(at, before === "opus-160" ? 180 : 400);
      if (ladder.rung !== before && before === "opus-160") falls.push(at);
    }
    const pauses = falls.slice(1).map((at, i) => at - falls[i]!);
    expect(pauses.slice(0, 3).map((each) => Math.round(each / 1000))).toEqual([31, 61, 121]);
    live(ladder, 600_000, 900, 400);
    expect(ladder.rung).toBe("opus-160");
    ladder.look(1_500_000, 180);
    expect(live(ladder, 1_500_500, 31, 400)).toBe("opus-160");
  });

  test("what is asked for by name is tried at once, and left if the line does not carry it", () => {
    const ladder = new Ladder(AUTO, "opus-48", 0);
    expect(ladder.wish({ choice: "flac", isSaving: false }, 0, 600)).toBe("flac");
    expect(ladder.look(500, 600)).toBe("opus-160");
    expect(live(ladder, 1_000, 60, 5_000)).toBe("flac");
  });

  test("never stands above the ceiling, and the data saver is felt at once and left at once", () => {
    const ladder = new Ladder(AUTO, "opus-160", 0);
    expect(ladder.wish({ choice: "auto", isSaving: true }, 0, 9_000)).toBe("opus-48");
    expect(live(ladder, 0, 600, 50_000)).toBe("opus-48");
    expect(ladder.wish(AUTO, 600_000, 50_000)).toBe("opus-160");
    expect(ladder.wish({ choice: "opus-96", isSaving: false }, 600_000, 50_000)).toBe("opus-96");
    expect(live(ladder, 600_000, 60, 50_000)).toBe("opus-96");
    expect(new Ladder({ choice: "opus-48", isSaving: false }, "opus-160", 0).rung).toBe("opus-48");
  });

  test("on any line it is never higher than what was wanted", () => {
    const choices: readonly RungChoice[] = ["auto", ...LADDER];
    let seed = 7;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (const choice of choices) {
      const wish = { choice, isSaving: random() < 0.3 };
      const ladder = new Ladder(wish, LADDER[Math.floor(random() * 4)]!, 0);
      for (let at = 0; at < 300_000; at += 500) {
        expect(isAbove(ladder.look(at, 10 ** (1 + 4 * random())), ceilingOf(wish))).toBe(false);
      }
    }
  });
});

describe("what came", () => {
  const arrival = (start: number, rung: Rung, bytes: number) => ({ track: "a", start, frames: 192_000, rung, bytes });

  test("is known by its place, as it came last", () => {
    const arrivals = new Arrivals();
    arrivals.take(arrival(0, "opus-96", 50_000));
    arrivals.take(arrival(192_000, "opus-96", 50_000));
    arrivals.take(arrival(192_000, "flac", 400_000));
    expect([0, 191_999, 192_000.5, 384_000].map((frame) => arrivals.rungAt("a", frame))).toEqual(["opus-96", "opus-96", "flac", null]);
    expect(arrivals.rungAt("b", 0)).toBeNull();
  });

  test("tells what a minute takes, by the latest half minute of that rung", () => {
    const arrivals = new Arrivals();
    expect(arrivals.bytesPerMinute("opus-96")).toBe(0);
    for (let i = 0; i < 8; i += 1) arrivals.take(arrival(i * 192_000, "opus-96", 99_999));
    for (let i = 8; i < 16; i += 1) arrivals.take(arrival(i * 192_000, "opus-96", 48_000 + (i % 2) * 4_000));
    arrivals.take(arrival(16 * 192_000, "flac", 400_000));
    expect(arrivals.bytesPerMinute("opus-96")).toBeCloseTo(750_000);
    expect(arrivals.bytesPerMinute("flac")).toBeCloseTo(6_000_000);
  });

  test("is remembered within a bound", () => {
    const arrivals = new Arrivals();
    for (let i = 0; i < 100; i += 1) arrivals.take(arrival(i * 192_000, "opus-48", 1));
    expect([arrivals.rungAt("a", 0), arrivals.rungAt("a", 99 * 192_000)]).toEqual([null, "opus-48"]);
  });
});
