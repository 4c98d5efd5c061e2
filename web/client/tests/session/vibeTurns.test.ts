import { expect, test } from "vitest";
import { VibeTurns } from "../../src/session/vibeTurns";
import type { Wish } from "../../src/session/playhead";
import type { Order } from "../../src/wire/frames";
import { FakeTimers } from "../fakes/timers";

function stage() {
  const timers = new FakeTimers();
  const given: [Order, Wish][] = [];
  const turns = new VibeTurns((order, wish) => given.push([order, wish]), timers);
  return { timers, given, turns };
}
const vibe = (over: object) => ({ tag: "vibe", tempoPermille: null, pitchCents: null, keepsFormants: null, onBeat: false, ...over });

test("a single turn is told at once, and only what was turned", () => {
  const { given, turns } = stage();
  turns.turn({ pitch: -300, onTheBeat: true });
  expect(given).toEqual([[vibe({ pitchCents: -300, onBeat: true }), { vibe: { pitch: -300, onTheBeat: true } }]]);
});

test("of a drag the first step is told at once, the newest ten times a second, and the last one always", () => {
  const { timers, given, turns } = stage();
  for (let tempo = 1_000; tempo <= 1_100; tempo += 5) {
    turns.turn({ tempo });
    timers.pass(16);
  }
  timers.pass(1_000);
  expect(given.map(([order]) => (order.tag === "vibe" ? order.tempoPermille : null))).toEqual([1_000, 1_030, 1_060, 1_090, 1_100]);
});

test("knobs turned together are told together, and all of the drag is shown meanwhile", () => {
  const { timers, given, turns } = stage();
  turns.turn({ tempo: 900 });
  turns.turn({ pitch: 100 });
  turns.turn({ formants: true });
  timers.pass(100);
  expect(given.at(-1)).toEqual([
    vibe({ pitchCents: 100, keepsFormants: true }),
    { vibe: { tempo: 900, pitch: 100, formants: true } },
  ]);
});

test("a reset drops what waits", () => {
  const { timers, given, turns } = stage();
  turns.turn({ tempo: 900 });
  turns.turn({ tempo: 950 });
  turns.reset();
  timers.pass(1_000);
  expect(given.map(([order]) => order.tag)).toEqual(["vibe", "vibe-reset"]);
  turns.turn({ pitch: 100 });
  expect(given.at(-1)![1]).toEqual({ vibe: { pitch: 100 } });
});
