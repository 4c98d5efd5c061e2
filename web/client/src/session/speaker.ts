import { startOf } from "../audio/lineHints";
import type { Levels } from "../audio/levels";
import { clicks, type MarksBetween } from "../audio/marks";
import { ceilingOf, type Rung, type RungWish } from "../audio/rungs";
import type { Sound, SoundView } from "../audio/sound";
import { SILENCE } from "../audio/sound";
import type { Stop } from "../connection/timers";
import type { Transport } from "../timeline/transport";
import type { Report } from "../wire/frames";
import type { SyncMode, SyncView } from "./listening";
import type { DeviceMemory } from "./memory";
import type { Notices } from "./notices";
import { Cell } from "./observed";
import { OwnVibe } from "./ownVibe";
import { Reporter } from "./reporter";
import type { EstimatedTime } from "./roomTime";
import type { EngineSurroundings } from "./surroundings";
import { syncWords } from "./syncWords";

/** What a speaker is made with. */
export interface SpeakerSettings {
  readonly room: string;
  readonly around: EngineSurroundings;
  readonly time: EstimatedTime;
  readonly memory: DeviceMemory;
  readonly notices: Notices;
  readonly send: (report: Report) => boolean;
  /** Whether the room plays, for the words. */
  readonly isPlaying: () => boolean;
}

const TROUBLE: Readonly<Record<string, string>> = {
  "track-unavailable": "A track cannot be read on the server right now.",
  "damaged-file": "A track is damaged and cannot be played.",
  "unknown-track": "A track is no longer in the library.",
  "not-allowed": "The server does not hand out this track here.",
  network: "The sound does not come through; trying again.",
};

/** This device as a loudspeaker of the room: its player, its volume, what it tells about its step. */
export class Speaker {
  readonly sync: Cell<SyncView>;
  readonly volume: Cell<number>;
  readonly vibe: OwnVibe;
  readonly #settings: SpeakerSettings;
  #output = "";
  #offset: number;
  #sound: Sound | null = null;
  #reporter: Reporter | null = null;
  #newest: Transport | null = null;
  #stops: Stop[] = [];
  // Own clicks come before what the room asks for: somebody taps to them.
  #own: MarksBetween | null = null;
  #check: MarksBetween | null = null;

  constructor(settings: SpeakerSettings) {
    this.#settings = settings;
    this.volume = new Cell(settings.memory.volume);
    this.vibe = new OwnVibe(settings.memory, settings.notices);
    this.#offset = settings.memory.offsetOf("");
    this.sync = new Cell(this.#look(SILENCE));
  }

  /** The signed correction in force, microseconds. */
  get offset(): number {
    return this.#offset;
  }

  get isOn(): boolean {
    return this.#sound !== null;
  }

  /** Call it in the click itself. Resolves to false, with a notice, when the browser refuses sound. */
  async start(): Promise<boolean> {
    if (this.#sound !== null) return true;
    const { around, room, time, memory, notices, send } = this.#settings;
    const sound = around.newSound({
      room,
      time,
      volume: this.volume.get(),
      offset: this.#offset,
      mode: memory.mode,
      wish: this.#wish,
      start: memory.carried ?? startOf(around.lineHints()),
      trouble: (_track, code) => this.#trouble(code),
    });
    this.#sound = sound;
    const started = sound.start();
    // Still within the click: browsers unlock the element that lasts only here.
    if (memory.isLasting) void this.setLasting(true);
    if (this.#newest !== null) sound.follow(this.#newest);
    const facts = () => ({ clockError: time.error, roundTrip: time.roundTrip, offset: this.#offset });
    const reporter = new Reporter(room, around.timers, send, facts, sound.view.get());
    this.#reporter = reporter;
    const look = (): void => {
      const view = sound.view.get();
      this.#routed(sound, view.output);
      this.#supplied(view.supply.fetched);
      reporter.look(view);
      // Figures that change ten times a second would only flicker, and each one is a repaint: they wait for the next `refresh`.
      if (isNews(view, this.sync.get())) this.refresh();
    };
    this.#stops = [sound.view.subscribe(look), () => reporter.close()];
    this.refresh();
    try {
      await started;
      this.vibe.begin((effects) => sound.setEffects(effects));
      // Whoever turns sound on in the middle of a check takes part.
      if (this.#check !== null) this.#mark();
      return true;
    } catch (reason) {
      this.stop();
      notices.tell("error", `This browser does not let the page play sound: ${String(reason)}`);
      return false;
    }
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.vibe.end();
    this.#sound?.close();
    this.#sound = null;
    this.#reporter = null;
    this.refresh();
  }

  follow(transport: Transport): void {
    this.#newest = transport;
    this.#sound?.follow(transport);
  }

  /** Another connection: it knows nothing of this device's step yet. */
  reconnected(): void {
    this.#reporter?.again();
  }

  /** Microseconds of the track of `entry` up to which its sound is here; 0 if none is, or something else plays. */
  bufferedTo(entry: string | null): number {
    const view = this.#sound?.view.get();
    return view?.entry === entry ? view.bufferedTo : 0;
  }

  levels(): Levels | null {
    return this.#sound?.levels() ?? null;
  }

  audioTime(): number | null {
    return this.#sound?.audioTime() ?? null;
  }

  setVolume(volume: number): void {
    const wanted = Math.min(1, Math.max(0, volume));
    this.#settings.memory.volume = wanted;
    this.volume.set(wanted);
    this.#sound?.setVolume(wanted);
  }

  setOffset(offset: number): void {
    const { memory } = this.#settings;
    memory.keepOffset(this.#output, Math.round(offset));
    this.#offset = memory.offsetOf(this.#output);
    this.#sound?.setOffset(this.#offset);
    this.refresh();
  }

  setMode(mode: SyncMode): void {
    this.#settings.memory.mode = mode;
    this.#sound?.setMode(mode);
    this.refresh();
  }

  setWish(wish: RungWish): void {
    this.#settings.memory.wish = wish;
    this.#sound?.setWish(wish);
    this.refresh();
  }

  /** What is wanted of the sound; who never said is asked of the browser. */
  get #wish(): RungWish {
    const { memory, around } = this.#settings;
    const { choice, isSaving } = memory.wish;
    return { choice, isSaving: isSaving ?? around.lineHints().saveData === true };
  }

  /** The next visit begins where this one was; a ceiling that somebody chose says nothing of the line. */
  #supplied(fetched: Rung | null): void {
    const { memory } = this.#settings;
    const { choice, isSaving } = this.#wish;
    if (fetched === null || fetched === memory.carried) return;
    if ((choice === "auto" && !isSaving) || fetched !== ceilingOf({ choice, isSaving })) memory.carried = fetched;
  }

  /** Clicks at every whole second on this device, whatever the room does. */
  setClicks(isOn: boolean): void {
    this.#own = isOn ? clicks(-Infinity, Infinity) : null;
    this.#mark();
  }

  /** What a sound check of the room has this device play instead of the music; null: nothing. */
  setCheck(marks: MarksBetween | null): void {
    if (marks === this.#check) return;
    this.#check = marks;
    this.#mark();
  }

  #mark(): void {
    this.#sound?.setMarks(this.#own ?? this.#check);
  }

  /** Call it in the click itself; a browser that refuses is said so. */
  async setLasting(isWanted: boolean): Promise<void> {
    const { memory, notices } = this.#settings;
    memory.isLasting = isWanted;
    this.refresh();
    const isDone = (await this.#sound?.setLasting(isWanted)) ?? true;
    // Whoever changed their mind meanwhile has had their answer.
    if (isDone || memory.isLasting !== isWanted) return;
    memory.isLasting = false;
    notices.tell("error", "This browser does not let the page play on when locked.");
    this.refresh();
  }

  /** Every output has its own offset. */
  #routed(sound: Sound, output: string): void {
    if (output === this.#output) return;
    this.#output = output;
    this.#offset = this.#settings.memory.offsetOf(output);
    sound.setOffset(this.#offset);
  }

  /** Brings `sync` up to date; to be called about once a second, since certainty changes with time. */
  refresh(): void {
    this.sync.set(this.#look(this.#sound?.view.get() ?? SILENCE));
  }

  #trouble(code: string): void {
    // While the music goes on from what is here, a server that is away for a moment is nobody's trouble.
    if (code === "network" && this.sync.get().state === "in-step") return;
    this.#settings.notices.tell("error", TROUBLE[code] ?? "A track cannot be played right now.");
  }

  #look(view: SoundView): SyncView {
    const { time, memory, isPlaying } = this.#settings;
    const { state, playbackError, outputLatency, isLatencyAssumed, isCoarse } = view;
    const { driftPpm, correcting, supply, output, looseBecause } = view;
    const known = { clockError: time.error, roundTrip: time.roundTrip, offset: this.#offset };
    const chosen = { mode: memory.mode, isLasting: memory.isLasting, wish: this.#wish };
    const told = { state, playbackError, outputLatency, isLatencyAssumed, isCoarse, driftPpm, correcting, supply, output, looseBecause };
    const shown = { ...told, ...known, ...chosen };
    return { ...shown, words: syncWords({ ...shown, isListening: this.isOn, isPlaying: isPlaying() }) };
  }
}

/** Whether `view` differs from what is shown by more than its figures. */
function isNews(view: SoundView, shown: SyncView): boolean {
  return (
    view.state !== shown.state ||
    view.correcting.kind !== shown.correcting.kind ||
    view.output !== shown.output ||
    view.looseBecause !== shown.looseBecause ||
    view.isCoarse !== shown.isCoarse ||
    view.supply.heard !== shown.supply.heard ||
    view.supply.fetched !== shown.supply.fetched
  );
}
