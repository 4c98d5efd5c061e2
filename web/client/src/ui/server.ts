import type {
  Instance,
  InviteLink,
  NewRoom,
  OwnRoom,
  RoomChanges,
  RoomGlance,
  RoomLine,
  Session,
  Track,
  TrackPage,
} from "../api/answers";
import type { Uploaded } from "../api/uploads";

/** What the page asks of the server over HTTP; `src/api/http.ts` answers it. Lengths are whole microseconds. */
export interface Server {
  instance(): Promise<Instance>;
  session(): Promise<Session>;
  rooms(): Promise<readonly RoomLine[]>;
  /** Throws {@link ServerRefusal} like every other call here when the server says no. */
  createRoom(name: string): Promise<NewRoom>;
  /** My personal session: a room only my own devices enter. */
  myRoom(): Promise<OwnRoom>;
  glance(room: string, invite: string): Promise<RoomGlance>;
  configure(room: string, changes: RoomChanges): Promise<RoomGlance>;
  invite(room: string): Promise<InviteLink>;
  /** Makes a new link; the old one ends. */
  renewInvite(room: string): Promise<InviteLink>;
  kick(room: string, principal: string): Promise<void>;
  search(query: string, limit: number, offset: number, signal: AbortSignal): Promise<TrackPage>;
  /** At most 500 ids a call; unknown ones are simply missing from the answer. */
  lookup(tracks: readonly string[]): Promise<readonly Track[]>;
  /** Waveform, one byte (0 … 255) per 1/20 s; null while it has not been measured. */
  peaks(track: string, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Sends a file into the library; `tell` hears how many bytes are out. Files of one group lie together there. */
  upload(file: File, group: string, tell: (sentBytes: number) => void, signal: AbortSignal): Promise<Uploaded>;
  coverUrl(track: string): string;
  qrUrl(room: string, invite: string): string;
}

/** An expected no. `reason` is a sentence for people, `code` is stable. */
export interface ServerRefusal {
  readonly code: string;
  readonly reason: string;
}

/** Tells a refusal of the server from a failure to reach it. */
export function asRefusal(failure: unknown): ServerRefusal {
  if (typeof failure === "object" && failure !== null && "code" in failure && "reason" in failure) {
    const { code, reason } = failure;
    if (typeof code === "string" && typeof reason === "string") return { code, reason };
  }
  return { code: "unreachable", reason: "The server does not answer. Check your connection and try again." };
}

/** Whether nobody of ours answered: no network, no server, or a proxy that speaks in its place. Worth trying again. */
export function isAway({ code }: ServerRefusal): boolean {
  return ["unreachable", "http-502", "http-503", "http-504"].includes(code);
}
