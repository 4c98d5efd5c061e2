import { describe, expect, test } from "vitest";
import { ChunkStore } from "../../src/audio/chunkStore";
import { packetsOf } from "../../src/audio/container";
import { errands } from "../../src/audio/fetchPlan";
import type { Line } from "../../src/audio/line";
import { framesOf, gainOf } from "../../src/audio/manifest";
import type { Manifest } from "../../src/audio/manifest";
import { SegmentFetcher } from "../../src/audio/segmentFetcher";
import { wantsOf } from "../../src/audio/wants";
import { FakeTimers } from "../fakes/timers";

const SIZE = 192_000;

const manifest = (track: string, frames: number): Manifest => ({
  track,
  rendition: "r",
  codec: "opus",
  kilobits: 160,
  frames,
  segment_frames: SIZE,
  pre_roll_frames: 7_680,
  description: "",
  gain_db: -6,
  segments: Array.from({ length: Math.ceil(frames / SIZE) }, (_, i) => `/segments/s/${track}/${i}`),
});

describe("the container", () => {
  const bytes = [0x48, 0x4f, 0x50, 0x31, 2, 0, 2, 0, 3, 0, 0xfc, 0xff, 0xfc, 0xff, 0xfe];

  test("gives its packets", () => {
    expect(packetsOf(Uint8Array.from(bytes)).map((packet) => [...packet])).toEqual([
      [0xfc, 0xff],
      [0xfc, 0xff, 0xfe],
    ]);
  });

  test("also out of the middle of a larger buffer", () => {
    const larger = Uint8Array.from([9, 9, 9, ...bytes]);
    expect(packetsOf(larger.subarray(3))).toHaveLength(2);
  });

  test.each([
    ["too short", bytes.slice(0, 5)],
    ["another magic", [1, ...bytes.slice(1)]],
    ["cut", bytes.slice(0, -1)],
    ["too long", [...bytes, 0]],
    ["no room for the lengths", [0x48, 0x4f, 0x50, 0x31, 200, 0, 1, 0]],
  ])("%s is refused", (_name, damaged) => {
    expect(() => packetsOf(Uint8Array.from(damaged))).toThrow(/expected/);
  });
});

describe("the store", () => {
  const chunk = (track: string, index: number) => {
    const samples = Float32Array.from({ length: 100 }, (_, i) => index * 100 + i);
    return { track, index, start: index * 100, frames: 100, channels: [samples, samples] as const };
  };

  test("reads across chunks, and zero where nothing is held", () => {
    const store = new ChunkStore(1_000);
    store.add(chunk("a", 0), []);
    store.add(chunk("a", 2), []);
    const [left, right] = [new Float32Array(300).fill(7), new Float32Array(300).fill(7)];
    store.read("a", 50, 200, left, right, 10);
    expect([left[9], left[10], left[59], left[60], left[159], left[160], left[209], left[210]]).toEqual([7, 50, 99, 0, 0, 200, 249, 7]);
    expect(store.extent("a", 20)).toBe(80);
    store.add(chunk("a", 1), []);
    expect(store.extent("a", 20)).toBe(280);
    expect(store.extent("b", 0)).toBe(0);
  });

  test("lets go what is farthest from every place that is wanted", () => {
    const store = new ChunkStore(500);
    const interests = [{ track: "a", frame: 150 }, { track: "a", frame: 9_000 }];
    for (const index of [0, 1, 2, 3]) expect(store.add(chunk("a", index), interests)).toEqual([]);
    expect(store.add(chunk("b", 0), interests)).toEqual([]);
    expect(store.add(chunk("a", 90), interests)).toEqual([{ track: "b", index: 0 }]);
    expect(store.add(chunk("a", 91), interests)).toEqual([{ track: "a", index: 0 }]);
    expect(store.extent("a", 9_000)).toBe(200);
    expect(store.frames).toBe(500);
  });

  test("a chunk that comes twice is held once", () => {
    const store = new ChunkStore(500);
    store.add(chunk("a", 0), []);
    store.add(chunk("a", 0), []);
    expect(store.frames).toBe(100);
  });
});

describe("errands", () => {
  const manifests = new Map([["a", manifest("a", 10 * SIZE)]]);
  const nothing = (): boolean => false;

  test("the nearest segment comes first, manifests before anything of their track", () => {
    const wants = [
      { track: "a", frame: 2.5 * SIZE, ahead: 2 * SIZE, delay: 0 },
      { track: "b", frame: 0, ahead: SIZE, delay: 1.2 * SIZE },
    ];
    expect(errands(wants, manifests, nothing)).toEqual([
      { kind: "segment", track: "a", index: 2, due: 0 },
      { kind: "segment", track: "a", index: 3, due: 0.5 * SIZE },
      { kind: "manifest", track: "b", frame: 0, due: 1.2 * SIZE },
      { kind: "segment", track: "a", index: 4, due: 1.5 * SIZE },
    ]);
  });

  test("what is held or beyond the end is not fetched, and nothing twice", () => {
    const wants = [
      { track: "a", frame: 8 * SIZE, ahead: 5 * SIZE, delay: 0 },
      { track: "a", frame: 9 * SIZE, ahead: 5 * SIZE, delay: 50 },
    ];
    const held = (_track: string, index: number): boolean => index === 8;
    expect(errands(wants, manifests, held)).toEqual([{ kind: "segment", track: "a", index: 9, due: 50 }]);
  });

  test("the last segment is shorter, the gain a factor", () => {
    const short = manifest("a", SIZE + 17);
    expect([framesOf(short, 0), framesOf(short, 1)]).toEqual([SIZE, 17]);
    expect(gainOf(short)).toBeCloseTo(0.501, 3);
  });
});

describe("wants", () => {
  const line = (over: Partial<Line>): Line => ({
    record: "r",
    from: 0,
    piece: { entry: "e", track: "a", frames: 100 * 48_000, tempo: 1 },
    at: 0,
    position: 0,
    slope: 1,
    since: 0,
    next: { entry: "f", track: "b", frames: 48_000, tempo: 1 },
    ...over,
  });

  test("ahead of the position, and the opening of what follows, as late as it is needed", () => {
    const [here, next] = wantsOf([line({})], 48_000);
    expect(here).toMatchObject({ track: "a", frame: 48_000, delay: 0 });
    expect(here!.ahead).toBeGreaterThanOrEqual(20 * 48_000);
    expect(next).toMatchObject({ track: "b", frame: 0, delay: 99 * 48_000 });
  });

  test("both the present place until it ends and the place of an announced seek", () => {
    const seek = line({ from: 96_000, at: 96_000, position: 2_000_000 });
    const wants = wantsOf([line({}), seek], 48_000);
    expect(wants[0]).toMatchObject({ frame: 48_000, ahead: 48_000 });
    expect(wants[1]).toMatchObject({ frame: 2_000_000, delay: 48_000 });
  });

  test("of bent sound the beginning alone while it may be one step of a drag, then as much as of any", () => {
    const bent = line({ piece: { entry: "e", track: "a~800~0~0", frames: 125 * 48_000, tempo: 0.8 }, from: 60_000, since: 60_000 });
    const fresh = wantsOf([line({}), bent], 48_000);
    expect(fresh.map(({ track, ahead }) => [track, ahead])).toEqual([["a", 12_000], ["a~800~0~0", 120_000]]);
    expect(wantsOf([{ ...bent, from: 0 }], 60_000 + 28_800).map(({ ahead }) => ahead)).toEqual([22 * 48_000, 12 * 48_000]);
  });

  test("the same while paused, so that play is instant", () => {
    expect(wantsOf([line({ slope: 0, position: 5_000 })], 48_000)[0]).toMatchObject({ frame: 5_000, delay: 0 });
    expect(wantsOf([], 0)).toEqual([]);
  });
});

describe("the fetcher", () => {
  interface Scene {
    readonly fetcher: SegmentFetcher;
    readonly timers: FakeTimers;
    readonly asked: string[];
    readonly delivered: string[];
    readonly urgent: number[];
    readonly troubles: string[];
    readonly aborted: string[];
    readonly arrived: string[];
    answer: (url: string) => Response | Promise<Response>;
  }

  function stage(): Scene {
    const timers = new FakeTimers();
    const scene: Omit<Scene, "fetcher"> = {
      timers,
      asked: [],
      delivered: [],
      urgent: [],
      troubles: [],
      aborted: [],
      arrived: [],
      answer: (url) => new Response(url.startsWith("m:") ? JSON.stringify(manifest(url.slice(2), 4 * SIZE)) : new Uint8Array([1])),
    };
    const fetcher = new SegmentFetcher({
      fetch: async (url, signal) => {
        scene.asked.push(url);
        signal.addEventListener("abort", () => scene.aborted.push(url));
        const response = await scene.answer(url);
        if (signal.aborted) throw new DOMException("gone", "AbortError");
        return response;
      },
      deliver: (from, index, _bytes, isUrgent) => {
        scene.delivered.push(`${from.track}/${index}`);
        if (isUrgent) scene.urgent.push(index);
        return Promise.resolve();
      },
      arrived: ({ start, rung, bytes }) => scene.arrived.push(`${start / SIZE} ${rung} ${bytes}`),
      now: () => timers.now() / 1000,
      trouble: (track, code) => scene.troubles.push(`${track} ${code}`),
      after: (milliseconds, action) => timers.after(milliseconds, action),
      manifestUrl: (track, _frame, rung) => (rung === "opus-160" ? `m:${track}` : `m:${track}:${rung}`),
      segmentUrl: (path) => path,
    }, "opus-160");
    return Object.assign(scene, { fetcher });
  }

  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
  const all = (track: string) => [{ track, frame: 0, ahead: 4 * SIZE, delay: 0 }];

  test("brings the manifest, then every wanted segment in order, once", async () => {
    const scene = stage();
    scene.fetcher.want(all("a"));
    await settle();
    scene.fetcher.want(all("a"));
    await settle();
    expect(scene.asked).toEqual(["m:a", ...[0, 1, 2, 3].map((i) => `/segments/s/a/${i}`)]);
    expect(scene.delivered).toEqual(["a/0", "a/1", "a/2", "a/3"]);
  });

  test("only what sounds within a segment's length is decoded in a hurry", async () => {
    const scene = stage();
    scene.fetcher.want([{ track: "a", frame: SIZE / 2, ahead: 3 * SIZE, delay: 0 }]);
    await settle();
    expect(scene.delivered).toEqual(["a/0", "a/1", "a/2", "a/3"]);
    expect(scene.urgent).toEqual([0, 1]);
  });

  test("fetches again what the audio thread let go", async () => {
    const scene = stage();
    scene.fetcher.want(all("a"));
    await settle();
    scene.fetcher.dropped([{ track: "a", index: 2 }]);
    await settle();
    expect(scene.delivered.at(-1)).toBe("a/2");
  });

  test("cuts off what nobody wants any more", async () => {
    const scene = stage();
    scene.fetcher.want(all("a"));
    await settle();
    scene.answer = () => new Promise(() => undefined);
    scene.fetcher.dropped([{ track: "a", index: 0 }]);
    await settle();
    scene.fetcher.want([]);
    expect(scene.aborted).toEqual(["/segments/s/a/0"]);
    expect(scene.troubles).toEqual([]);
  });

  test("asks again with growing pauses and tells of trouble once", async () => {
    const scene = stage();
    scene.answer = () => new Response(JSON.stringify({ code: "track-unavailable", reason: "gone" }), { status: 409 });
    scene.fetcher.want(all("a"));
    await settle();
    expect(scene.troubles).toEqual([]);
    for (const pause of [500, 1_000, 2_000]) {
      scene.timers.pass(pause);
      await settle();
    }
    expect(scene.asked).toHaveLength(4);
    expect(scene.troubles).toEqual(["a track-unavailable"]);
  });

  describe("on another rung", () => {
    const answering = (url: string) => new Response(url.startsWith("m:") ? JSON.stringify(manifest(url.slice(2), 8 * SIZE)) : new Uint8Array(7));
    const from = (frame: number) => [{ track: "a", frame, ahead: 4 * SIZE, delay: 0 }];

    test("what is held stays, and the next segment is of the new one", async () => {
      const scene = stage();
      scene.answer = answering;
      scene.fetcher.want(from(0));
      await settle();
      scene.asked.length = 0;
      scene.fetcher.climb("opus-48", false);
      scene.fetcher.want(from(SIZE));
      await settle();
      expect(scene.asked).toEqual(["m:a:opus-48", "/segments/s/a/4"]);
      scene.asked.length = 0;
      scene.fetcher.want(from(2 * SIZE));
      await settle();
      expect(scene.asked).toEqual(["/segments/s/a:opus-48/5"]);
      expect(scene.arrived.slice(-2)).toEqual(["4 opus-160 7", "5 opus-48 7"]);
    });

    test("somebody who wants to hear a better one gets it for what is not about to be played", async () => {
      const scene = stage();
      scene.answer = answering;
      scene.fetcher.want(from(0.5 * SIZE));
      await settle();
      scene.asked.length = 0;
      scene.fetcher.climb("flac", true);
      await settle();
      // Segments 0 and 1 begin within 5 s.
      expect(scene.asked).toEqual(["m:a:flac", ...[2, 3, 4].map((index) => `/segments/s/a:flac/${index}`)]);
      await settle();
      scene.asked.length = 0;
      scene.fetcher.want(from(0.5 * SIZE));
      await settle();
      expect(scene.asked).toEqual([]);
    });

    test("one that is lower, or chosen by the line, has nothing fetched twice", async () => {
      const scene = stage();
      scene.answer = answering;
      scene.fetcher.want(from(0));
      await settle();
      scene.asked.length = 0;
      scene.fetcher.climb("opus-48", true);
      scene.fetcher.climb("flac", false);
      await settle();
      expect(scene.asked.filter((url) => url.startsWith("/"))).toEqual([]);
    });

    test("a fall gives up what has hardly begun, and keeps what is nearly here", async () => {
      const scene = stage();
      const bodies: ReadableStreamDefaultController<Uint8Array>[] = [];
      scene.answer = (url) => {
        if (url.startsWith("m:")) return answering(url);
        const body = new ReadableStream<Uint8Array>({ start: (control) => void bodies.push(control) });
        return new Response(body, { headers: { "content-length": "100" } });
      };
      scene.fetcher.want(from(0));
      await settle();
      expect(bodies).toHaveLength(3);
      bodies[0]!.enqueue(new Uint8Array(60));
      bodies[1]!.enqueue(new Uint8Array(40));
      await settle();
      scene.fetcher.climb("opus-48", false);
      await settle();
      expect(scene.aborted).toEqual(["/segments/s/a/1", "/segments/s/a/2"]);
      // A browser ends the bodies of what is cut off.
      for (const body of bodies.slice(1)) body.error(new DOMException("gone", "AbortError"));
      await settle();
      expect(scene.asked.slice(-3)).toEqual(["m:a:opus-48", "/segments/s/a:opus-48/1", "/segments/s/a:opus-48/2"]);
      bodies[0]!.enqueue(new Uint8Array(40));
      bodies[0]!.close();
      await settle();
      expect(scene.arrived).toEqual(["0 opus-160 100"]);
    });

    test("a server that does not answer for it lets the old one play on", async () => {
      const scene = stage();
      scene.answer = answering;
      scene.fetcher.want(from(0));
      await settle();
      scene.asked.length = 0;
      scene.answer = (url) => (url === "m:a:flac" ? new Response("{}", { status: 503 }) : answering(url));
      scene.fetcher.climb("flac", false);
      scene.fetcher.want(from(2 * SIZE));
      await settle();
      expect(scene.delivered.slice(-2)).toEqual(["a/4", "a/5"]);
      expect(scene.asked.filter((url) => url === "m:a:flac")).toHaveLength(1);
    });

    test("knows what the line carries once something came", async () => {
      const scene = stage();
      scene.answer = answering;
      expect(scene.fetcher.kilobitsPerSecond).toBeNull();
      scene.fetcher.want(from(0));
      await settle();
      expect(scene.fetcher.kilobitsPerSecond).toBe(28);
    });
  });

  test("a segment whose address is no longer good brings a new manifest", async () => {
    const scene = stage();
    const good = scene.answer;
    let isOld = true;
    scene.answer = (url) =>
      isOld && url.endsWith("/0") ? new Response(JSON.stringify({ code: "unknown-segment", reason: "" }), { status: 404 }) : good(url);
    scene.fetcher.want([{ track: "a", frame: 0, ahead: 1, delay: 0 }]);
    await settle();
    isOld = false;
    scene.timers.pass(600);
    await settle();
    expect(scene.asked.filter((url) => url === "m:a")).toHaveLength(2);
    expect(scene.delivered).toContain("a/0");
  });

  test("no more than three at once", async () => {
    const scene = stage();
    scene.fetcher.want(all("a"));
    scene.answer = (url) => (url.startsWith("m:") ? new Response(JSON.stringify(manifest("a", 4 * SIZE))) : new Promise(() => undefined));
    await settle();
    expect(scene.asked.filter((url) => url.startsWith("/segments"))).toHaveLength(3);
  });
});
