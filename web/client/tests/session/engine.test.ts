import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SILENCE } from "../../src/audio/sound";
import { createListening } from "../../src/session/engine";
import { expectNext, pause, play, setVibe } from "../../src/timeline/transport";
import { PLAIN } from "../../src/timeline/vibe";
import { positionMicros, serverMicros } from "../../src/units";
import { around, beginPages, cue, endPages, enter, opened, refuseSound, server, settle, sounds, start, timers, until } from "../fakes/roomPages";
import { ROOM } from "../fakes/roomServer";

beforeEach(beginPages);
afterEach(endPages);

describe("entering", () => {
  test("hello, probes and the entrance leave in this order, documents behind the entrance", async () => {
    const listening = await enter();
    const tags = server.end.heard.map((frame) => frame.tag);
    expect(tags.slice(0, 5)).toEqual(["hello", "probe", "enter", "open", "open"]);
    expect(server.heard("enter")[0]).toMatchObject({ room: ROOM, invite: "inv", sound: false });
    expect(listening.link.get().state).toBe("online");
    expect(listening.room.get()).toMatchObject({ name: "Tea", role: "host", hasSound: false });
    expect(listening.me.get().name).toBe("Ada");
    expect(listening.people.get()).toMatchObject([{ name: "Ada", isMe: true }]);
  });

  test("with sound the player is started within the call itself", () => {
    const listening = createListening({ room: ROOM, invite: "" }, around());
    opened.push(listening);
    listening.join(true).catch(() => undefined);
    expect(sounds[0]?.isStarted).toBe(true);
  });

  test("a browser that refuses sound leaves us inside, silent, and says so", async () => {
    refuseSound(new Error("no output device"));
    const listening = await enter(true);
    expect(listening.link.get().state).toBe("online");
    expect(listening.notices.get()[0]?.text).toContain("no output device");
    expect(server.heard("enter").at(-1)?.sound).toBe(false);
    expect(listening.room.get()?.hasSound).toBe(false);
  });

  test("a refused entrance rejects with code and reason, and is final", async () => {
    server.refuseEntry = { code: "kicked", reason: "the host asked you to leave" };
    const listening = createListening({ room: ROOM, invite: "" }, around());
    opened.push(listening);
    const joined = listening.join(true).catch((refusal: unknown) => refusal);
    await until(() => server.ends.length > 0);
    timers.pass(600);
    expect(await joined).toEqual(server.refuseEntry);
    expect(listening.link.get()).toMatchObject({ state: "refused", code: "kicked" });
    expect(sounds[0]?.isClosed).toBe(true);
    timers.pass(60_000);
    expect(server.ends).toHaveLength(1);
  });

  test("an entrance that is refused for the moment is tried again when the server advises it", async () => {
    server.refuseEntry = { code: "storage-full", reason: "the disk is full" };
    const listening = createListening({ room: ROOM, invite: "" }, around());
    opened.push(listening);
    const joined = listening.join(true);
    await until(() => server.ends.length > 0);
    timers.pass(600);
    await joined;
    expect(listening.link.get()).toMatchObject({ state: "offline", code: "storage-full", reason: "the disk is full" });
    expect(sounds[0]?.isClosed).toBe(false);
    timers.pass(29_000);
    expect(server.ends).toHaveLength(1);
    server.refuseEntry = null;
    timers.pass(17_000);
    await settle();
    expect(server.ends).toHaveLength(2);
    expect(listening.link.get().state).toBe("online");
    expect(listening.room.get()).toMatchObject({ name: "Tea", hasSound: true });
  });

  test("being put out later ends it as well", async () => {
    const listening = await enter();
    server.end.say({ tag: "left", room: ROOM, code: "kicked", reason: "out" });
    expect(listening.link.get()).toMatchObject({ state: "refused", code: "kicked", reason: "out" });
  });

  test("an unreachable server is asked again until it answers", async () => {
    let attempts = 0;
    const session = (): Promise<{ principal: string; device: string; name: string }> => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(new Error("down")) : Promise.resolve({ principal: "me", device: "d", name: "A" });
    };
    const listening = await enter(false, { api: { session, rename: () => Promise.reject(new Error("no")) } });
    expect(listening.link.get().state).toBe("offline");
    timers.pass(2_000);
    await settle();
    timers.pass(2_000);
    await settle();
    timers.pass(600);
    expect(attempts).toBe(3);
    expect(listening.link.get().state).toBe("online");
  });
});

describe("what plays", () => {
  test("the position follows the room's clock, exactly", async () => {
    const listening = await enter();
    server.write(start(server.now - 1_000_000));
    expect(Math.abs(listening.position() - 1_000_000)).toBeLessThan(1_000);
    timers.pass(2_000);
    expect(Math.abs(listening.position() - 3_000_000)).toBeLessThan(1_000);
    expect(listening.transport.get()).toMatchObject({ status: "playing", entry: "a", track: "t1", length: 100_000_000 });
  });

  test("a start in the future shows playing at once and moves at its instant", async () => {
    const listening = await enter();
    server.write(start(server.now + 300_000));
    expect(listening.transport.get().status).toBe("playing");
    expect(listening.position()).toBe(0);
    timers.pass(500);
    expect(Math.abs(listening.position() - 200_000)).toBeLessThan(1_000);
  });

  test("the next entry comes at the boundary without a message", async () => {
    const listening = await enter();
    server.write(expectNext(start(server.now - 99_000_000), cue("b", "W", "t2")));
    expect(listening.transport.get()).toMatchObject({ entry: "a", next: "b" });
    timers.pass(1_500);
    expect(listening.transport.get()).toMatchObject({ entry: "b", track: "t2" });
    expect(Math.abs(listening.position() - 500_000)).toBeLessThan(1_000);
  });

  test("the player follows every record once", async () => {
    const listening = await enter(true);
    const playing = start(server.now);
    server.write(playing);
    server.write(pause(playing, serverMicros(server.now + 200_000)));
    expect(sounds[0]?.followed.map((each) => each.status)).toEqual(["playing", "paused"]);
    expect(listening.transport.get().status).toBe("paused");
  });
});

describe("commands", () => {
  test("pause is shown at once and asked of the room", async () => {
    const listening = await enter();
    server.write(start(server.now - 1_000_000));
    listening.pause();
    expect(listening.transport.get().status).toBe("paused");
    const held = listening.position();
    timers.pass(100);
    expect(listening.position()).toBe(held);
    expect(server.heard("command")[0]?.order).toEqual({ tag: "pause" });
  });

  test("a refused one is taken back, with the reason", async () => {
    server.refuseCommands = { code: "not-allowed", reason: "only the host controls what plays" };
    const listening = await enter();
    server.write(start(server.now - 1_000_000));
    listening.seek(50_000_000.4);
    expect(server.heard("command")[0]?.order).toEqual({ tag: "seek", position: 50_000_000 });
    expect(listening.position()).toBeLessThan(2_000_000);
    expect(listening.notices.get()).toMatchObject([{ kind: "refused", text: "Only the host controls what plays." }]);
    listening.dismiss(listening.notices.get()[0]!.id);
    expect(listening.notices.get()).toEqual([]);
  });

  test("a seek stays where it was put until its instant, then the record leads", async () => {
    const listening = await enter();
    const before = start(server.now - 1_000_000);
    server.write(before);
    listening.seek(50_000_000);
    expect(listening.position()).toBe(50_000_000);
    server.write(play(before, cue("a", "V"), positionMicros(50_000_000), serverMicros(server.now + 200_000)));
    timers.pass(100);
    expect(listening.position()).toBe(50_000_000);
    timers.pass(1_100);
    expect(Math.abs(listening.position() - 51_000_000)).toBeLessThan(1_000);
  });

  test("offline it says so and shows nothing that will not come", async () => {
    const listening = await enter();
    server.isReachable = false;
    server.cut();
    listening.play();
    expect(listening.notices.get()[0]?.kind).toBe("error");
    expect(listening.transport.get().status).toBe("empty");
  });
});

describe("this device", () => {
  test("reports go out every two seconds, and at once when the first segment is here", async () => {
    await enter(true);
    const before = server.heard("report").length;
    sounds[0]!.view.set({ ...SILENCE, entry: "a", state: "buffering" });
    sounds[0]!.view.set({ ...SILENCE, entry: "a", state: "in-step", hasFirstSegment: true, playbackError: -120, outputLatency: 40_000 });
    const reports = server.heard("report").slice(before);
    expect(reports.map((report) => [report.state, report.firstSegment])).toEqual([["buffering", false], ["in-step", true]]);
    expect(reports[1]).toMatchObject({ playbackError: -120, leadNeeded: 40_000, entry: "a" });
    timers.pass(4_100);
    expect(server.heard("report").length - before).toBe(4);
  });

  test("the speed of the room is told with what plays", async () => {
    const listening = await enter(true);
    expect(listening.transport.get().ratePermille).toBe(1000);
    server.write(setVibe(start(server.now), { ...PLAIN, tempoPermille: 800 }, serverMicros(server.now)));
    timers.pass(600);
    expect(listening.transport.get()).toMatchObject({ entry: "a", ratePermille: 800 });
  });

  test("another speed shows at once and the position goes on until the room grants it", async () => {
    const listening = await enter(true);
    server.write(start(server.now));
    timers.pass(1_000);
    const before = listening.position();
    listening.vibe({ tempo: 1_250 });
    await settle();
    expect(server.heard("command").at(-1)?.order).toEqual({
      tag: "vibe", tempoPermille: 1_250, pitchCents: null, keepsFormants: null, onBeat: false,
    });
    expect(listening.transport.get().ratePermille).toBe(1_250);
    timers.pass(500);
    expect(listening.position() - before).toBeGreaterThan(400_000);
    server.refuseCommands = { code: "not-allowed", reason: "only the host controls what plays" };
    listening.vibe({ tempo: 900 });
    await settle();
    expect(listening.transport.get().ratePermille).not.toBe(900);
  });

  test("what comes first is passed on, shown, and kept for the next visit", async () => {
    const listening = await enter(true);
    expect([sounds[0]!.settings.mode, listening.sync.get().mode]).toEqual(["sync", "sync"]);
    listening.setMode("quality");
    expect([sounds[0]!.modes, listening.sync.get().mode]).toEqual([["quality"], "quality"]);
    await enter(true);
    expect(sounds[1]!.settings.mode).toBe("quality");
  });

  test("how good the sound may be is passed on, shown, and kept, and so is what the line carried", async () => {
    const listening = await enter(true);
    expect(sounds[0]!.settings).toMatchObject({ wish: { choice: "auto", isSaving: false }, start: "opus-160" });
    sounds[0]!.view.set({ ...SILENCE, supply: { ...SILENCE.supply, fetched: "opus-96" } });
    expect(listening.sync.get().supply.fetched).toBe("opus-96");
    listening.setWish({ choice: "flac", isSaving: false });
    expect([sounds[0]!.wishes, listening.sync.get().wish.choice]).toEqual([[{ choice: "flac", isSaving: false }], "flac"]);
    // A rung that somebody chose says nothing of the line.
    sounds[0]!.view.set({ ...SILENCE, supply: { ...SILENCE.supply, fetched: "flac" } });
    await enter(true);
    expect(sounds[1]!.settings).toMatchObject({ wish: { choice: "flac", isSaving: false }, start: "opus-96" });
  });

  test("a browser that saves data is taken at its word until somebody says otherwise", async () => {
    const listening = await enter(true, { lineHints: () => ({ saveData: true, effectiveType: "3g" }) });
    expect(sounds[0]!.settings).toMatchObject({ wish: { choice: "auto", isSaving: true }, start: "opus-96" });
    listening.setWish({ choice: "auto", isSaving: false });
    expect(listening.sync.get().wish.isSaving).toBe(false);
  });

  test("every output gets its own offset when the sound goes there", async () => {
    const listening = await enter(true);
    listening.setOffset(10_000);
    sounds[0]!.view.set({ ...SILENCE, output: "Headset" });
    listening.setOffset(180_000);
    sounds[0]!.view.set({ ...SILENCE, output: "Kitchen" });
    expect(listening.sync.get()).toMatchObject({ output: "Kitchen", offset: 10_000 });
    sounds[0]!.view.set({ ...SILENCE, output: "Headset" });
    expect(sounds[0]!.offsets.slice(-2)).toEqual([10_000, 180_000]);
    expect(listening.sync.get().offset).toBe(180_000);
  });

  test("sound that lasts is asked for within the click, kept, and taken back when the browser refuses", async () => {
    const listening = await enter(true);
    listening.setLasting(true);
    await settle();
    expect(listening.sync.get().isLasting).toBe(true);
    await enter(true);
    expect(sounds[1]!.lasting).toEqual([true]);
    sounds[0]!.mayLast = false;
    listening.setLasting(true);
    await settle();
    expect(listening.sync.get().isLasting).toBe(false);
    expect(listening.notices.get().at(-1)?.text).toContain("when locked");
  });

  test("clicks are passed on, and taps are measured in room time", async () => {
    const listening = await enter(true);
    listening.setClicks(true);
    expect(sounds[0]!.marks[0]?.(serverMicros(900_000), serverMicros(2_000_001))).toEqual([1, 2].map((at) => ({ at: at * 1e6, sound: "click" })));
    const page = timers.now() / 1000;
    const first = listening.beatDistance(page)!;
    expect(listening.beatDistance(page + 1_000)).toBeCloseTo(first, -1);
    expect(first).toBeGreaterThanOrEqual(-300_000);
    expect(first).toBeLessThan(700_000);
  });

  test("what is fetched ahead is known for the track that plays, and for no other", async () => {
    const listening = await enter(true);
    server.write(start(server.now));
    expect(listening.buffered()).toBe(0);
    sounds[0]!.view.set({ ...SILENCE, entry: "a", state: "in-step", bufferedTo: 9_000_000 });
    expect(listening.buffered()).toBe(9_000_000);
    sounds[0]!.view.set({ ...SILENCE, entry: "b", state: "in-step", bufferedTo: 9_000_000 });
    expect(listening.buffered()).toBe(0);
    await listening.join(false);
    expect(listening.buffered()).toBe(0);
  });

  test("a server that is away is nobody's trouble while the music goes on", async () => {
    const listening = await enter(true);
    sounds[0]!.view.set({ ...SILENCE, entry: "a", state: "in-step" });
    sounds[0]!.settings.trouble("t1", "network", "");
    expect(listening.notices.get()).toEqual([]);
    sounds[0]!.view.set({ ...SILENCE, entry: "a", state: "buffering" });
    sounds[0]!.settings.trouble("t1", "network", "");
    expect(listening.notices.get().map((notice) => notice.text)).toEqual(["The sound does not come through; trying again."]);
  });

  test("the step is told in plain words", async () => {
    const listening = await enter(true);
    expect(listening.sync.get().words).toBe("Ready; nothing plays");
    sounds[0]!.view.set({ ...SILENCE, state: "in-step", playbackError: 1_000 });
    expect(listening.sync.get().words).toMatch(/^In step, within 1\.\d ms$/);
    await listening.join(false);
    expect(listening.sync.get().words).toBe("Sound is off on this device");
    expect(server.heard("enter").at(-1)?.sound).toBe(false);
  });

  test("a newcomer starts at half volume, and the choice is remembered", async () => {
    const listening = await enter(true);
    expect(sounds[0]!.settings.volume).toBe(0.5);
    listening.setVolume(0.8);
    listening.setOffset(-3_000_000);
    listening.close();
    const again = await enter(true);
    expect(again.volume.get()).toBe(0.8);
    expect(sounds.at(-1)!.settings.offset).toBe(-1_000_000);
  });

  test("the connection comes back by itself, under the ticket of the one before", async () => {
    const listening = await enter(true);
    server.cut();
    expect(listening.link.get().state).toBe("offline");
    expect(listening.people.get()).toEqual([]);
    timers.pass(1_000);
    expect(listening.link.get().state).toBe("online");
    expect(server.ends).toHaveLength(2);
    expect(server.heard("hello")[0]?.ticket).toBe("ticket0");
    expect(server.heard("enter")[0]?.sound).toBe(true);
    expect(sounds).toHaveLength(1);
  });

  test("a new name is asked for and shown", async () => {
    const listening = await enter();
    await listening.rename("Grace");
    expect(listening.me.get().name).toBe("Grace");
  });
});
