import { describe, expect, test } from "vitest";
import { DriftSteering } from "../../src/audio/steering";
import { WorkletCore } from "../../src/audio/workletCore";
import { chunk, HOLD, largestStep, line, load, piece, play, PROPORTIONAL, RATE, type Signal, snr, tone } from "../fakes/rendering";

describe("positions", () => {
  test("a line at unit slope plays exactly the samples of the track", () => {
    const core = new WorkletCore(HOLD);
    const noise: Signal = (frame) => ((frame * 7919) % 1000) / 1000 - 0.5;
    load(core, "a", RATE * 2, noise);
    core.follow([line({ piece: piece("a", RATE * 2), at: 0, position: 1000 })]);
    const out = play(core, 0, 9_600);
    for (let i = 400; i < 9_600; i += 1) expect(out[i]).toBeCloseTo(noise(1000 + i), 6);
  });

  test("a start that lies in the future begins on its very frame, behind silence", () => {
    const core = new WorkletCore(HOLD);
    load(core, "a", RATE, () => 0.5);
    core.follow([line({ piece: piece("a", RATE), from: 1000.25, at: 1000.25 })]);
    const out = play(core, 0, 4_800);
    expect(out.findIndex((sample) => sample !== 0)).toBe(1002); // the fade begins at 1001 with gain zero
    expect(out[1001 + 384]).toBeCloseTo(0.5, 6);
  });

  test("any cutting into blocks gives the same sound", () => {
    const outputs = [128, 100, 37].map((block) => {
      const core = new WorkletCore(HOLD);
      load(core, "a", RATE, tone(440));
      core.follow([line({ piece: piece("a", RATE), from: 500, at: 500, slope: 1.0001 })]);
      return play(core, 0, 9_600, block);
    });
    for (let i = 0; i < 9_600; i += 1) {
      expect(outputs[1]![i]).toBeCloseTo(outputs[0]![i]!, 5);
      expect(outputs[2]![i]).toBeCloseTo(outputs[0]![i]!, 5);
    }
  });

  test("a late joiner starts in the middle of the line", () => {
    const core = new WorkletCore(HOLD);
    load(core, "a", RATE * 2, tone(300));
    core.follow([line({ piece: piece("a", RATE * 2), at: -24_000 })]);
    const out = play(core, 0, 4_800);
    expect(out[2_000]).toBeCloseTo(tone(300)(26_000), 4);
  });
});

describe("resampling", () => {
  test.each([100, 1000, 5000, 10_000])("a %i Hz tone read 300 ppm fast keeps more than 80 dB of purity", (hertz) => {
    const core = new WorkletCore(HOLD);
    load(core, "a", RATE * 2, tone(hertz));
    core.follow([line({ piece: piece("a", RATE * 2), slope: 1.0003, position: 0.37 })]);
    const out = play(core, 0, RATE);
    expect(snr(out, (i) => tone(hertz)(0.37 + i * 1.0003), 1000, RATE)).toBeGreaterThan(80);
  });

  test.each([0.5, 0.8, 1.5, 2])("a 1 kHz tone at %f times the speed keeps more than 70 dB of purity", (slope) => {
    const core = new WorkletCore(HOLD);
    load(core, "a", RATE * 4, tone(1000));
    core.follow([line({ piece: piece("a", RATE * 4), slope })]);
    const out = play(core, 0, RATE);
    expect(snr(out, (i) => tone(1000)(i * slope), 1000, RATE)).toBeGreaterThan(70);
  });

  test("at double speed what would alias is filtered away", () => {
    const core = new WorkletCore(HOLD);
    load(core, "a", RATE * 3, tone(20_000));
    core.follow([line({ piece: piece("a", RATE * 3), slope: 2 })]);
    const out = play(core, 0, RATE).slice(1000);
    expect(Math.max(...out.map(Math.abs))).toBeLessThan(0.5 * 10 ** (-40 / 20));
  });
});

describe("speeds", () => {
  test("hundreds of them in a row are followed, each exactly", () => {
    const core = new WorkletCore(PROPORTIONAL);
    const it = piece("a", RATE * 20);
    load(core, "a", RATE * 20, tone(500));
    let position = 0;
    for (let i = 0; i < 300; i += 1) {
      const slope = 1.02 + i / 400;
      core.follow([line({ piece: it, record: `r${i}`, from: i * 512, at: i * 512, position, slope })]);
      play(core, i * 512, 512);
      position += 512 * slope;
    }
    expect(core.status(300 * 512).position).toBeCloseTo(position, 3);
    expect(core.status(300 * 512).jumps).toBe(0);
  });

  test("a speed that was announced changes at its very frame", () => {
    const core = new WorkletCore(HOLD);
    const it = piece("a", RATE * 4);
    load(core, "a", RATE * 4, tone(500));
    core.follow([line({ piece: it }), line({ piece: it, record: "fast", from: 6_000, at: 6_000, position: 6_000, slope: 1.25 })]);
    const out = play(core, 0, 12_000);
    for (let i = 400; i < 5_990; i += 1) expect(out[i]).toBeCloseTo(tone(500)(i), 4);
    for (let i = 6_010; i < 12_000; i += 1) expect(out[i]).toBeCloseTo(tone(500)(6_000 + (i - 6_000) * 1.25), 3);
  });
});

describe("boundaries", () => {
  test("the first sample of the next piece follows the last one of this piece", () => {
    const core = new WorkletCore(HOLD);
    const first = RATE + 17;
    load(core, "a", first, tone(500));
    load(core, "b", RATE, (frame) => tone(500)(frame + first));
    core.follow([line({ piece: piece("a", first), at: 0, position: 40_000, next: piece("b", RATE) })]);
    const out = play(core, 0, 20_000);
    for (let i = 400; i < 20_000; i += 1) expect(out[i]).toBeCloseTo(tone(500)(40_000 + i), 5);
    expect(core.status(20_000).entry).toBe("b");
  });

  test("the record of the advance changes nothing in the sound", () => {
    const core = new WorkletCore(PROPORTIONAL);
    const first = RATE;
    load(core, "a", first, tone(500));
    load(core, "b", RATE, (frame) => tone(500)(frame + first));
    const before = line({ piece: piece("a", first), position: 40_000, next: piece("b", RATE) });
    core.follow([before]);
    const head = play(core, 0, 7_000);
    core.follow([before, line({ from: 8_000, at: 8_000, piece: piece("b", RATE) })]);
    const out = Float32Array.from([...head, ...play(core, 7_000, 9_000)]);
    for (let i = 400; i < 16_000; i += 1) expect(out[i]).toBeCloseTo(tone(500)(40_000 + i), 5);
    expect(core.status(16_000).jumps).toBe(0);
  });

  test.each([-48, 48])("a device that is %i frames off crosses by itself, without a jump or a click", (off) => {
    const core = new WorkletCore(PROPORTIONAL);
    const first = RATE;
    load(core, "a", first, tone(500));
    load(core, "b", RATE, (frame) => tone(500)(frame + first));
    const before = line({ piece: piece("a", first), position: 40_000, next: piece("b", RATE) });
    core.follow([before]);
    const head = play(core, 0, 6_000);
    // The mapping moved by a millisecond: the room crosses before or after this device does.
    const moved = { ...before, at: off };
    core.follow([moved, line({ from: 8_000 + off, at: 8_000 + off, piece: piece("b", RATE) })]);
    const out = Float32Array.from([...head, ...play(core, 6_000, 10_000)]);
    expect(core.status(16_000)).toMatchObject({ entry: "b", jumps: 0 });
    expect(Math.abs(core.status(16_000).error)).toBeLessThan(1_000);
    expect(largestStep(out.slice(400))).toBeLessThan(2 * Math.PI * (500 / RATE) * 0.5 * 1.02);
  });

  test("a track that is queued twice in a row plays twice", () => {
    const core = new WorkletCore(PROPORTIONAL);
    load(core, "a", RATE, tone(500));
    core.follow([line({ piece: piece("one", RATE, "a"), position: 40_000, next: piece("two", RATE, "a") })]);
    play(core, 0, 16_000);
    const status = core.status(16_000);
    expect(status.entry).toBe("two");
    expect(status.position).toBeCloseTo(8_000, 3);
    expect(status.jumps).toBe(0);
  });

  test("the end of the queue fades out and is silent, not buffering", () => {
    const core = new WorkletCore(HOLD);
    load(core, "a", RATE, tone(500));
    core.follow([line({ piece: piece("a", RATE), position: 40_000 })]);
    const out = play(core, 0, 12_000);
    expect(largestStep(out)).toBeLessThan(0.05);
    expect(Math.max(...out.slice(8_100))).toBe(0);
    expect(core.status(12_000).sounding).toBe("silent");
  });
});

describe("fades", () => {
  const step = 2 * Math.PI * (500 / RATE) * 0.5 * 1.25; // steepest slope of the tone, and a quarter for the fade itself

  test("start, pause and resume make no click", () => {
    const core = new WorkletCore(HOLD);
    const it = piece("a", RATE * 2);
    load(core, "a", RATE * 2, tone(500, 0.5, 1));
    core.follow([
      line({ piece: it, position: 700 }),
      line({ piece: it, from: 6_000, at: 6_000, position: 6_700, slope: 0 }),
      line({ piece: it, from: 12_000, at: 12_000, position: 6_700 }),
    ]);
    const out = play(core, 0, 18_000);
    expect(largestStep(out)).toBeLessThan(step);
    expect(Math.max(...out.slice(6_400, 12_000).map(Math.abs))).toBe(0);
    expect(out[17_000]).toBeCloseTo(tone(500, 0.5, 1)(11_700), 5);
  });

  test("a seek crosses over without a click and lands exactly", () => {
    const core = new WorkletCore(PROPORTIONAL);
    const it = piece("a", RATE * 4);
    load(core, "a", RATE * 4, tone(500, 0.5, 1));
    core.follow([line({ piece: it }), line({ piece: it, from: 6_000, at: 6_000, position: 100_000 })]);
    const out = play(core, 0, 12_000);
    expect(largestStep(out)).toBeLessThan(step);
    expect(out[11_000]).toBeCloseTo(tone(500, 0.5, 1)(105_000), 5);
    expect(Math.max(...out.slice(5_900, 6_500).map(Math.abs))).toBeGreaterThan(0.2);
  });

  test("a change of speed fades at the old speed and never clicks", () => {
    const core = new WorkletCore(PROPORTIONAL);
    const it = piece("a", RATE * 4);
    load(core, "a", RATE * 4, tone(500));
    core.follow([line({ piece: it }), line({ piece: it, from: 6_000, at: 6_000, position: 6_000, slope: 1.5 })]);
    const out = play(core, 0, 12_000);
    expect(largestStep(out)).toBeLessThan(step * 1.5);
    expect(out[11_000]).toBeCloseTo(tone(500)(6_000 + 5_000 * 1.5), 3);
  });

  test("missing sound fades out, time goes on, and sound comes back at the right place", () => {
    const core = new WorkletCore(PROPORTIONAL);
    const total = 96_000;
    const signal = tone(500);
    for (const index of [0, 2, 3]) core.add(chunk("a", index, 24_000, total, signal), 0);
    core.follow([line({ piece: piece("a", total), position: 10_000 })]);
    const before = play(core, 0, 20_000);
    expect(core.status(20_000).sounding).toBe("buffering");
    expect(Math.max(...before.slice(14_000, 20_000))).toBe(0);
    core.add(chunk("a", 1, 24_000, total, signal), 20_000);
    const after = play(core, 20_000, 40_000);
    expect(largestStep(Float32Array.from([...before, ...after]))).toBeLessThan(step);
    expect(after[30_000]).toBeCloseTo(signal(60_000), 5);
    expect(core.status(60_000).sounding).toBe("in-step");
  });

  test("nothing starts on a crumb of sound", () => {
    const core = new WorkletCore(HOLD);
    core.add(chunk("a", 0, 12_000, RATE * 4, tone(500)), 0);
    core.follow([line({ piece: piece("a", RATE * 4) })]);
    expect(Math.max(...play(core, 0, 4_800))).toBe(0);
  });

  test("leaving the program fades to silence", () => {
    const core = new WorkletCore(HOLD);
    load(core, "a", RATE * 2, tone(500));
    core.follow([line({ piece: piece("a", RATE * 2) })]);
    const head = play(core, 0, 5_000);
    core.follow([]);
    const tail = play(core, 5_000, 5_000);
    expect(largestStep(Float32Array.from([...head, ...tail]))).toBeLessThan(step);
    expect(Math.max(...tail.slice(400))).toBe(0);
    expect(core.status(10_000).sounding).toBe("silent");
  });
});

describe("correction", () => {
  test("a small error is drawn in by a change of speed, without a jump", () => {
    const core = new WorkletCore(PROPORTIONAL);
    const it = piece("a", RATE * 10);
    load(core, "a", RATE * 10, tone(500));
    core.follow([line({ piece: it })]);
    const head = play(core, 0, 4_800);
    core.follow([line({ piece: it, position: 96 })]); // the mapping moved by 2 ms
    const tail = play(core, 4_800, RATE * 6);
    const status = core.status(4_800 + RATE * 6);
    expect(Math.abs(status.error)).toBeLessThan(20);
    expect(status.jumps).toBe(0);
    expect(largestStep(Float32Array.from([...head, ...tail]))).toBeLessThan(0.04);
  });

  test("a large error is one faded jump", () => {
    const core = new WorkletCore(PROPORTIONAL);
    const it = piece("a", RATE * 4);
    load(core, "a", RATE * 4, tone(500));
    core.follow([line({ piece: it })]);
    const head = play(core, 0, 4_800);
    core.follow([line({ piece: it, position: 4_800 })]);
    const tail = play(core, 4_800, 4_800);
    expect(core.status(9_600).jumps).toBe(1);
    expect(core.status(9_600).leap?.by).toBeCloseTo(100_000, -3);
    expect(core.status(9_600).error).toBe(0);
    expect(tail[4_000]).toBeCloseTo(tone(500)(13_600), 5);
    expect(largestStep(Float32Array.from([...head, ...tail]))).toBeLessThan(0.045);
  });

  test("a shift that is certain is one faded jump in the very next block, and none follows", () => {
    const core = new WorkletCore(new DriftSteering());
    const it = piece("a", RATE * 4);
    load(core, "a", RATE * 4, tone(500));
    core.follow([line({ piece: it })]);
    const head = play(core, 0, 4_800);
    core.follow([line({ piece: it, position: 105 })], true);
    const tail = play(core, 4_800, 128);
    expect(core.status(4_928)).toMatchObject({ jumps: 1, error: 0 });
    const rest = play(core, 4_928, RATE);
    expect(core.status(4_928 + RATE).jumps).toBe(1);
    expect(rest[4_000]).toBeCloseTo(tone(500)(4_928 + 4_000 + 105), 4);
    expect(largestStep(Float32Array.from([...head, ...tail, ...rest]))).toBeLessThan(0.045);
  });

  test("the same lines without a certain shift are drawn in by the speed alone", () => {
    const core = new WorkletCore(new DriftSteering());
    const it = piece("a", RATE * 4);
    load(core, "a", RATE * 4, tone(500));
    core.follow([line({ piece: it })]);
    play(core, 0, 4_800);
    core.follow([line({ piece: it, position: 105 })]);
    play(core, 4_800, RATE);
    expect(core.status(4_800 + RATE).jumps).toBe(0);
    expect(core.status(4_800 + RATE).ppm).toBeGreaterThan(100);
  });
});
