import { expect, it } from "vitest";
import { systemOf } from "../../../src/ui/system/ports";

type Page = Window & typeof globalThis;

it("a browser that offers neither gets neither", () => {
  const page = { navigator: {}, document: new EventTarget() } as unknown as Page;
  const system = systemOf(page);
  expect([system.media, system.wake]).toEqual([null, null]);
});

it("hands everything on to the browser, and leaves out keys it does not know", async () => {
  const handlers = new Map<string, unknown>();
  const session = {
    metadata: null as unknown,
    playbackState: "none",
    positions: [] as unknown[],
    setPositionState(state?: unknown) {
      this.positions.push(state);
    },
    setActionHandler(action: string, act: unknown) {
      if (action === "seekto") throw new TypeError("unknown action");
      handlers.set(action, act);
    },
  };
  class MediaMetadata {
    constructor(readonly init: unknown) {}
  }
  const asked: string[] = [];
  const wakeLock = { request: (kind: string) => Promise.resolve(void asked.push(kind)) };
  const { media, wake } = systemOf({ navigator: { mediaSession: session, wakeLock }, MediaMetadata, document: new EventTarget() } as unknown as Page);
  const words = { title: "A", artist: "B", album: "C", artwork: [{ src: "x" }] };
  media?.show(words);
  expect(session.metadata).toEqual(new MediaMetadata(words));
  media?.show(null);
  expect(session.metadata).toBeNull();
  media?.state("playing");
  media?.position({ duration: 2, position: 1, playbackRate: 1 });
  media?.position(null);
  expect([session.playbackState, session.positions]).toEqual(["playing", [{ duration: 2, position: 1, playbackRate: 1 }, undefined]]);
  const heard: unknown[] = [];
  media?.on("seekforward", (details) => heard.push(details));
  media?.on("seekto", () => undefined);
  (handlers.get("seekforward") as (details: object) => void)({ action: "seekforward", seekOffset: 10 });
  media?.on("seekforward", null);
  expect(heard).toEqual([{ seekTime: null, seekOffset: 10 }]);
  expect([...handlers]).toEqual([["seekforward", null]]);
  await wake?.request();
  expect(asked).toEqual(["screen"]);
});
