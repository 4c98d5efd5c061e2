import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type Microphone, NoMicrophone, type OpenMicrophone } from "../../src/audio/microphone";
import type { Mark } from "../../src/audio/marks";
import type { Block } from "../../src/measuring/tape";
import type { Listening } from "../../src/session/listening";
import { serverMicros } from "../../src/units";
import type { Participant, SoundCheck } from "../../src/wire/frames";
import { beginPages, deviceShelf, endPages, enter, server, settle, sounds, timers, until } from "../fakes/roomPages";
import { AHEAD, ROOM } from "../fakes/roomServer";
import { recorded } from "../measuring/syntheticRoom";

beforeEach(beginPages);
afterEach(endPages);

const NONE: SoundCheck = { tag: "sound-check", room: ROOM, kind: "none", by: "", name: "", startsAt: 0, endsAt: 0, devices: [], slot: 0, rounds: 0 };

function clicksFor(seconds: number, by = "c9"): SoundCheck {
  const startsAt = server.now + 200_000;
  return { ...NONE, kind: "clicks", by, name: "Ben", startsAt, endsAt: startsAt + seconds * 1e6 };
}

function chirpsOf(devices: readonly string[], by: string, wait = 1_700_000): SoundCheck {
  const startsAt = server.now + wait;
  return { ...NONE, kind: "chirps", by, name: "Ben", startsAt, endsAt: startsAt + (3 * devices.length + 1) * 1e6, devices, slot: 1e6, rounds: 3 };
}

/** What this page plays instead of the music from now on, null: the music. */
function marks(): readonly Mark[] | null {
  const between = sounds.at(-1)?.marks.at(-1) ?? null;
  return between?.(serverMicros(server.now), serverMicros(server.now + 1e9)) ?? null;
}

function people(...others: Partial<Participant>[]): void {
  const me = { connection: "c0", principal: "me", name: "Ada", role: "host", device: "dev", sound: true, state: "in-step", playbackError: 0, clockError: 0, checks: true, coarse: false };
  server.end.say({ tag: "people", room: ROOM, full: true, present: [me, ...others.map((each) => ({ ...me, ...each }))], gone: [] });
}

describe("clicks of the whole room", () => {
  test("are asked for and told, and end by themselves", async () => {
    const listening = await enter(true);
    listening.checks.startClicks();
    expect(server.heard("command").at(-1)?.order).toEqual({ tag: "start-clicks" });
    expect(listening.checks.running.get()).toBeNull();
    server.end.say(clicksFor(30));
    expect(listening.checks.running.get()).toEqual({ kind: "clicks", name: "Ben", isMine: false, seconds: 31, isHere: true });
    expect(marks()?.length).toBe(30);
    timers.pass(10_600);
    expect(listening.checks.running.get()?.seconds).toBe(20);
    timers.pass(20_100);
    expect(listening.checks.running.get()).toBeNull();
    expect(marks()).toBeNull();
  });

  test("can be stopped here, and for all", async () => {
    const listening = await enter(true);
    server.end.say(clicksFor(30));
    listening.checks.stopHere();
    expect(listening.checks.running.get()).toMatchObject({ isHere: false });
    expect(marks()).toBeNull();
    listening.checks.stopForAll();
    expect(server.heard("command").at(-1)?.order).toEqual({ tag: "stop-check" });
    server.end.say(NONE);
    expect(listening.checks.running.get()).toBeNull();
    server.end.say(clicksFor(30));
    expect(listening.checks.running.get()).toMatchObject({ isHere: true });
  });

  test("are joined by whoever turns sound on in the middle", async () => {
    const listening = await enter(false);
    server.end.say(clicksFor(30));
    expect(listening.checks.running.get()).toMatchObject({ isHere: false });
    await listening.join(true);
    timers.pass(500);
    expect(listening.checks.running.get()).toMatchObject({ isHere: true });
    expect(marks()?.length).toBeGreaterThanOrEqual(29);
  });

  test("a refusal is told to the person", async () => {
    const listening = await enter(true);
    server.refuseCommands = { code: "check-running", reason: "a sound check runs already" };
    listening.checks.startClicks();
    expect(listening.notices.get().at(-1)?.text).toBe("A sound check runs already.");
  });

  test("one's own clicks, for tapping, come first", async () => {
    const listening = await enter(true);
    listening.setClicks(true);
    server.end.say(clicksFor(2));
    expect(marks()?.length).toBe(1_000);
    listening.setClicks(false);
    expect(marks()?.length).toBe(2);
  });

  test("go on through a lost connection, until the server says what holds", async () => {
    const listening = await enter(true);
    server.end.say(clicksFor(30));
    server.cut();
    expect(marks()?.length).toBe(30);
    await until(() => {
      timers.pass(300);
      return server.ends.length === 2 && server.heard("enter").length > 0;
    });
    server.end.say(NONE);
    expect(listening.checks.running.get()).toBeNull();
    expect(marks()).toBeNull();
  });
});

describe("chirps", () => {
  test("are played in this device's turns, silence otherwise", async () => {
    await enter(true);
    const check = chirpsOf(["c9", "c0", "c7"], "c9");
    server.end.say(check);
    expect(marks()).toEqual([1, 4, 7].map((k) => ({ at: check.startsAt + k * 1e6, sound: k % 2 === 0 ? "rising" : "falling" })));
  });

  test("of others leave this device its music, unless it is the one that listens", async () => {
    const listening = await enter(true);
    server.end.say(chirpsOf(["c9", "c7"], "c9"));
    expect(marks()).toBeNull();
    expect(listening.checks.running.get()).toMatchObject({ kind: "chirps", isHere: false });
    server.end.say(chirpsOf(["c9", "c7"], "c0"));
    expect(marks()).toEqual([]);
    expect(listening.checks.running.get()).toMatchObject({ isMine: true, isHere: true });
  });
});

describe("what somebody measured", () => {
  test("moves the offset, is shown with who and what, and can be undone", async () => {
    const listening = await enter(true);
    listening.setOffset(30_000);
    server.end.say({ tag: "adjusted", room: ROOM, by: "c9", name: "Ben", change: -120_000 });
    expect(listening.sync.get().offset).toBe(-90_000);
    expect(listening.checks.adjustment.get()).toEqual({ name: "Ben", isMine: false, before: 30_000, after: -90_000 });
    listening.checks.undoAdjustment();
    expect(listening.sync.get().offset).toBe(30_000);
    expect(deviceShelf.getItem("hathor.offset")).toBe("30000");
    expect(listening.checks.adjustment.get()).toBeNull();
  });

  test("stays within what an offset can be, and is kept when told", async () => {
    const listening = await enter(true);
    server.end.say({ tag: "adjusted", room: ROOM, by: "c0", name: "Ada", change: -6_000_000 });
    expect(listening.checks.adjustment.get()).toMatchObject({ isMine: true, after: -1_000_000 });
    listening.checks.keepAdjustment();
    expect(listening.checks.adjustment.get()).toBeNull();
    expect(listening.sync.get().offset).toBe(-1_000_000);
  });
});

describe("measuring", () => {
  let hear: ((block: Block) => void) | null;
  let isOpen: boolean;

  beforeEach(() => {
    hear = null;
    isOpen = false;
  });

  const openMicrophone: OpenMicrophone = (listener) => {
    hear = listener;
    isOpen = true;
    return Promise.resolve<Microphone>({ rate: 48_000, close: () => (isOpen = false) });
  };

  async function measure(): Promise<Listening> {
    const listening = await enter(true, { openMicrophone });
    people({ connection: "c1", principal: "ben", name: "Ben" }, { connection: "c2", principal: "ben", name: "Ben" });
    listening.checks.measure(["c0", "c1", "c2"]);
    expect(listening.checks.measuring.get()).toEqual({ state: "asking" });
    await settle();
    expect(server.heard("command").at(-1)?.order).toEqual({ tag: "start-chirps", devices: ["c0", "c1", "c2"] });
    return listening;
  }

  test("hears every device, shows what it found, and applies only what it is told to", async () => {
    const listening = await measure();
    const check = chirpsOf(["c0", "c1", "c2"], "c0");
    const { recording, plan } = recorded({ loudspeakers: [{ late: 0 }, { late: -120_000 }, null], noise: 0.001 });
    server.end.say(check);
    expect(listening.checks.measuring.get()).toEqual({ state: "listening", seconds: 12 });
    // Half a second of music's end, then what the synthetic room gives, in blocks as they come.
    const began = check.startsAt - AHEAD - (plan.startsAt - recording.startsAt);
    timers.pass((began - timers.now()) / 1_000);
    for (let frame = 0; frame + 4_800 <= recording.samples.length; frame += 4_800) {
      timers.pass(100);
      hear?.({ frame: frame + 77, samples: recording.samples.subarray(frame, frame + 4_800) });
    }
    timers.pass(Math.max(0, (check.endsAt - server.now) / 1_000) + 200);
    expect(isOpen).toBe(false);
    expect(listening.checks.measuring.get()).toEqual({ state: "working" });
    server.end.say(NONE);
    await until(() => {
      timers.pass(1);
      return listening.checks.measuring.get().state !== "working";
    });
    const measured = listening.checks.measuring.get();
    if (measured.state !== "measured") throw new Error(measured.state);
    const [mine, early, unheard] = measured.devices;
    expect(mine).toMatchObject({ connection: "c0", name: "Ada", isMe: true });
    expect(early).toMatchObject({ connection: "c1", name: "Ben", isMe: false });
    expect((early?.late ?? 0) - (mine?.late ?? 0)).toBeCloseTo(-120_000, -2);
    expect(unheard).toMatchObject({ name: "Ben (device 2)", late: null });
    expect(measured.isOverdriven).toBe(false);
    expect(server.heard("command").filter(({ order }) => order.tag === "adjust")).toEqual([]);

    listening.checks.apply([{ connection: "c1", change: -120_000 }]);
    expect(server.heard("command").at(-1)?.order).toEqual({ tag: "adjust", device: "c1", change: -120_000 });
    expect(listening.checks.measuring.get()).toEqual({ state: "applied", count: 1 });
  }, 30_000);

  test("says why there is no microphone, and asks the room for nothing", async () => {
    const listening = await enter(true, { openMicrophone: () => Promise.reject(new NoMicrophone("insecure-page", "Not here.")) });
    listening.checks.measure(["c0", "c1"]);
    await settle();
    expect(listening.checks.measuring.get()).toEqual({ state: "failed", code: "insecure-page", reason: "Not here." });
    expect(server.heard("command")).toEqual([]);
  });

  test("says what the server refused, and lets the microphone go", async () => {
    server.refuseCommands = { code: "too-many", reason: "wait a little" };
    const listening = await measure();
    expect(listening.checks.measuring.get()).toEqual({ state: "failed", code: "too-many", reason: "Wait a little." });
    expect(listening.notices.get()).toEqual([]);
    expect(isOpen).toBe(false);
  });

  test.each([
    ["somebody stops it", "stopped", () => server.end.say(NONE)],
    ["the connection is lost", "lost", () => server.cut()],
  ])("ends when %s", async (_, code, happen) => {
    const listening = await measure();
    server.end.say(chirpsOf(["c0", "c1"], "c0"));
    timers.pass(2_000);
    happen();
    expect(listening.checks.measuring.get()).toMatchObject({ state: "failed", code });
    expect(isOpen).toBe(false);
  });

  test("does not wait for ever for a server that says nothing", async () => {
    const listening = await measure();
    timers.pass(8_000);
    expect(listening.checks.measuring.get()).toMatchObject({ state: "failed", code: "lost" });
  });

  test("ends for all when the person turns away", async () => {
    const listening = await measure();
    server.end.say(chirpsOf(["c0", "c1"], "c0"));
    listening.checks.forget();
    expect(server.heard("command").at(-1)?.order).toEqual({ tag: "stop-check" });
    expect(listening.checks.measuring.get()).toEqual({ state: "idle" });
    expect(isOpen).toBe(false);
  });

  test("a microphone that opens when nobody waits any more is closed again", async () => {
    let opened: (microphone: Microphone) => void = () => undefined;
    const listening = await enter(true, { openMicrophone: () => new Promise((resolve) => (opened = resolve)) });
    listening.checks.measure(["c0", "c1"]);
    listening.checks.forget();
    let isClosed = false;
    opened({ rate: 48_000, close: () => (isClosed = true) });
    await settle();
    expect(isClosed).toBe(true);
    expect(server.heard("command")).toEqual([]);
  });

  test("a microphone that gives nothing is said to give nothing", async () => {
    const listening = await measure();
    server.end.say(chirpsOf(["c0", "c1"], "c0"));
    timers.pass(9_000);
    expect(listening.checks.measuring.get()).toMatchObject({ state: "failed", code: "silent-microphone" });
  });
});
