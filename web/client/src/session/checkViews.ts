import type { Observed } from "./observed";

/** Sound checks of the room: clicks on all devices at once, and the measurement of all of them by one microphone. */
export interface Checks {
  /** What sounds instead of the music now; null if nothing does. */
  readonly running: Observed<RunningCheck | null>;
  /** What somebody's measurement changed on this device last; null once that was kept, undone or closed. */
  readonly adjustment: Observed<Adjustment | null>;
  readonly measuring: Observed<Measuring>;

  /** Clicks on every device of the room for half a minute. */
  startClicks(): void;
  stopForAll(): void;
  /** Music again on this device alone, until the next check. */
  stopHere(): void;

  /** Listens to these devices (connections) by the microphone of this one. Call it in the click itself. */
  measure(devices: readonly string[]): void;
  /** Ends the measurement and forgets what it found. */
  forget(): void;
  /** Tells each device its change, and what it found is done with. */
  apply(changes: readonly Change[]): void;

  undoAdjustment(): void;
  keepAdjustment(): void;
}

export interface RunningCheck {
  readonly kind: "clicks" | "chirps";
  /** Who asked for it. */
  readonly name: string;
  /** This page asked for it. */
  readonly isMine: boolean;
  /** Whole seconds that are left. */
  readonly seconds: number;
  /** Whether this device keeps its music silent for it. */
  readonly isHere: boolean;
}

/** Offsets in microseconds. */
export interface Adjustment {
  readonly name: string;
  readonly isMine: boolean;
  readonly before: number;
  readonly after: number;
}

export type Measuring =
  | { readonly state: "idle" }
  | { readonly state: "asking" }
  | { readonly state: "listening"; readonly seconds: number }
  | { readonly state: "working" }
  | { readonly state: "failed"; readonly code: string; readonly reason: string }
  | { readonly state: "measured"; readonly devices: readonly MeasuredDevice[]; readonly isOverdriven: boolean }
  | { readonly state: "applied"; readonly count: number };

/** `late`: how late it was heard, null if it was not; only differences between devices mean something. Microseconds. */
export interface MeasuredDevice {
  readonly connection: string;
  readonly name: string;
  readonly isMe: boolean;
  readonly late: number | null;
  readonly spread: number;
}

/** By how much a device is to move its offset, microseconds. */
export interface Change {
  readonly connection: string;
  readonly change: number;
}
