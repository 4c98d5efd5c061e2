import type { Observed } from "../session/observed";
import type { ChainSettings } from "../effects/settings";
import type { Transport } from "../timeline/transport";
import type { Levels } from "./levels";
import type { MarksBetween } from "./marks";
import type { Rung, RungWish } from "./rungs";
import type { LocalMicros, ServerMicros } from "../units";

/**
 * What comes first on this device. `sync`: half a percent of speed, or a faded jump, brings it back into step at once.
 * `quality`: speed within 500 ppm and no jump, unless it is more than 100 ms off.
 */
export type SyncMode = "sync" | "quality";

/** What is done about the distance from the room: nothing, another speed (ppm), or a jump (microseconds) just now. */
export type Correcting =
  | { readonly kind: "none" }
  | { readonly kind: "hold" }
  | { readonly kind: "nudge"; readonly ppm: number }
  | { readonly kind: "jumped"; readonly by: number };

/** `insecure`: the browser allows this page no exact timing. `lasting`: the sound leaves by way of the system's player. */
export type LooseReason = "" | "insecure" | "lasting";

/** What a device is sent. */
export interface SupplyView {
  /** The rung of what sounds now, and of what is fetched for later; null while nothing is. */
  readonly heard: Rung | null;
  readonly fetched: Rung | null;
  /** What a minute of what is fetched takes; 0 while unknown. */
  readonly bytesPerMinute: number;
  /** What the line carries; null while unknown. */
  readonly kilobitsPerSecond: number | null;
  /** There is nothing to choose: it is all that this browser plays. */
  readonly isFixed: boolean;
}

/** What a player knows of its own sound; spans in microseconds. */
export interface SoundView {
  readonly state: "silent" | "buffering" | "catching-up" | "in-step" | "loose";
  /** Where the sound is minus where the room is. */
  readonly playbackError: number;
  readonly outputLatency: number;
  /** The browser does not tell its latency; the figure stands in. */
  readonly isLatencyAssumed: boolean;
  /** The browser has no exact timestamps of its output: what is known of it is right to some milliseconds only. */
  readonly isCoarse: boolean;
  /** How much faster this output runs than page time, ppm; 0 while unknown. */
  readonly driftPpm: number;
  readonly correcting: Correcting;
  /** The stable name of the output; empty while the browser keeps it secret. */
  readonly output: string;
  /** Why the sound is only loosely in step; empty while it is exact. */
  readonly looseBecause: LooseReason;
  readonly supply: SupplyView;
  /** The queue entry of the record in force; empty if there is none. */
  readonly entry: string;
  /** Microseconds of the track of `entry` up to which sound is here, without a gap from the playhead on; 0 if none is. */
  readonly bufferedTo: number;
  /** Whether sound for the present position of `entry` is here. */
  readonly hasFirstSegment: boolean;
}

export const SILENCE: SoundView = {
  state: "silent",
  playbackError: 0,
  outputLatency: 0,
  isLatencyAssumed: false,
  isCoarse: false,
  driftPpm: 0,
  correcting: { kind: "none" },
  output: "",
  looseBecause: "",
  supply: { heard: null, fetched: null, bytesPerMinute: 0, kilobitsPerSecond: null, isFixed: false },
  entry: "",
  bufferedTo: 0,
  hasFirstSegment: false,
};

/** Room time as the player needs it. */
export interface RoomTime {
  /** False until room time is known well enough to start a sound by it. */
  readonly isReady: boolean;
  /** Names the timebase; records of another one cannot be placed in time. */
  readonly epoch: string;
  /** How often room time turned out to be another than was believed: this device slept, or somebody set a clock. */
  readonly jumps: number;
  toPage(roomInstant: ServerMicros): LocalMicros;
  toRoom(pageInstant: LocalMicros): ServerMicros;
  /** Certified half-width of what is known, now. */
  readonly error: number;
}

/** What plays the room's sound on this device. Two kinds: in step ({@link Player}) and, on insecure pages, loose. */
export interface Sound {
  readonly view: Observed<SoundView>;
  /** Unlocks and starts the output. Call it in the click itself. Throws when the browser refuses. */
  start(): Promise<void>;
  /** Follows `transport` from its instant on. Older records are ignored. */
  follow(transport: Transport): void;
  /** 0 … 1. */
  setVolume(volume: number): void;
  /** Signed correction: positive when this output sounds late, so that it is fed earlier. */
  setOffset(micros: number): void;
  setMode(mode: SyncMode): void;
  /** How good the sound is that this device is sent, from the next segment on. */
  setWish(wish: RungWish): void;
  /** Plays these marks instead of the music, for calibrating this output; null: the music again. */
  setMarks(marks: MarksBetween | null): void;
  /**
   * Sound that goes on behind a locked screen, at the price of exactness; call it in the click itself. Resolves to whether
   * it is now as wanted.
   */
  setLasting(isWanted: boolean): Promise<boolean>;
  /**
   * Effects on what plays here; `{}` is none. Their latency is made up for. Rejects with `EffectRefused`
   * (`effects-unavailable`) where the browser has no place for them, and before the start.
   */
  setEffects(settings: ChainSettings): Promise<void>;
  /** What sounds here, for the eye; to be closed. Null before the start. */
  levels(): Levels | null;
  /** Seconds of audio time, null while the output does not run. */
  audioTime(): number | null;
  /** Fades to silence and lets the output go. */
  close(): void;
}

/** What both kinds of player are made with. */
export interface SoundSettings {
  readonly room: string;
  readonly time: RoomTime;
  readonly volume: number;
  readonly offset: number;
  readonly mode: SyncMode;
  readonly wish: RungWish;
  /** The rung to begin with. */
  readonly start: Rung;
  /** Told when a track cannot be fetched or played; `code` as in the server's refusals. */
  readonly trouble: (track: string, code: string, reason: string) => void;
}
