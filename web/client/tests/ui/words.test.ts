import { describe, expect, it } from "vitest";

import { digits, milliseconds, signedMilliseconds, span, spoken } from "../../src/ui/durations";
import { pillWords, qualityOf, stateWords } from "../../src/ui/quality";
import { insideWords } from "../../src/ui/door/inside";
import { asRefusal } from "../../src/ui/server";

const SECOND = 1_000_000;

describe("spans in digits and words", () => {
  it.each([
    [0, "0:00"],
    [-5 * SECOND, "0:00"],
    [72 * SECOND + 999_999, "1:12"],
    [600 * SECOND, "10:00"],
    [3_723 * SECOND, "1:02:03"],
  ])("shows %d µs as %s", (micros, text) => {
    expect(digits(micros)).toBe(text);
  });

  it.each([
    [0, "0 seconds"],
    [SECOND, "1 second"],
    [60 * SECOND, "1 minute"],
    [72 * SECOND, "1 minute 12"],
    [220 * SECOND, "3 minutes 40"],
  ])("says %d µs as %s", (micros, text) => {
    expect(spoken(micros)).toBe(text);
  });

  it("tells long lists roughly", () => {
    expect(span(48 * 60 * SECOND)).toBe("48 min");
    expect(span(120 * 60 * SECOND)).toBe("2 h");
    expect(span(125 * 60 * SECOND)).toBe("2 h 5 min");
  });

  it("gives a decimal to small errors alone", () => {
    expect(milliseconds(1_234)).toBe("1.2 ms");
    expect(milliseconds(38_400)).toBe("38 ms");
    expect(signedMilliseconds(0)).toBe("0 ms");
    expect(signedMilliseconds(12_000)).toBe("+12 ms");
    expect(signedMilliseconds(-3_500)).toBe("−3.5 ms");
  });
});

describe("the quality of a listener", () => {
  it.each([
    ["in-step", 10_000, "good"],
    ["in-step", -10_001, "fair"],
    ["in-step", 40_000, "fair"],
    ["in-step", 40_001, "poor"],
    ["loose", 0, "fair"],
    ["buffering", 0, "poor"],
    ["catching-up", 0, "poor"],
    ["silent", 0, "silent"],
    ["reconnecting", 0, "silent"],
  ])("of %s at %d µs is %s", (state, error, quality) => {
    expect(qualityOf(state, error, false)).toBe(quality);
  });

  it.each([
    ["in-step", 0, "fair"],
    ["in-step", 40_001, "poor"],
    ["loose", 0, "fair"],
    ["silent", 0, "silent"],
  ])("that knows its output only coarsely, of %s at %d µs, is %s", (state, error, quality) => {
    expect(qualityOf(state, error, true)).toBe(quality);
  });

  it("of a coarse device is told without a figure, unless it is far off", () => {
    expect(stateWords("in-step", 200, true)).toBe("In step, coarsely");
    expect(stateWords("catching-up", 20_000, true)).toBe("Catching up · 20 ms");
  });

  it("has words for every state", () => {
    expect(stateWords("reconnecting", 0, false)).toBe("Reconnecting");
    expect(stateWords("silent", 0, false)).toBe("Ready");
    const sync = { playbackError: 0, clockError: 0, roundTrip: 0, outputLatency: 0, offset: 0, words: "", isCoarse: false };
    expect(pillWords({ ...sync, state: "loose" })).toBe("Loose sync");
  });
});

describe("a failure", () => {
  it("is a refusal when it carries code and reason, and a lost server otherwise", () => {
    expect(asRefusal({ code: "kicked", reason: "Gone." })).toEqual({ code: "kicked", reason: "Gone." });
    for (const failure of [new TypeError("network"), null, "text", { code: 7, reason: "x" }]) {
      expect(asRefusal(failure).code).toBe("unreachable");
    }
  });
});

describe("who is inside", () => {
  const glance = { room: "r", name: "R", track: null, is_playing: false, guests_control: false, guests_edit: false };
  const words = (people: string[], participants = people.length, listeners = 0) =>
    insideWords({ ...glance, people, participants, listeners });

  it("is told by name, the first three of many", () => {
    expect(words([])).toBe("Nobody is inside yet. Be the first.");
    expect(words(["Ada"])).toBe("Ada is inside");
    expect(words(["Ada", "Ben"], 2, 1)).toBe("Ada and Ben are inside · 1 listening");
    expect(words(["Ada", "Ben", "Jo"])).toBe("Ada, Ben and Jo are inside");
    expect(words(["Ada", "Ben", "Jo", "Kim"])).toBe("Ada, Ben, Jo and 1 other are inside");
  });

  it("counts people rather than their devices, as far as names are known", () => {
    expect(words(["Ada", "Ben"], 5, 4)).toBe("Ada and Ben are inside · 4 listening");
    expect(words(["a", "b", "c", "d", "e", "f", "g", "h"], 40)).toBe("a, b, c and 37 others are inside");
  });
});
