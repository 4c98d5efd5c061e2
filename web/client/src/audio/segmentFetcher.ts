import type { ChunkName } from "./chunkStore";
import type { Errand, Want } from "./fetchPlan";
import { errandKey, errands } from "./fetchPlan";
import type { Manifest } from "./manifest";

/** What the fetcher needs of its surroundings; a test gives it others. */
export interface FetcherSurroundings {
  fetch(url: string, signal: AbortSignal): Promise<Response>;
  /** Decodes and hands on one segment; rejects when the bytes are damaged. `isUrgent`: somebody waits to hear it. */
  deliver(manifest: Manifest, index: number, bytes: Uint8Array, isUrgent: boolean): Promise<void>;
  described(manifest: Manifest): void;
  trouble(track: string, code: string, reason: string): void;
  after(milliseconds: number, action: () => void): void;
  manifestUrl(track: string, frame: number): string;
  segmentUrl(path: string): string;
}

// Browsers keep six connections per host over HTTP/1.1; the page needs some of them.
const MOST_AT_ONCE = 3;
// A manifest of a long track is some kilobytes; an evening's queue need not stay in memory.
const MOST_MANIFESTS = 50;

// What is needed this soon (4 s) is decoded as fast as the machine can; all else takes its time.
const URGENT_FRAMES = 192_000;

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

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
 * `#held` is what the audio thread has; it is told of every chunk it lets go, so the two agree.
 */
export class SegmentFetcher {
  readonly #around: FetcherSurroundings;
  readonly #manifests = new Map<string, Manifest>();
  readonly #held = new Set<string>();
  readonly #running = new Map<string, AbortController>();
  readonly #resting = new Set<string>();
  readonly #failures = new Map<string, number>();
  #wants: readonly Want[] = [];

  constructor(around: FetcherSurroundings) {
    this.#around = around;
  }

  /** Replaces what is wanted. Running fetches that nobody wants any more are cut off. */
  want(wants: readonly Want[]): void {
    this.#wants = wants;
    const wanted = new Set(this.#errands().map(errandKey));
    for (const [key, control] of this.#running) if (!wanted.has(key)) control.abort();
    this.#pump();
  }

  /** The audio thread no longer holds these. */
  dropped(names: readonly ChunkName[]): void {
    for (const name of names) this.#held.delete(`${name.track}/${name.index}`);
    this.#pump();
  }

  #errands(): Errand[] {
    return errands(this.#wants, this.#manifests, (track, index) => this.#held.has(`${track}/${index}`));
  }

  #pump(): void {
    for (const errand of this.#errands()) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      const key = errandKey(errand);
      if (!this.#running.has(key) && !this.#resting.has(key)) void this.#run(errand, key);
    }
  }

  async #run(errand: Errand, key: string): Promise<void> {
    const control = new AbortController();
    this.#running.set(key, control);
    try {
      if (errand.kind === "manifest") await this.#describe(errand.track, errand.frame, control.signal);
      else await this.#bring(errand, control.signal);
      this.#failures.delete(key);
    } catch (reason) {
      if (!control.signal.aborted) this.#rest(errand, key, reason);
    } finally {
      this.#running.delete(key);
    }
    this.#pump();
  }

  async #describe(track: string, frame: number, signal: AbortSignal): Promise<void> {
    const response = await this.#around.fetch(this.#around.manifestUrl(track, Math.max(0, Math.floor(frame))), signal);
    if (!response.ok) throw await refusalIn(response);
    // By the name of the sound: a track has as many manifests as it has renditions here.
    const manifest = { ...((await response.json()) as Manifest), track };
    this.#manifests.delete(track);
    this.#manifests.set(track, manifest);
    const oldest = this.#manifests.keys().next().value;
    if (this.#manifests.size > MOST_MANIFESTS && oldest !== undefined) this.#manifests.delete(oldest);
    this.#around.described(manifest);
  }

  async #bring(errand: Extract<Errand, { kind: "segment" }>, signal: AbortSignal): Promise<void> {
    const { track, index, due } = errand;
    const manifest = this.#manifests.get(track);
    const path = manifest?.segments[index];
    if (manifest === undefined || path === undefined) throw new Refused("unknown-segment", `no segment ${index}`);
    const response = await this.#around.fetch(this.#around.segmentUrl(path), signal);
    if (!response.ok) throw await refusalIn(response);
    const bytes = new Uint8Array(await response.arrayBuffer());
    await this.#around.deliver(manifest, index, bytes, due < URGENT_FRAMES);
    this.#held.add(`${track}/${index}`);
  }

  #rest(errand: Errand, key: string, reason: unknown): void {
    const code = reason instanceof Refused ? reason.code : "network";
    // A signature that is no longer good: the manifest of now has better ones.
    if (code === "unknown-segment") this.#manifests.delete(errand.track);
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
