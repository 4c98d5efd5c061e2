import { type ChainSettings, EffectRefused } from "../effects/settings";
import { Cell } from "../session/observed";
import type { Transport } from "../timeline/transport";
import { localFromMilliseconds, SAMPLE_RATE } from "../units";
import { Arrivals } from "./arrivals";
import { askFor } from "./bentSound";
import { ChunkStore } from "./chunkStore";
import type { Levels } from "./levels";
import type { Program } from "./line";
import { framesOf, gainOf } from "./manifest";
import type { Manifest } from "./manifest";
import type { MarksBetween } from "./marks";
import { OutputSide } from "./outputSide";
import { askedFor } from "./rungs";
import { programOf, Schedule } from "./schedule";
import { SegmentFetcher } from "./segmentFetcher";
import { distanceAt, sliceAt } from "./slices";
import type { Slice } from "./slices";
import type { Sound, SoundSettings, SoundView, SyncMode } from "./sound";
import { SILENCE } from "./sound";
import { wantsOf } from "./wants";

// A page in the background gets its timers once a second: three seconds ahead outlast that with room to spare.
const HORIZON_FRAMES = 3 * SAMPLE_RATE;
// Each slice is placed anew, so drift never adds up to more than this much of it: 100 ppm of 2 s are 0.2 ms.
const SLICE_FRAMES = 2 * SAMPLE_RATE;
// Neighbouring slices overlap: the small step between them is faded over instead of clicking.
const OVERLAP_SECONDS = 0.02;
const TICK_MS = 250;
const SAMPLE_MS = 100;
// What is scheduled stays unless the room is this far elsewhere.
const TOLERANCE_FRAMES: Readonly<Record<SyncMode, number>> = { sync: 0.05 * SAMPLE_RATE, quality: 0.1 * SAMPLE_RATE };
const STORE_FRAMES = 75 * SAMPLE_RATE;

interface Scheduled {
  readonly slice: Slice;
  readonly source: AudioBufferSourceNode;
  readonly gain: GainNode;
  end: number;
}

/**
 * Plays loosely in step on pages where the browser offers neither worklets nor WebCodecs (http on a foreign host): FLAC
 * segments, decoded by the page and scheduled as overlapping slices. Good to some tens of milliseconds.
 */
export class LoosePlayer implements Sound {
  readonly view = new Cell<SoundView>(SILENCE);
  readonly #settings: SoundSettings;
  readonly #schedule = new Schedule();
  readonly #store = new ChunkStore(STORE_FRAMES);
  readonly #arrivals = new Arrivals();
  readonly #fetcher: SegmentFetcher;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #scheduled: Scheduled[] = [];
  #program: Program = [];
  #mode: SyncMode;
  #context: AudioContext | null = null;
  #output: OutputSide | null = null;

  constructor(settings: SoundSettings) {
    this.#settings = settings;
    this.#mode = settings.mode;
    this.#fetcher = new SegmentFetcher({
      fetch: (url, signal) => fetch(url, { signal, credentials: "same-origin" }),
      deliver: (manifest, index, bytes) => this.#deliver(manifest, index, bytes),
      arrived: (arrival) => this.#arrivals.take(arrival),
      now: () => performance.now(),
      trouble: (track, code, reason) => settings.trouble(track, code, reason),
      after: (milliseconds, action) => setTimeout(action, milliseconds),
      manifestUrl: (sound, frame) => {
        const { track, asked: wanted } = askFor(sound, frame);
        const asked = new URLSearchParams({ room: settings.room, ...askedFor("flac"), ...wanted });
        return `/api/manifests/${encodeURIComponent(track)}?${asked.toString()}`;
      },
      segmentUrl: (path) => path,
    }, "flac");
  }

  async start(): Promise<void> {
    const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "playback" });
    this.#context = context;
    const output = new OutputSide(context, this.#settings, () => localFromMilliseconds(performance.now()));
    this.#output = output;
    await context.resume();
    this.#timers.push(
      setInterval(() => output.meter.sample(), SAMPLE_MS),
      setInterval(() => this.#tick(), TICK_MS),
    );
  }

  follow(transport: Transport): void {
    if (this.#schedule.take(transport)) this.#tick();
  }

  setVolume(volume: number): void {
    this.#output?.volume.set(volume);
  }

  setOffset(micros: number): void {
    this.#output?.setOffset(micros);
    this.#tick();
  }

  setMode(mode: SyncMode): void {
    this.#mode = mode;
  }

  /** Without WebCodecs there is one rung. */
  setWish(): void {
    return;
  }

  setMarks(marks: MarksBetween | null): void {
    this.#output?.setMarks(marks);
  }

  setLasting(isWanted: boolean): Promise<boolean> {
    return this.#output?.setLasting(isWanted) ?? Promise.resolve(false);
  }

  setEffects(settings: ChainSettings): Promise<void> {
    return this.#output?.setEffects(settings) ?? Promise.reject(new EffectRefused("effects-unavailable", "Nothing plays here yet."));
  }

  levels(): Levels | null {
    return this.#output?.levels() ?? null;
  }

  audioTime(): number | null {
    return this.#context?.state === "running" ? this.#context.currentTime : null;
  }

  close(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    const output = this.#output;
    output?.close();
    this.#fetcher.want([]);
    const context = this.#context;
    for (const each of this.#scheduled) this.#cut(each, context?.currentTime ?? 0);
    setTimeout(() => {
      output?.release();
      void context?.close();
    }, 60);
    this.view.set(SILENCE);
  }

  async #deliver(manifest: Manifest, index: number, bytes: Uint8Array): Promise<void> {
    const context = this.#context;
    if (context === null) return;
    const buffer = await context.decodeAudioData(bytes.slice().buffer);
    const frames = framesOf(manifest, index);
    const gain = gainOf(manifest);
    const channels: [Float32Array, Float32Array] = [new Float32Array(frames), new Float32Array(frames)];
    channels.forEach((channel, i) => {
      const samples = buffer.getChannelData(Math.min(i, buffer.numberOfChannels - 1)).subarray(0, frames);
      channel.set(samples);
      for (let k = 0; k < frames; k += 1) channel[k] = (channel[k] ?? 0) * gain;
    });
    const start = index * manifest.segment_frames;
    const here = context.currentTime * SAMPLE_RATE;
    const interests = wantsOf(this.#program, here).map(({ track, frame }) => ({ track, frame }));
    const dropped = this.#store.add({ track: manifest.track, index, start, frames, channels }, interests);
    if (dropped.length > 0) this.#fetcher.dropped(dropped);
  }

  #tick(): void {
    const { time } = this.#settings;
    const context = this.#context;
    const output = this.#output;
    if (context === null || this.#timers.length === 0 || output?.isReady !== true) return;
    const now = time.toRoom(localFromMilliseconds(performance.now()));
    if (this.#schedule.speaksOf(time.epoch)) {
      this.#program = programOf(this.#schedule.from(now, time.epoch), now, (instant) => output.frameAt(instant));
    }
    const here = context.currentTime * SAMPLE_RATE;
    this.#fetcher.want(wantsOf(this.#program, here));
    this.#review(here);
    this.#extend(here);
    this.#tell(output, here);
  }

  /** Forgets what is over and cuts what the room no longer plays. */
  #review(here: number): void {
    const tolerance = TOLERANCE_FRAMES[this.#mode];
    this.#scheduled = this.#scheduled.filter((each) => each.end > here);
    for (const each of this.#scheduled) {
      const from = Math.max(here, each.slice.start);
      const change = Math.min(...this.#program.map((line) => line.from).filter((frame) => frame > from), Infinity);
      if (distanceAt(each.slice, this.#program, from) > tolerance) this.#cut(each, from / SAMPLE_RATE);
      else if (change < each.end && distanceAt(each.slice, this.#program, change) > tolerance) {
        this.#cut(each, change / SAMPLE_RATE);
      }
    }
    this.#scheduled = this.#scheduled.filter((each) => each.end > Math.max(here, each.slice.start));
  }

  /** Schedules slices up to the horizon, as far as there is sound. */
  #extend(here: number): void {
    let frame = Math.max(here + OVERLAP_SECONDS * SAMPLE_RATE, ...this.#scheduled.map((each) => each.end));
    while (frame < here + HORIZON_FRAMES) {
      const ahead = sliceAt(this.#program, frame, SLICE_FRAMES);
      if (ahead.kind === "silence") {
        frame = ahead.until;
        continue;
      }
      if (!this.#play(ahead.slice)) return;
      frame += ahead.slice.frames;
    }
  }

  /** Schedules one slice with its overlap; false if its sound is not here yet. */
  #play(slice: Slice): boolean {
    const context = this.#context;
    const output = this.#output;
    const { track, frames: length } = slice.piece;
    const overlap = Math.round(OVERLAP_SECONDS * SAMPLE_RATE);
    const first = Math.floor(slice.position);
    const wanted = Math.ceil(slice.frames * slice.rate) + overlap;
    const needed = length > 0 ? Math.min(wanted, length - first) : wanted;
    if (context === null || output === null || this.#store.extent(track, first) < needed) return false;
    const buffer = new AudioBuffer({ length: wanted, numberOfChannels: 2, sampleRate: SAMPLE_RATE });
    this.#store.read(track, first, wanted, buffer.getChannelData(0), buffer.getChannelData(1), 0);
    const source = new AudioBufferSourceNode(context, { buffer, playbackRate: slice.rate });
    const gain = new GainNode(context, { gain: 0 });
    source.connect(gain).connect(output.input);
    const start = slice.start / SAMPLE_RATE;
    const end = start + slice.frames / SAMPLE_RATE;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(1, start + OVERLAP_SECONDS);
    gain.gain.setValueAtTime(1, end);
    gain.gain.linearRampToValueAtTime(0, end + OVERLAP_SECONDS);
    source.start(start);
    source.stop(end + OVERLAP_SECONDS);
    output.volume.welcome();
    this.#scheduled.push({ slice, source, gain, end: slice.start + slice.frames });
    return true;
  }

  /** Ends a slice at context time `at` with a short fade. */
  #cut(scheduled: Scheduled, at: number): void {
    const { source, gain } = scheduled;
    gain.gain.cancelScheduledValues(at);
    gain.gain.setTargetAtTime(0, at, OVERLAP_SECONDS / 4);
    source.stop(at + OVERLAP_SECONDS);
    scheduled.end = at * SAMPLE_RATE;
  }

  #tell(output: OutputSide, here: number): void {
    const ahead = sliceAt(this.#program, here, SLICE_FRAMES);
    const isSounding = this.#scheduled.some((each) => each.slice.start <= here && each.end > here);
    const wanted = wantsOf(this.#program, here)[0];
    const first = Math.max(0, Math.floor(wanted?.frame ?? 0));
    const held = wanted === undefined ? 0 : this.#store.extent(wanted.track, first);
    const piece = this.#program[0]?.piece;
    this.view.set({
      state: ahead.kind === "silence" ? "silent" : isSounding ? "loose" : "buffering",
      playbackError: 0,
      ...output.view,
      looseBecause: "insecure",
      correcting: { kind: "none" },
      supply: {
        heard: isSounding ? "flac" : null,
        fetched: "flac",
        bytesPerMinute: this.#arrivals.bytesPerMinute("flac"),
        kilobitsPerSecond: this.#fetcher.kilobitsPerSecond,
        isFixed: true,
      },
      entry: piece?.entry ?? "",
      bufferedTo: held > 0 && piece !== undefined && piece.track === wanted?.track ? Math.round(((first + held) * piece.tempo * 1e6) / SAMPLE_RATE) : 0,
      hasFirstSegment: held > SAMPLE_RATE / 2,
    });
  }
}
