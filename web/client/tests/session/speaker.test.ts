import { expect, test } from "vitest";
import { Cell } from "../../src/session/observed";
import { DeviceMemory } from "../../src/session/memory";
import { Notices } from "../../src/session/notices";
import { Speaker, type SpeakerSettings } from "../../src/session/speaker";
import { SILENCE, type Sound, type SoundView } from "../../src/audio/sound";
import { FakeTimers } from "../fakes/timers";

const shelf = (): Storage => {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  } as unknown as Storage;
};

test("figures wait for the next second, news are shown at once", async () => {
  const view = new Cell<SoundView>({ ...SILENCE, state: "in-step", playbackError: 100 });
  const sound = { view, start: () => Promise.resolve(), close: () => undefined, setOffset: () => undefined } as unknown as Sound;
  const settings = {
    room: "r",
    around: { timers: new FakeTimers(), newSound: () => sound, lineHints: () => ({}) },
    time: { error: 200, roundTrip: 1_000 },
    memory: new DeviceMemory(shelf()),
    notices: new Notices(),
    send: () => true,
    isPlaying: () => true,
  } as unknown as SpeakerSettings;
  const speaker = new Speaker(settings);
  await speaker.start();
  let painted = 0;
  speaker.sync.subscribe(() => (painted += 1));
  for (const playbackError of [200, 300, 400]) view.set({ ...view.get(), playbackError });
  expect([painted, speaker.sync.get().playbackError]).toEqual([0, 100]);
  speaker.refresh();
  expect([painted, speaker.sync.get().playbackError]).toEqual([1, 400]);
  view.set({ ...view.get(), state: "catching-up", playbackError: 9_000 });
  expect([painted, speaker.sync.get().state, speaker.sync.get().playbackError]).toEqual([2, "catching-up", 9_000]);
  view.set({ ...view.get(), isCoarse: true });
  expect([painted, speaker.sync.get().isCoarse]).toEqual([3, true]);
  speaker.stop();
});
