import { beforeEach, describe, expect, test } from "vitest";
import { Prober } from "../../src/connection/prober";
import { micros } from "../../src/units";
import type { Probe } from "../../src/wire/frames";
import { FakeTimers } from "../fakes/timers";

const AHEAD = 7_000_000_000;

let timers: FakeTimers;
let sent: Probe[];
let isAnswering: boolean;
let deaths: number;
let jump: number;
let prober: Prober;

beforeEach(() => {
  timers = new FakeTimers();
  sent = [];
  isAnswering = true;
  deaths = 0;
  jump = 0;
  prober = new Prober({
    timers,
    send: (probe) => {
      sent.push(probe);
      if (!isAnswering) return;
      // Two milliseconds there, two back.
      timers.after(4, () => {
        const at = timers.now() - 2_000 + AHEAD + jump;
        prober.answered({ ...probe, tag: "probe-reply", received: at, answered: at }, timers.now());
      });
    },
    dead: () => (deaths += 1),
    seed: 1,
    resolution: micros(5),
  });
});

describe("the clock", () => {
  test("is known within half a second of the welcome", () => {
    prober.begin("e1");
    timers.pass(500);
    expect(sent.length).toBeGreaterThanOrEqual(12);
    const { estimate } = prober.clock;
    expect(Math.abs(estimate.toPeer(timers.now()) - timers.now() - AHEAD)).toBeLessThan(50);
    expect(estimate.errorAt(timers.now())).toBeLessThan(2_200);
  });

  test("is asked for rarely once it is known, more rarely while nothing plays", () => {
    prober.begin("e1");
    timers.pass(70_000);
    const settled = sent.length;
    timers.pass(60_000);
    const playing = sent.length - settled;
    expect(playing).toBeLessThanOrEqual(40);
    prober.setPlaying(false);
    timers.pass(60_000);
    expect(sent.length - settled - playing).toBeLessThanOrEqual(18);
  });

  test("survives a reconnection on the same timebase and starts anew on another", () => {
    prober.begin("e1");
    timers.pass(500);
    prober.end();
    timers.pass(5_000);
    const quiet = sent.length;
    timers.pass(5_000);
    expect(sent.length).toBe(quiet);
    prober.begin("e1");
    expect(prober.clock.estimate.ready).toBe(true);
    prober.begin("e2");
    expect(prober.clock.estimate.ready).toBe(false);
    timers.pass(100);
    expect(prober.clock.estimate.ready).toBe(true);
  });

  test("is found again after a jump, by a burst", () => {
    prober.begin("e1");
    timers.pass(30_000);
    expect(prober.jumps).toBe(0);
    jump = 3_000_000;
    timers.pass(8_000);
    expect(prober.jumps).toBe(1);
    const { estimate } = prober.clock;
    expect(Math.abs(estimate.toPeer(timers.now()) - timers.now() - AHEAD - jump)).toBeLessThan(1_000);
  });

  test("replies to nothing, or told twice, are not believed", () => {
    prober.begin("e1");
    const reply = { tag: "probe-reply", seq: 99, sent: timers.now(), received: 1, answered: 1 } as const;
    prober.answered(reply, timers.now());
    expect(prober.clock.estimate.ready).toBe(false);
  });
});

describe("dead links", () => {
  test("probes that come to nothing in a row are told", () => {
    isAnswering = false;
    prober.begin("e1");
    timers.pass(25_000);
    expect(deaths).toBeGreaterThan(0);
  });
});
