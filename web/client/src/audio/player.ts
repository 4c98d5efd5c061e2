import { type ChainSettings, EffectRefused } from "../effects/settings";
import { Cell } from "../session/observed";
import type { Transport } from "../timeline/transport";
import { localFromMilliseconds, SAMPLE_RATE } from "../units";
import { Arrivals } from "./arrivals";
import { correctingOf } from "./correcting";
import type { Levels } from "./levels";
import type { Program } from "./line";
import { OutputSide } from "./outputSide";
import type { Rung, RungWish } from "./rungs";
import { programOf, Schedule } from "./schedule";
import type { FromFetcher, FromWorklet, ToFetcher, ToWorklet } from "./segmentMessages";
import type { Sound, SoundSettings, SoundView, SupplyView, SyncMode } from "./sound";
import { SILENCE } from "./sound";
import { wantsOf } from "./wants";
import type { MarksBetween } from "./marks";
import type { CoreStatus } from "./workletCore";
import workletUrl from "./worklet.ts?worker&url";

// 30 Hz: the filter needs 25 to 40 readings a second to settle within seconds.
const SAMPLE_MS = 33;
// Lines move by microseconds between two of these; ten a second keeps the audio thread's error measure fresh.
const PROGRAM_MS = 100;
const WANTS_MS = 500;
// Timers that come this much late are throttled.
const LATE_FACTOR = 2;

/** Plays in step with the room: an AudioWorklet that follows lines, fed by a worker that fetches and decodes. */
export class Player implements Sound {
  readonly view = new Cell<SoundView>(SILENCE);
  readonly #settings: SoundSettings;
  readonly #schedule = new Schedule();
  readonly #stops: (() => void)[] = [];
  #mode: SyncMode;
  #context: AudioContext | null = null;
  #output: OutputSide | null = null;
  #node: AudioWorkletNode | null = null;
  #fetcher: Worker | null = null;
  #program: Program = [];
  #programSentAt = -Infinity;
  #shifts = 0;
  readonly #arrivals = new Arrivals();
  #wish: RungWish;
  #fetched: Rung | null = null;
  #isFixed = false;
  #kilobitsPerSecond: number | null = null;
  #isClosed = false;

  constructor(settings: SoundSettings) {
    this.#settings = settings;
    this.#mode = settings.mode;
    this.#wish = settings.wish;
  }

  /** Whether this page may use what this player is made of (secure contexts only). */
  static get isPossible(): boolean {
    // Chromium keeps the constructor of worklet nodes on insecure pages and only hides `audioWorklet`.
    return isSecureContext && "audioWorklet" in BaseAudioContext.prototype && typeof Worker !== "undefined";
  }

  async start(): Promise<void> {
    // Within the click, before anything is awaited: browsers unlock sound only here. The context then runs for as long
    // as the page listens, through pauses: its timestamps wander for some seconds after every start.
    // "playback": latency is made up for, since every start is scheduled; what the larger buffer spares is gaps.
    const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "playback" });
    this.#context = context;
    const resumed = context.resume();
    this.#output = new OutputSide(context, this.#settings, () => localFromMilliseconds(performance.now()));
    this.#fetcher = this.#newFetcher();
    await context.audioWorklet.addModule(workletUrl);
    if (this.#isClosed) return;
    this.#connect(context, this.#output, this.#fetcher);
    await resumed;
    this.#every(SAMPLE_MS, () => this.#sample());
    this.#every(PROGRAM_MS, () => this.#sendProgram());
    this.#every(WANTS_MS, () => this.#sendWants());
    this.#onInterruption(context);
  }

  follow(transport: Transport): void {
    if (!this.#schedule.take(transport)) return;
    this.#sendProgram();
    this.#sendWants();
  }

  setVolume(volume: number): void {
    this.#output?.volume.set(volume);
  }

  setOffset(micros: number): void {
    this.#output?.setOffset(micros);
    this.#sendProgram();
  }

  setMode(mode: SyncMode): void {
    this.#mode = mode;
    this.#sendProgram();
  }

  setWish(wish: RungWish): void {
    this.#wish = wish;
    this.#tellFetcher({ kind: "wish", wish });
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
    this.#isClosed = true;
    for (const stop of this.#stops.splice(0)) stop();
    const output = this.#output;
    output?.close();
    this.#tellWorklet({ kind: "program", program: [], clockError: 0, mode: this.#mode, isShifted: false });
    this.#fetcher?.terminate();
    const context = this.#context;
    // The audio thread fades within 8 ms; only then may the output go.
    setTimeout(() => {
      this.#tellWorklet({ kind: "close" });
      output?.release();
      void context?.close();
    }, 60);
    this.view.set(SILENCE);
  }

  #connect(context: AudioContext, output: OutputSide, fetcher: Worker): void {
    const node = new AudioWorkletNode(context, "hathor-player", { numberOfInputs: 0, outputChannelCount: [2] });
    node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#heard(data.status);
    this.#node = node;
    node.connect(output.input);
    const { port1, port2 } = new MessageChannel();
    const toWorklet: ToWorklet = { kind: "chunks", port: port1 };
    node.port.postMessage(toWorklet, [port1]);
    const { room, start } = this.#settings;
    const toFetcher: ToFetcher = { kind: "setup", room, origin: location.origin, chunks: port2, wish: this.#wish, start };
    fetcher.postMessage(toFetcher, [port2]);
  }

  #newFetcher(): Worker {
    const worker = new Worker(new URL("./segmentWorker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<FromFetcher>) => this.#brought(data);
    return worker;
  }

  #brought(message: FromFetcher): void {
    switch (message.kind) {
      case "arrived":
        this.#arrivals.take(message.arrival);
        this.#kilobitsPerSecond = message.kilobitsPerSecond;
        break;
      case "rung":
        this.#fetched = message.rung;
        this.#isFixed = message.isFixed;
        break;
      case "trouble":
        this.#settings.trouble(message.track, message.code, message.reason);
        break;
      case "encoded":
        void this.#decode(message);
        break;
    }
  }

  /** Browsers without WebCodecs get FLAC, which `decodeAudioData` decodes to exactly its frames. */
  async #decode(message: Extract<FromFetcher, { kind: "encoded" }>): Promise<void> {
    const { name, start, frames, gain, bytes } = message;
    try {
      const buffer = await this.#context?.decodeAudioData(bytes);
      if (buffer === undefined) return;
      const channels: [Float32Array, Float32Array] = [new Float32Array(frames), new Float32Array(frames)];
      channels.forEach((channel, i) => {
        const samples = buffer.getChannelData(Math.min(i, buffer.numberOfChannels - 1));
        for (let k = 0; k < Math.min(frames, samples.length); k += 1) channel[k] = (samples[k] ?? 0) * gain;
      });
      const chunk = { track: name.track, index: name.index, start, frames, channels };
      this.#tellWorklet({ kind: "chunk", chunk }, [channels[0].buffer, channels[1].buffer]);
    } catch (reason) {
      this.#settings.trouble(name.track, "damaged-file", String(reason));
      this.#tellFetcher({ kind: "dropped", names: [name] });
    }
  }

  #sample(): void {
    const output = this.#output;
    if (output === null) return;
    output.meter.sample();
    if (output.shifts === this.#shifts || !output.isReady) return;
    // Every tenth of a second is heard now. Elsewhere in time other sound may be needed as well.
    this.#sendProgram();
    this.#sendWants();
  }

  #sendProgram(): void {
    const { time } = this.#settings;
    const output = this.#output;
    if (this.#node === null || output?.isReady !== true || !this.#schedule.speaksOf(time.epoch)) return;
    this.#programSentAt = performance.now();
    const now = time.toRoom(localFromMilliseconds(this.#programSentAt));
    this.#program = programOf(this.#schedule.from(now, time.epoch), now, (instant) => output.frameAt(instant));
    const isShifted = output.shifts !== this.#shifts;
    this.#shifts = output.shifts;
    this.#tellWorklet({ kind: "program", program: this.#program, clockError: time.error, mode: this.#mode, isShifted });
  }

  /** Messages of the audio thread come on time where timers are throttled to one a second: they do the timers' work there. */
  #tend(): void {
    this.#sample();
    if (performance.now() - this.#programSentAt > LATE_FACTOR * PROGRAM_MS) this.#sendProgram();
  }

  #sendWants(): void {
    const context = this.#context;
    if (context === null || this.#program.length === 0) return;
    this.#tellFetcher({ kind: "want", wants: wantsOf(this.#program, context.currentTime * SAMPLE_RATE) });
  }

  #heard(status: CoreStatus): void {
    this.#tend();
    if (status.dropped.length > 0) this.#tellFetcher({ kind: "dropped", names: status.dropped });
    const output = this.#output;
    if (output === null) return;
    if (status.entry !== "") output.volume.welcome();
    const isLoose = output.isLasting && (status.sounding === "in-step" || status.sounding === "catching-up");
    this.view.set({
      ...output.view,
      state: isLoose ? "loose" : status.sounding,
      looseBecause: output.isLasting ? "lasting" : "",
      playbackError: Math.round(status.error),
      correcting: correctingOf(status),
      supply: this.#supply(status),
      entry: status.lineEntry,
      bufferedTo: this.#bufferedTo(status),
      hasFirstSegment: status.hasSound,
    });
  }

  #supply({ track, position }: CoreStatus): SupplyView {
    const bytesPerMinute = this.#fetched === null ? 0 : this.#arrivals.bytesPerMinute(this.#fetched);
    const heard = track === "" ? null : this.#arrivals.rungAt(track, position);
    return { heard, fetched: this.#fetched, bytesPerMinute, kilobitsPerSecond: this.#kilobitsPerSecond, isFixed: this.#isFixed };
  }

  /** Through a pause, when no voice measures it, what was here stays here. */
  #bufferedTo(status: CoreStatus): number {
    if (status.entry !== "" && status.entry !== status.lineEntry) return 0;
    if (status.entry !== "") return Math.round(((status.position + status.ahead) * status.tempo * 1e6) / SAMPLE_RATE);
    const former = this.view.get();
    return former.entry === status.lineEntry ? former.bufferedTo : 0;
  }

  /** A phone call or a lost device interrupts the context; it is resumed as soon as the page is allowed to. */
  #onInterruption(context: AudioContext): void {
    const resume = (): void => {
      if (context.state !== "running" && context.state !== "closed") void context.resume().catch(() => undefined);
    };
    context.addEventListener("statechange", resume);
    document.addEventListener("visibilitychange", resume);
    this.#stops.push(() => {
      context.removeEventListener("statechange", resume);
      document.removeEventListener("visibilitychange", resume);
    });
  }

  #every(milliseconds: number, action: () => void): void {
    const timer = setInterval(action, milliseconds);
    this.#stops.push(() => clearInterval(timer));
  }

  #tellWorklet(message: ToWorklet, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(message, transfer);
  }

  #tellFetcher(message: ToFetcher): void {
    this.#fetcher?.postMessage(message);
  }
}
