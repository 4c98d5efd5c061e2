import type { ChunkName } from "./chunkStore";
import type { Errand, Want } from "./fetchPlan";
import { errandKey, errands } from "./fetchPlan";
import type { Arrival } from "./arrivals";
import { framesOf } from "./manifest";
import type { Manifest } from "./manifest";
import { isAbove, type Rung } from "./rungs";
import { Throughput } from "./throughput";

/** What the fetcher needs of its surroundings; a test gives it others. */
export interface FetcherSurroundings {
  fetch(url: string, signal: AbortSignal): Promise<Response>;
  /** Decodes and hands on one segment; rejects when the bytes are damaged. `isUrgent`: somebody waits to hear it. */
  deliver(manifest: Manifest, index: number, bytes: Uint8Array, isUrgent: boolean): Promise<void>;
  /** A segment is here and handed on. */
  arrived(arrival: Arrival): void;
  /** Milliseconds of a steady clock. */
  now(): number;
  trouble(track: string, code: string, reason: string): void;
  after(milliseconds: number, action: () => void): void;
  manifestUrl(track: string, frame: number, rung: Rung): string;
  segmentUrl(path: string): string;
}

// Browsers keep six connections per host over HTTP/1.1; the page needs some of them.
const MOST_AT_ONCE = 3;
// A manifest of a long track is some kilobytes; an evening's queue need not stay in memory.
const MOST_MANIFESTS = 50;

// What is needed this soon (4 s) is decoded as fast as the machine can; all else takes its time.
const URGENT_FRAMES = 192_000;

// What is held this far ahead (5 s) is fetched again when somebody asks for better: nearer, it might come too late.
const RENEWED_FRAMES = 240_000;

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/** A manifest, and the rung it was asked for. */
interface Described {
  readonly manifest: Manifest;
  readonly rung: Rung;
}

/** An errand under way. */
interface Running {
  readonly kind: Errand["kind"];
  readonly control: AbortController;
  rung: Rung;
  /** What came of a segment, and how much it is; 0 while unknown. */
  bytes: number;
  length: number;
}

class Refused extends Error {
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

async function refusalIn(response: Response): Promise<Refused> {
  try {
    const body = (await response.json()) as { code?: string; reason?: string };
    return new Refused(body.code ?? String(response.status), body.reason ?? response.statusText);
  } catch {
    return new Refused(String(response.status), response.statusText);
  }
}

/**
 * Fetches what is wanted, soonest needed first, a few at once; retries with growing pauses; never twice at a time.
 *
 * `#held` is what the audio thread has; it is told of every chunk it lets go, so the two agree. All rungs are cut at the
 * same frames: with another rung what is held stays, and the next segment is of the new one.
 */
export class SegmentFetcher {
  readonly #around: FetcherSurroundings;
  readonly #throughput: Throughput;
  readonly #described = new Map<string, Described>();
  readonly #held = new Set<string>();
  readonly #stale = new Set<string>();
  readonly #running = new Map<string, Running>();
  readonly #resting = new Set<string>();
  readonly #failures = new Map<string, number>();
  #wants: readonly Want[] = [];
  #rung: Rung;

  constructor(around: FetcherSurroundings, rung: Rung) {
    this.#around = around;
    this.#rung = rung;
    this.#throughput = new Throughput(() => around.now());
  }

  /** Kilobits a second that the line carries; null while unknown. */
  get kilobitsPerSecond(): number | null {
    return this.#throughput.kilobitsPerSecond;
  }

  /**
   * What is fetched from now on. `renews`: what is held ahead and lower than this is fetched again, because somebody wants to
   * hear the difference; otherwise it is played first.
   */
  climb(rung: Rung, renews: boolean): void {
    if (rung === this.#rung) return;
    const isClimb = isAbove(rung, this.#rung);
    this.#rung = rung;
    this.#stale.clear();
    if (renews && isClimb) for (const name of this.#held) this.#stale.add(name);
    this.#pump();
  }

  /** Replaces what is wanted. Running fetches that nobody wants any more are cut off. */
  want(wants: readonly Want[]): void {
    this.#wants = wants;
    const wanted = new Set(this.#errands().map(errandKey));
    for (const [key, { control }] of this.#running) if (!wanted.has(key)) control.abort();
    this.#pump();
  }

  /** The audio thread no longer holds these. */
  dropped(names: readonly ChunkName[]): void {
    for (const { track, index } of names) {
      this.#held.delete(`${track}/${index}`);
      this.#stale.delete(`${track}/${index}`);
    }
    this.#pump();
  }

  #errands(): Errand[] {
    const manifests = new Map([...this.#described].map(([track, { manifest }]) => [track, manifest]));
    const isOutdated = (track: string): boolean => this.#described.get(track)?.rung !== this.#rung;
    const has = (track: string, index: number, due: number): boolean => {
      const name = `${track}/${index}`;
      return this.#held.has(name) && (due < RENEWED_FRAMES || !this.#stale.has(name) || isOutdated(track));
    };
    return errands(this.#wants, manifests, has, isOutdated);
  }

  #pump(): void {
    for (const errand of this.#errands()) {
      // Manifests are small, and what a slow line is busy with may be too large for it: they do not queue behind that.
      const segments = [...this.#running.values()].filter(({ kind }) => kind === "segment").length;
      if (errand.kind === "segment" && segments >= MOST_AT_ONCE) continue;
      const key = errandKey(errand);
      if (!this.#running.has(key) && !this.#resting.has(key)) void this.#run(errand, key);
    }
  }

  async #run(errand: Errand, key: string): Promise<void> {
    const control = new AbortController();
    const running: Running = { kind: errand.kind, control, rung: this.#rung, bytes: 0, length: 0 };
    this.#running.set(key, running);
    try {
      if (errand.kind === "manifest") await this.#describe(errand.track, errand.frame, running);
      else await this.#bring(errand, running);
      this.#failures.delete(key);
    } catch (reason) {
      if (!control.signal.aborted) this.#rest(errand, key, reason);
    } finally {
      this.#running.delete(key);
    }
    this.#pump();
  }

  async #describe(track: string, frame: number, { control, rung }: Running): Promise<void> {
    const url = this.#around.manifestUrl(track, Math.max(0, Math.floor(frame)), rung);
    const response = await this.#around.fetch(url, control.signal);
    if (!response.ok) throw await refusalIn(response);
    // By the name of the sound: a track has as many manifests as it has renditions here.
    const manifest = { ...((await response.json()) as Manifest), track };
    this.#described.delete(track);
    this.#described.set(track, { manifest, rung });
    const oldest = this.#described.keys().next().value;
    if (this.#described.size > MOST_MANIFESTS && oldest !== undefined) this.#described.delete(oldest);
    this.#giveUpAbove(rung);
  }

  /** On a line that turned out too slow for them, the rest of large segments would hold up the small ones. */
  #giveUpAbove(rung: Rung): void {
    for (const { kind, rung: own, bytes, length, control } of this.#running.values()) {
      if (kind === "segment" && isAbove(own, rung) && bytes <= length / 2) control.abort();
    }
  }

  async #bring(errand: Extract<Errand, { kind: "segment" }>, running: Running): Promise<void> {
    const { track, index, due } = errand;
    const described = this.#described.get(track);
    const path = described?.manifest.segments[index];
    if (described === undefined || path === undefined) throw new Refused("unknown-segment", `no segment ${index}`);
    const { manifest, rung } = described;
    running.rung = rung;
    const response = await this.#around.fetch(this.#around.segmentUrl(path), running.control.signal);
    if (!response.ok) throw await refusalIn(response);
    const bytes = await this.#read(response, running);
    const { byteLength } = bytes;
    await this.#around.deliver(manifest, index, bytes, due < URGENT_FRAMES);
    this.#held.add(`${track}/${index}`);
    this.#stale.delete(`${track}/${index}`);
    const start = index * manifest.segment_frames;
    this.#around.arrived({ track, start, frames: framesOf(manifest, index), rung, bytes: byteLength });
  }

  /** The body, told of as it comes. */
  async #read(response: Response, running: Running): Promise<Uint8Array> {
    running.length = Number(response.headers.get("content-length") ?? 0);
    const download = this.#throughput.begin();
    const parts: Uint8Array[] = [];
    try {
      const reader = response.body?.getReader();
      for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
        parts.push(part.value);
        running.bytes += part.value.byteLength;
        download.received(part.value.byteLength);
      }
    } finally {
      download.ended();
    }
    return joined(parts, running.bytes);
  }

  #rest(errand: Errand, key: string, reason: unknown): void {
    const code = reason instanceof Refused ? reason.code : "network";
    // A signature that is no longer good: the manifest of now has better ones.
    if (code === "unknown-segment") this.#described.delete(errand.track);
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    if (failures === 2) this.#around.trouble(errand.track, code, reason instanceof Error ? reason.message : String(reason));
    const isSoon = code === "still-rendering";
    const pause = isSoon ? FIRST_RETRY_MS : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    this.#resting.add(key);
    this.#around.after(pause, () => {
      this.#resting.delete(key);
      this.#pump();
    });
  }
}

function joined(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  const whole = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
