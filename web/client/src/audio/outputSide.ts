import { EffectInsert } from "../effects/insert";
import type { ChainSettings } from "../effects/settings";
import { type LocalMicros, localMicros, SAMPLE_RATE, type ServerMicros } from "../units";
import { type Levels, openLevels } from "./levels";
import type { MarksBetween } from "./marks";
import { marksThrough, startMarks } from "./markTrack";
import { OutputMeter } from "./outputMeter";
import { Outlet } from "./outlet";
import { mediaDevices, watchRoute } from "./outputRoute";
import type { RoomTime, SoundSettings } from "./sound";
import { Volume } from "./volume";

/** Everything between a player's sound and the ear: effects, volume, way out, measurement, offset, and marks for calibrating. */
export class OutputSide {
  readonly meter: OutputMeter;
  readonly volume: Volume;
  readonly #context: AudioContext;
  readonly #effects: EffectInsert;
  readonly #marks: GainNode;
  readonly #outlet: Outlet<AudioNode>;
  readonly #time: RoomTime;
  readonly #now: () => LocalMicros;
  readonly #unwatch: () => void;
  #label = "";
  #offset: number;
  #marking: MarksBetween | null = null;
  #stopMarks: (() => void) | null = null;

  constructor(context: AudioContext, settings: Pick<SoundSettings, "volume" | "offset" | "time">, now: () => LocalMicros) {
    this.#context = context;
    this.#time = settings.time;
    this.#offset = settings.offset;
    this.#now = now;
    this.meter = new OutputMeter(context, () => performance.now(), navigator.userAgent);
    this.volume = new Volume(context, settings.volume);
    this.#marks = new GainNode(context);
    this.#outlet = new Outlet<AudioNode>(context, [this.volume.node, this.#marks], () => new Audio());
    this.#effects = new EffectInsert(context, this.volume.node);
    this.#unwatch = watchRoute(mediaDevices(), context, (label, isOther) => {
      this.#label = label;
      // What was measured is over. What plays goes on by what it was last told.
      if (isOther) this.meter.renew();
    });
  }

  /** Where a player's sound goes in. */
  get input(): AudioNode {
    return this.#effects.input;
  }

  /** What a player shows of its output. */
  get view() {
    return {
      outputLatency: this.meter.latencyMicros + Math.round((this.#effects.latencyFrames * 1e6) / SAMPLE_RATE),
      isLatencyAssumed: this.meter.isLatencyAssumed,
      isCoarse: this.meter.isCoarse,
      driftPpm: this.meter.driftPpm,
      output: this.#label,
    };
  }

  get isLasting(): boolean {
    return this.#outlet.isLasting;
  }

  /** Room time and the output are both known well enough to start a sound by them. */
  get isReady(): boolean {
    return this.#time.isReady && this.meter.isReady;
  }

  /** How often output, effects or room time have shifted for certain: by now what plays is off by that much. */
  get shifts(): number {
    return this.meter.shifts + this.#effects.changes + this.#time.jumps;
  }

  setOffset(micros: number): void {
    this.#offset = micros;
    // An ear that nudges hears the difference at the next click, not behind those that are placed already.
    if (this.#marking !== null) this.setMarks(this.#marking);
  }

  setLasting(isWanted: boolean): Promise<boolean> {
    return this.#outlet.setLasting(isWanted);
  }

  /** Effects on the music (marks go past them); `{}` is none. Rejects with `EffectRefused`. */
  setEffects(settings: ChainSettings): Promise<void> {
    return this.#effects.set(settings);
  }

  /** What comes out of the effects, before the volume. */
  levels(): Levels {
    return openLevels(this.#context, (node) => this.#effects.watch(node));
  }

  setMarks(marks: MarksBetween | null): void {
    this.#marking = marks;
    this.volume.hush(marks !== null);
    this.#stopMarks?.();
    this.#stopMarks = marks === null ? null : this.#startMarks(marks);
  }

  /**
   * The context frame at which a player lets out what is heard at a room instant: latency, effects and offset included. Only
   * while ready.
   */
  frameAt(roomInstant: ServerMicros): number {
    return this.#heardAt(roomInstant) - this.#effects.latencyFrames;
  }

  /** The context frame that is heard at a room instant, if it does not pass through effects. */
  #heardAt(roomInstant: ServerMicros): number {
    return this.meter.frameAt(localMicros(this.#time.toPage(roomInstant) - this.#offset));
  }

  close(): void {
    this.setMarks(null);
    this.#unwatch();
  }

  /** After the last sound has faded. */
  release(): void {
    this.#effects.close();
    this.#outlet.close();
  }

  #startMarks(marks: MarksBetween): () => void {
    return startMarks({
      port: marksThrough(this.#context, this.#marks),
      marks,
      // What sounds late is fed early, by seconds where the offset says so.
      now: () => (this.isReady ? this.#time.toRoom(localMicros(this.#now() + this.#offset)) : null),
      frameAt: (instant) => this.#heardAt(instant),
      every(milliseconds, action) {
        const timer = setInterval(action, milliseconds);
        return () => clearInterval(timer);
      },
    });
  }
}
