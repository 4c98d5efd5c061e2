import type { Levels } from "../audio/levels";
import type { Rung, RungChoice, RungWish } from "../audio/rungs";
import type { Correcting, LooseReason, SupplyView, SyncMode } from "../audio/sound";
import type { ChainSettings } from "../effects/settings";
import type { Checks } from "./checkViews";
import type { Observed } from "./observed";
import type { OwnVibeView } from "./ownVibe";

export type { Correcting, Levels, LooseReason, OwnVibeView, Rung, RungChoice, RungWish, SupplyView, SyncMode };

/**
 * Everything the page shows of one room and everything a person can do in it.
 *
 * The engine side (connection, documents, clock, player) implements it in `session/engine.ts`; components only render
 * these values and call these methods. Positions and lengths are whole microseconds of track time.
 */
export interface Listening {
  readonly me: Observed<Me>;
  readonly link: Observed<LinkState>;
  readonly saved: Observed<SavedState>;
  readonly room: Observed<RoomView | null>;
  readonly transport: Observed<TransportView>;
  readonly queue: Observed<readonly QueueRow[]>;
  readonly people: Observed<readonly Person[]>;
  readonly sync: Observed<SyncView>;
  readonly notices: Observed<readonly Notice[]>;
  readonly volume: Observed<number>;
  readonly checks: Checks;
  readonly ownVibe: Observed<OwnVibeView>;

  /** Where the room is in the current track now; call it once per animation frame, it is cheap. */
  position(): number;
  /** Up to where in the current track this device has its sound already; 0 while that is not known. As cheap as `position`. */
  buffered(): number;

  /**
   * Must be called in a click handler when `sound` is true: the same click unlocks sound. Resolves inside the room, or with
   * `link` offline when the server is away; the room is then entered by itself later. Rejects with the server's no.
   */
  join(sound: boolean): Promise<void>;
  leave(): void;

  play(): void;
  playEntry(entry: string): void;
  pause(): void;
  seek(position: number): void;
  next(): void;
  previous(): void;
  /** Bends what the room plays, for all at one instant. Made for drags: call it for every step of one. */
  vibe(change: VibeChange): void;
  /** The recording as it is, for all. For whoever may "reset-vibe". */
  resetVibe(): void;

  add(tracks: readonly string[], place: "end" | "next"): void;
  remove(entry: string): void;
  /** Puts `entry` before `before`, or at the end when that is null. */
  move(entry: string, before: string | null): void;
  undo(): void;
  canUndo: Observed<boolean>;

  /** 0 … 1, this device only. */
  setVolume(volume: number): void;
  /** Effects on this device, kept for this person; the others hear nothing of them. */
  setEffects(effects: ChainSettings): void;
  /** Lets the sound be heard without them, to compare. */
  bypass(isBypassed: boolean): void;
  /** What sounds here, for the eye; to be closed. Null while this device is silent. */
  levels(): Levels | null;
  /** Signed output correction of this device in microseconds: positive when this output sounds late. */
  setOffset(offset: number): void;
  /** What comes first on this device, from now on and in later visits. */
  setMode(mode: SyncMode): void;
  /** How good the sound may be on this device, from now on and in later visits. */
  setWish(wish: RungWish): void;
  /**
   * Clicks at every whole second of room time on this device instead of the music. Every device of the room that does this
   * clicks at the same instants.
   */
  setClicks(isOn: boolean): void;
  /** Microseconds from a beat of those clicks to page time `milliseconds`, -0.3 … +0.7 s; null while room time is unknown. */
  beatDistance(milliseconds: number): number | null;
  /** Sound that goes on behind a locked screen, loosely in step; call it in a click handler. Kept for later visits. */
  setLasting(isWanted: boolean): void;
  rename(name: string): Promise<void>;
  dismiss(notice: number): void;
  close(): void;
}

export interface Me {
  readonly principal: string;
  readonly device: string;
  readonly name: string;
}

/** `refused`: the server said no for good (kicked, unknown room …); `reason` is for people. */
export interface LinkState {
  readonly state: "connecting" | "online" | "offline" | "refused";
  readonly code: string;
  readonly reason: string;
}

/** `waiting`: number of intents that are not yet durable on the server. */
export interface SavedState {
  readonly state: "saved" | "saving" | "offline";
  readonly waiting: number;
}

export interface RoomView {
  readonly room: string;
  readonly name: string;
  readonly role: string;
  /** Names of permitted actions: "control", "vibe", "reset-vibe", "calibrate", "add", "edit-own", "edit-any", "invite", "kick", "configure". */
  readonly may: ReadonlySet<string>;
  readonly hasSound: boolean;
}

export interface TransportView {
  readonly status: "empty" | "paused" | "playing";
  readonly entry: string | null;
  readonly track: string | null;
  /** Length of the current track, 0 while unknown. */
  readonly length: number;
  readonly next: string | null;
  /** Tempo of the room, thousandths of the recorded one; kept while paused, as pitch and formants are. */
  readonly ratePermille: number;
  /** Transposition in cents. */
  readonly pitchCents: number;
  readonly keepsFormants: boolean;
}

/** What a person turns; what is left out stays as it is. */
export interface VibeChange {
  /** Thousandths of the recorded tempo, 500 … 2000. The pitch stays. */
  readonly tempo?: number;
  /** Cents, -1200 … 1200. The tempo stays. */
  readonly pitch?: number;
  /** Voices keep their character under transposition. */
  readonly formants?: boolean;
  /** At the next beat of the track instead of as soon as possible. */
  readonly onTheBeat?: boolean;
}

export interface QueueRow {
  readonly entry: string;
  readonly track: string;
  readonly addedBy: string;
  readonly addedByName: string;
  readonly place: "history" | "now" | "next" | "later";
  readonly mayEdit: boolean;
}

export interface Person {
  readonly connection: string;
  readonly principal: string;
  readonly name: string;
  readonly role: string;
  readonly isMe: boolean;
  readonly hasSound: boolean;
  readonly state: string;
  readonly playbackError: number;
  /** Its client takes part in sound checks. */
  readonly checks: boolean;
  /** That device learns only to some milliseconds when its sound leaves it, whatever `playbackError` says. */
  readonly isCoarse: boolean;
}

/** What this device knows of its own step with the room; all spans in microseconds. */
export interface SyncView {
  readonly state: "silent" | "buffering" | "catching-up" | "in-step" | "loose";
  readonly playbackError: number;
  readonly clockError: number;
  readonly roundTrip: number;
  readonly outputLatency: number;
  /** The browser does not tell its latency; the figure stands in. */
  readonly isLatencyAssumed: boolean;
  /** The browser tells the timing of its output only to some milliseconds. */
  readonly isCoarse: boolean;
  /** How much faster this output runs than page time, ppm; 0 while unknown. */
  readonly driftPpm: number;
  readonly correcting: Correcting;
  readonly mode: SyncMode;
  readonly offset: number;
  readonly wish: RungWish;
  readonly supply: SupplyView;
  /** Stable name of the output, empty while the browser keeps it secret. */
  readonly output: string;
  readonly looseBecause: LooseReason;
  /** Sound that goes on behind a locked screen is wanted. */
  readonly isLasting: boolean;
  /** One sentence in plain words, e.g. "In step, within 1.2 ms". */
  readonly words: string;
}

export interface Notice {
  readonly id: number;
  readonly kind: "info" | "refused" | "error";
  readonly text: string;
  /** How often this was said since it was last put away, 1 or more. */
  readonly times: number;
}
