/** The worker that fetches and decodes segments: its timers and its decoding do not depend on the page being in front. */

import { askFor } from "./bentSound";
import { framesOf, gainOf } from "./manifest";
import type { Manifest } from "./manifest";
import { OpusDecoder } from "./opusDecoder";
import { SegmentFetcher } from "./segmentFetcher";
import type { FromFetcher, ToFetcher, ToWorklet } from "./segmentMessages";

// The DOM types describe `self` as a window; this is the part of a worker's that is used here.
const scope = self as unknown as {
  onmessage: ((event: MessageEvent<ToFetcher>) => void) | null;
  postMessage(message: FromFetcher, transfer?: Transferable[]): void;
};

// A slice of 200 ms takes a millisecond or two to decode, so a segment of 4 s is ready after a third of a second.
const REST_MS = 12;

class Delivery {
  readonly #chunks: MessagePort;
  readonly #decoder = OpusDecoder.isSupported ? new OpusDecoder() : null;
  #turn: Promise<unknown> = Promise.resolve();
  #urgent = 0;

  constructor(chunks: MessagePort) {
    this.#chunks = chunks;
  }

  get codec(): "opus" | "flac" {
    return this.#decoder === null ? "flac" : "opus";
  }

  /**
   * One decoder, one segment at a time; a failed one does not hold up those behind it. While one is urgent, those before it
   * hurry as well.
   */
  async deliver(manifest: Manifest, index: number, bytes: Uint8Array, isUrgent: boolean): Promise<void> {
    if (isUrgent) this.#urgent += 1;
    const done = this.#turn.then(() => this.#deliver(manifest, index, bytes));
    this.#turn = done.catch(() => undefined);
    try {
      await done;
    } finally {
      if (isUrgent) this.#urgent -= 1;
    }
  }

  async #deliver(manifest: Manifest, index: number, bytes: Uint8Array): Promise<void> {
    const { track } = manifest;
    const start = index * manifest.segment_frames;
    const frames = framesOf(manifest, index);
    const gain = gainOf(manifest);
    if (this.#decoder === null) {
      const buffer = bytes.buffer as ArrayBuffer;
      scope.postMessage({ kind: "encoded", name: { track, index }, start, frames, gain, bytes: buffer }, [buffer]);
      return;
    }
    const description = Uint8Array.from(atob(manifest.description), (letter) => letter.charCodeAt(0));
    const wanted = { skip: manifest.pre_roll_frames, frames, gain };
    const channels = await this.#decoder.decode(bytes, description, wanted, () => this.#rest());
    const message: ToWorklet = { kind: "chunk", chunk: { track, index, start, frames, channels } };
    this.#chunks.postMessage(message, [channels[0].buffer, channels[1].buffer]);
  }

  #rest(): Promise<void> {
    return this.#urgent > 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, REST_MS));
  }
}

let fetcher: SegmentFetcher | null = null;

function setUp(room: string, origin: string, chunks: MessagePort): SegmentFetcher {
  const delivery = new Delivery(chunks);
  return new SegmentFetcher({
    fetch: (url, signal) => fetch(url, { signal, credentials: "same-origin" }),
    deliver: (manifest, index, bytes, isUrgent) => delivery.deliver(manifest, index, bytes, isUrgent),
    described: (manifest) =>
      scope.postMessage({ kind: "described", track: manifest.track, frames: manifest.frames, codec: manifest.codec }),
    trouble: (track, code, reason) => scope.postMessage({ kind: "trouble", track, code, reason }),
    after: (milliseconds, action) => setTimeout(action, milliseconds),
    manifestUrl: (sound, frame) => {
      const { track, asked: wanted } = askFor(sound, frame);
      const asked = new URLSearchParams({ room, codec: delivery.codec, ...wanted });
      return `${origin}/api/manifests/${encodeURIComponent(track)}?${asked.toString()}`;
    },
    segmentUrl: (path) => new URL(path, origin).href,
  });
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "setup":
      fetcher = setUp(data.room, data.origin, data.chunks);
      break;
    case "want":
      fetcher?.want(data.wants);
      break;
    case "dropped":
      fetcher?.dropped(data.names);
      break;
  }
};
