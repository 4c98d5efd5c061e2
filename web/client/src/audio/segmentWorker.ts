/** The worker that fetches and decodes segments: its timers and its decoding do not depend on the page being in front. */

import type { Arrival } from "./arrivals";
import { askFor } from "./bentSound";
import type { ChunkName } from "./chunkStore";
import type { Want } from "./fetchPlan";
import { Ladder } from "./ladder";
import { framesOf, gainOf } from "./manifest";
import type { Manifest } from "./manifest";
import { OpusDecoder } from "./opusDecoder";
import { askedFor, type Rung, type RungWish } from "./rungs";
import { type FetcherSurroundings, SegmentFetcher } from "./segmentFetcher";
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

  /** Browsers without WebCodecs get FLAC, which the page decodes. */
  get playsOpus(): boolean {
    return this.#decoder !== null;
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
    if (this.#decoder === null || manifest.codec === "flac") {
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

/** Fetches on the rung that the line carries. */
class Supply {
  readonly #fetcher: SegmentFetcher;
  readonly #ladder: Ladder | null;
  #told: Rung | null = null;

  constructor({ room, origin, chunks, wish, start }: Extract<ToFetcher, { kind: "setup" }>) {
    const delivery = new Delivery(chunks);
    this.#ladder = delivery.playsOpus ? new Ladder(wish, start, performance.now()) : null;
    this.#fetcher = newFetcher(room, origin, delivery, this.rung, (arrival) => this.#arrived(arrival));
  }

  get rung(): Rung {
    return this.#ladder?.rung ?? "flac";
  }

  want(wants: readonly Want[]): void {
    this.#fetcher.want(wants);
    this.#look();
  }

  dropped(names: readonly ChunkName[]): void {
    this.#fetcher.dropped(names);
  }

  wish(wish: RungWish): void {
    this.#ladder?.wish(wish, performance.now(), this.#fetcher.kilobitsPerSecond);
    this.#climb(true);
  }

  #arrived(arrival: Arrival): void {
    scope.postMessage({ kind: "arrived", arrival, kilobitsPerSecond: this.#fetcher.kilobitsPerSecond });
    this.#look();
  }

  #look(): void {
    this.#ladder?.look(performance.now(), this.#fetcher.kilobitsPerSecond);
    this.#climb(false);
  }

  #climb(renews: boolean): void {
    const { rung } = this;
    if (rung === this.#told) return;
    this.#told = rung;
    this.#fetcher.climb(rung, renews);
    scope.postMessage({ kind: "rung", rung, isFixed: this.#ladder === null });
  }
}

let supply: Supply | null = null;

function newFetcher(room: string, origin: string, delivery: Delivery, rung: Rung, arrived: (arrival: Arrival) => void): SegmentFetcher {
  const around: FetcherSurroundings = {
    fetch: (url, signal) => fetch(url, { signal, credentials: "same-origin" }),
    deliver: (manifest, index, bytes, isUrgent) => delivery.deliver(manifest, index, bytes, isUrgent),
    arrived,
    now: () => performance.now(),
    trouble: (track, code, reason) => scope.postMessage({ kind: "trouble", track, code, reason }),
    after: (milliseconds, action) => setTimeout(action, milliseconds),
    manifestUrl: (sound, frame, wanted) => {
      const { track, asked: place } = askFor(sound, frame);
      const asked = new URLSearchParams({ room, ...askedFor(wanted), ...place });
      return `${origin}/api/manifests/${encodeURIComponent(track)}?${asked.toString()}`;
    },
    segmentUrl: (path) => new URL(path, origin).href,
  };
  return new SegmentFetcher(around, rung);
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "setup":
      supply = new Supply(data);
      break;
    case "want":
      supply?.want(data.wants);
      break;
    case "wish":
      supply?.wish(data.wish);
      break;
    case "dropped":
      supply?.dropped(data.names);
      break;
  }
};
