/** Known sounds, what an audio thread is told to play of them, and what came out. */

import { expect } from "vitest";
import type { Chunk } from "../../src/audio/chunkStore";
import type { Line, Piece } from "../../src/audio/line";
import type { Steering, WorkletCore } from "../../src/audio/workletCore";

export const RATE = 48_000;
export const HOLD: Steering = { read: () => ({ kind: "nudge", ppm: 0 }), shifted: () => ({ kind: "nudge", ppm: 0 }), restart: () => undefined };
export const PROPORTIONAL: Steering = {
  read: (_at, error) =>
    Math.abs(error) > 30_000 ? { kind: "jump" } : { kind: "nudge", ppm: Math.max(-5000, Math.min(5000, -error / 0.7)) },
  shifted: () => ({ kind: "nudge", ppm: 0 }),
  restart: () => undefined,
};

export type Signal = (frame: number) => number;

export const tone =
  (hertz: number, level = 0.5, phase = 0): Signal =>
  (frame) =>
    level * Math.sin((2 * Math.PI * hertz * frame) / RATE + phase);

export function piece(entry: string, frames: number, track = entry, tempo = 1): Piece {
  return { entry, track, frames, tempo };
}

export function chunk(track: string, index: number, size: number, total: number, signal: Signal): Chunk {
  const start = index * size;
  const frames = Math.min(size, total - start);
  const samples = Float32Array.from({ length: frames }, (_, i) => signal(start + i));
  return { track, index, start, frames, channels: [samples, samples.slice()] };
}

export function load(core: WorkletCore, track: string, total: number, signal: Signal, size = 24_000): void {
  for (let index = 0; index * size < total; index += 1) core.add(chunk(track, index, size, total, signal), 0);
}

export function line(over: Partial<Line> & { piece: Piece }): Line {
  const record = `${over.piece.entry}@${over.from ?? 0}`;
  return { record, from: 0, at: 0, position: 0, slope: 1, since: over.from ?? 0, next: null, ...over };
}

export function play(core: WorkletCore, from: number, frames: number, block = 128): Float32Array {
  const out = new Float32Array(frames);
  for (let done = 0; done < frames; done += block) {
    const left = new Float32Array(Math.min(block, frames - done));
    const right = new Float32Array(left.length);
    core.render(from + done, left, right);
    expect(right).toEqual(left);
    out.set(left, done);
  }
  return out;
}

export function largestStep(samples: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < samples.length; i += 1) largest = Math.max(largest, Math.abs(samples[i]! - samples[i - 1]!));
  return largest;
}

export function snr(samples: Float32Array, expected: Signal, from: number, to: number): number {
  let signal = 0;
  let noise = 0;
  for (let i = from; i < to; i += 1) {
    signal += expected(i) ** 2;
    noise += (samples[i]! - expected(i)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
