/**
 * Every message of the realtime socket as a typed record: the twin of `sync/wire/frames.py`, where each is explained.
 *
 * On the wire a frame is a MessagePack array of the tag and the fields in the order of its layout (`layouts.ts`).
 */

export const PROTOCOL_VERSION = 1;

/** Longest frame the server accepts, in bytes. */
export const MAX_INBOUND_BYTES = 96 * 1024;
/** Longest frame the server sends, in bytes. */
export const MAX_OUTBOUND_BYTES = 4 * 1024 * 1024;

// ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Play {
  readonly tag: "play";
  readonly entry: string;
  readonly position: number;
}
export interface Pause {
  readonly tag: "pause";
}
export interface Seek {
  readonly tag: "seek";
  readonly position: number;
}
export interface Next {
  readonly tag: "next";
}
export interface Previous {
  readonly tag: "previous";
}
/** null: as it is. */
export interface SetVibe {
  readonly tag: "vibe";
  readonly tempoPermille: number | null;
  readonly pitchCents: number | null;
  readonly keepsFormants: boolean | null;
  readonly onBeat: boolean;
}
export interface ResetVibe {
  readonly tag: "vibe-reset";
}
export interface SetRate {
  readonly tag: "set-rate";
  readonly permille: number;
}
export interface StartClicks {
  readonly tag: "start-clicks";
}
export interface StartChirps {
  readonly tag: "start-chirps";
  readonly devices: readonly string[];
}
export interface StopCheck {
  readonly tag: "stop-check";
}
export interface Adjust {
  readonly tag: "adjust";
  readonly device: string;
  readonly change: number;
}
export type TransportOrder = Play | Pause | Seek | Next | Previous | SetVibe | ResetVibe | SetRate;
export type CheckOrder = StartClicks | StartChirps | StopCheck | Adjust;
export type Order = TransportOrder | CheckOrder;

// ── client → server ─────────────────────────────────────────────────────────────────────────────────────────────────

export interface Hello {
  readonly tag: "hello";
  readonly protocol: number;
  readonly software: string;
  readonly ticket: string;
  readonly portions: boolean;
  readonly checks: boolean;
}
export interface Probe {
  readonly tag: "probe";
  readonly seq: number;
  readonly sent: number;
}
export interface Enter {
  readonly tag: "enter";
  readonly room: string;
  readonly invite: string;
  readonly sound: boolean;
}
export interface Leave {
  readonly tag: "leave";
  readonly room: string;
}
export interface Open {
  readonly tag: "open";
  readonly document: string;
  readonly stateVector: Uint8Array;
  readonly clientId: number;
}
export interface Close {
  readonly tag: "close";
  readonly document: string;
}
export interface Update {
  readonly tag: "update";
  readonly document: string;
  readonly update: Uint8Array;
  readonly intent: number;
}
export interface Command {
  readonly tag: "command";
  readonly room: string;
  readonly seq: number;
  readonly order: Order;
}
export const LISTENER_STATES = ["silent", "buffering", "catching-up", "in-step", "loose"] as const;
export type ListenerState = (typeof LISTENER_STATES)[number];
export interface Report {
  readonly tag: "report";
  readonly room: string;
  readonly state: ListenerState;
  readonly playbackError: number;
  readonly clockError: number;
  readonly roundTrip: number;
  readonly leadNeeded: number;
  readonly firstSegment: boolean;
  readonly entry: string;
  readonly coarse: boolean;
}
export type FromClient = Hello | Probe | Enter | Leave | Open | Close | Update | Command | Report;

// ── server → client ─────────────────────────────────────────────────────────────────────────────────────────────────

export interface Welcome {
  readonly tag: "welcome";
  readonly protocol: number;
  readonly connection: string;
  readonly principal: string;
  readonly device: string;
  readonly clockEpoch: string;
  readonly ticket: string;
  readonly heartbeat: number;
  readonly server: string;
  readonly generation: number;
}
export interface ProbeReply {
  readonly tag: "probe-reply";
  readonly seq: number;
  readonly sent: number;
  readonly received: number;
  readonly answered: number;
}
export interface Entered {
  readonly tag: "entered";
  readonly room: string;
  readonly name: string;
  readonly role: string;
  readonly may: readonly string[];
}
export interface Left {
  readonly tag: "left";
  readonly room: string;
  readonly code: string;
  readonly reason: string;
}
export interface Portion {
  readonly tag: "portion";
  readonly document: string;
  readonly start: number;
  readonly total: number;
  readonly content: Uint8Array;
}
export interface Opened {
  readonly tag: "opened";
  readonly document: string;
  readonly clientId: number;
  readonly update: Uint8Array;
  readonly stateVector: Uint8Array;
  readonly start: number;
}
export interface Changed {
  readonly tag: "changed";
  readonly document: string;
  readonly update: Uint8Array;
}
export interface Saved {
  readonly tag: "saved";
  readonly document: string;
  readonly intent: number;
}
export interface Done {
  readonly tag: "done";
  readonly room: string;
  readonly seq: number;
}
export interface Refused {
  readonly tag: "refused";
  readonly about: string;
  readonly subject: string;
  readonly seq: number;
  readonly code: string;
  readonly reason: string;
}
/** Part of {@link People}; travels as an array without a tag. */
export interface Participant {
  readonly connection: string;
  readonly principal: string;
  readonly name: string;
  readonly role: string;
  readonly device: string;
  readonly sound: boolean;
  readonly state: string;
  readonly playbackError: number;
  readonly clockError: number;
  readonly checks: boolean;
  readonly coarse: boolean;
}
export interface People {
  readonly tag: "people";
  readonly room: string;
  readonly full: boolean;
  readonly present: readonly Participant[];
  readonly gone: readonly string[];
}
export const CHECK_KINDS = ["none", "clicks", "chirps"] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];
export interface SoundCheck {
  readonly tag: "sound-check";
  readonly room: string;
  readonly kind: CheckKind;
  readonly by: string;
  readonly name: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly devices: readonly string[];
  readonly slot: number;
  readonly rounds: number;
}
export interface Adjusted {
  readonly tag: "adjusted";
  readonly room: string;
  readonly by: string;
  readonly name: string;
  readonly change: number;
}
export interface Ending {
  readonly tag: "ending";
  readonly code: string;
  readonly reason: string;
  readonly retryAfter: number;
}
export type FromServer =
  | Welcome
  | ProbeReply
  | Entered
  | Left
  | Portion
  | Opened
  | Changed
  | Saved
  | Done
  | Refused
  | People
  | SoundCheck
  | Adjusted
  | Ending;

/** What is left to handle once portions are put together (`portions.ts`). */
export type Whole = Exclude<FromServer, Portion>;

export type Frame = FromClient | FromServer;
