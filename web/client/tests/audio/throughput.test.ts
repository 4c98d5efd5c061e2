import { beforeEach, expect, test } from "vitest";
import { type Download, Throughput } from "../../src/audio/throughput";

let now = 0;
let throughput: Throughput;

beforeEach(() => {
  now = 0;
  throughput = new Throughput(() => now);
});

/** A body of `bytes` that comes within `milliseconds`. */
function fetch(bytes: number, milliseconds: number): void {
  const download = throughput.begin();
  now += milliseconds;
  download.received(bytes);
  download.ended();
}

test("nothing is known before anything came", () => {
  expect(throughput.kilobitsPerSecond).toBeNull();
  throughput.begin().ended();
  expect(throughput.kilobitsPerSecond).toBeNull();
});

test("is bytes over the time they took, not over the time between them", () => {
  for (let i = 0; i < 4; i += 1) {
    fetch(100_000, 200);
    now += 3_800;
  }
  expect(throughput.kilobitsPerSecond).toBe(4_000);
});

test("three at once share one line, and none of them is blamed for the others", () => {
  const downloads = Array.from({ length: 3 }, () => throughput.begin());
  for (const download of downloads) {
    now += 1_000;
    for (const each of downloads.slice(downloads.indexOf(download))) each.received(50_000 / (3 - downloads.indexOf(download)));
    download.ended();
  }
  expect(throughput.kilobitsPerSecond).toBeCloseTo(400);
});

test("one bad moment is felt at once and forgotten after five", () => {
  for (let i = 0; i < 5; i += 1) fetch(100_000, 100);
  fetch(100_000, 4_000);
  expect(throughput.kilobitsPerSecond).toBe(200);
  fetch(100_000, 100);
  expect(throughput.kilobitsPerSecond).toBeCloseTo(4_000_000 / 4_400, 0);
  for (let i = 0; i < 4; i += 1) fetch(100_000, 100);
  expect(throughput.kilobitsPerSecond).toBe(8_000);
});

test("a download that drags on tells so before it ends", () => {
  fetch(100_000, 100);
  const download = throughput.begin();
  download.received(1_000);
  now += 400;
  expect(throughput.kilobitsPerSecond).toBe(8_000);
  now += 7_600;
  expect(throughput.kilobitsPerSecond).toBe(1);
  download.ended();
  download.ended();
  expect(throughput.kilobitsPerSecond).toBe(1);
});

test("what came in one piece was fast, not infinitely so", () => {
  fetch(80_000, 0);
  expect(throughput.kilobitsPerSecond).toBe(320_000);
});

test("time in which nothing was under way counts for nothing, cut off downloads included", () => {
  const cut: Download = throughput.begin();
  now += 30_000;
  cut.ended();
  fetch(100_000, 100);
  now += 60_000;
  expect(throughput.kilobitsPerSecond).toBe(8_000);
});
