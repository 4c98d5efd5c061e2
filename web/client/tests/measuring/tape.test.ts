import { expect, it } from "vitest";

import { Tape } from "../../src/measuring/tape";

const block = (frame: number, value: number, length = 4) => ({ frame, samples: new Float32Array(length).fill(value) });

it("puts blocks together and knows when the first sample was, by the quickest of them", () => {
  const tape = new Tape(1_000, 60);
  tape.add(block(100, 1), 50_900);
  tape.add(block(104, 2), 53_300);
  tape.add(block(108, 3), 90_000);
  const recording = tape.recording((page) => page + 7_000_000);
  expect([...(recording?.samples ?? [])]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
  expect(recording?.rate).toBe(1_000);
  expect(recording?.startsAt).toBe(7_045_300);
});

it("fills what never came with silence", () => {
  const tape = new Tape(1_000, 60);
  tape.add(block(0, 1, 2), 0);
  tape.add(block(4, 2, 2), 0);
  expect([...(tape.recording((page) => page)?.samples ?? [])]).toEqual([1, 1, 0, 0, 2, 2]);
});

it("keeps no more than it may, and knows of nothing when nothing came", () => {
  const tape = new Tape(4, 2);
  expect(tape.recording((page) => page)).toBeNull();
  for (let frame = 0; frame < 40; frame += 4) tape.add(block(frame, frame), frame);
  expect(tape.recording((page) => page)?.samples.length).toBe(8);
});
