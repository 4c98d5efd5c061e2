import { expect, test } from "vitest";
import { ChunkStore } from "../../src/audio/chunkStore";
import { SincTable } from "../../src/audio/sinc";
import { FADE_FRAMES, Voice } from "../../src/audio/voice";
import { chunk, largestStep, line, piece, type Signal } from "../fakes/rendering";

const TABLE = new SincTable(1);
const FRAMES = 4_800;

function storeOf(tracks: Readonly<Record<string, Signal>>): ChunkStore {
  const store = new ChunkStore(1_000_000);
  for (const [track, signal] of Object.entries(tracks)) store.add(chunk(track, 0, FRAMES, FRAMES, signal), []);
  return store;
}

/** Lets `voice` sound for `frames`, in blocks of at most 128. */
function sound(voice: Voice, store: ChunkStore, frames: number): Float32Array {
  const left = new Float32Array(frames);
  for (let done = 0; done < frames; done += 128) voice.render(store, left, new Float32Array(frames), done, Math.min(128, frames - done));
  return left;
}

test("fades in over 8 ms, from nothing, along half a cosine", () => {
  const out = sound(new Voice(piece("a", FRAMES), 0, null, TABLE), storeOf({ a: () => 1 }), 1_000);
  expect(out[0]).toBe(0);
  expect(out[FADE_FRAMES / 2]).toBeCloseTo(0.5, 2);
  expect(out[FADE_FRAMES]).toBeCloseTo(1, 5);
  expect(out[900]).toBeCloseTo(1, 5);
  expect(largestStep(out.subarray(20))).toBeLessThan(0.005);
});

test("fades out from wherever it is when released, and is over afterwards, not before", () => {
  const store = storeOf({ a: () => 1 });
  const voice = new Voice(piece("a", FRAMES), 0, null, TABLE);
  const rising = sound(voice, store, 128);
  voice.release();
  expect([voice.isReleased, voice.isOver]).toEqual([true, false]);
  const falling = sound(voice, store, 256);
  expect(Math.abs(falling[0]! - rising[127]!)).toBeLessThan(0.01);
  expect(falling[140]).toBe(0);
  expect(voice.isOver).toBe(true);
});

test("two that cross over add up to one: a jump is no dip and no bump", () => {
  const store = storeOf({ a: () => 1 });
  const old = new Voice(piece("a", FRAMES), 0, null, TABLE);
  sound(old, store, 512);
  old.release();
  const next = new Voice(piece("a", FRAMES), 2_000, null, TABLE);
  const left = sound(old, store, 512);
  const right = sound(next, store, 512);
  for (let i = 0; i < 384; i += 1) expect(left[i]! + right[i]!).toBeCloseTo(1, 2);
});

test("crosses into what follows without a gap, at the exact frame, and says where it is in terms of either piece", () => {
  const store = storeOf({ a: () => 0.25, b: () => 0.75 });
  const [a, b] = [piece("a", FRAMES), piece("b", FRAMES)];
  const voice = new Voice(a, FRAMES - 1_000, b, TABLE);
  expect(voice.extent(store)).toBe(1_000 + FRAMES);
  const out = sound(voice, store, 1_200);
  expect(out[950]).toBeCloseTo(0.25, 3);
  expect(out[1_050]).toBeCloseTo(0.75, 3);
  expect([voice.piece.entry, voice.position]).toEqual(["b", 200]);
  expect(voice.positionOn(line({ piece: a, next: b }))).toBe(FRAMES + 200);
  expect(voice.positionOn(line({ piece: b }))).toBe(200);
  expect(voice.positionOn(line({ piece: piece("c", FRAMES) }))).toBeNull();
});

test("what follows may change until the end, and not after", () => {
  const store = storeOf({ a: () => 0.25, b: () => 0.75, c: () => -0.5 });
  const [a, b, c] = [piece("a", FRAMES), piece("b", FRAMES), piece("c", FRAMES)];
  const voice = new Voice(a, FRAMES - 1_000, b, TABLE);
  voice.learn(line({ piece: a, next: c }));
  expect(sound(voice, store, 1_100)[1_050]).toBeCloseTo(-0.5, 3);
  voice.learn(line({ piece: a, next: b }));
  expect(voice.piece.entry).toBe("c");
});

test("goes at its pace: twice as fast is twice as far", () => {
  const voice = new Voice(piece("a", FRAMES), 100, null, TABLE);
  voice.pace(2, new SincTable(2));
  sound(voice, storeOf({ a: () => 1 }), 640);
  expect(voice.position).toBe(100 + 1_280);
});

test("both channels keep apart", () => {
  const store = new ChunkStore(1_000_000);
  const channels: [Float32Array, Float32Array] = [new Float32Array(FRAMES).fill(0.5), new Float32Array(FRAMES).fill(-0.25)];
  store.add({ track: "a", index: 0, start: 0, frames: FRAMES, channels }, []);
  const voice = new Voice(piece("a", FRAMES), 0, null, TABLE);
  const [left, right] = [new Float32Array(512), new Float32Array(512)];
  for (let done = 0; done < 512; done += 128) voice.render(store, left, right, done, 128);
  expect([left[500], right[500]].map((sample) => Math.round(sample! * 1000))).toEqual([500, -250]);
});
