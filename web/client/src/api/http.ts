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
} from "./answers";
import { refusalOf, Refused } from "./refused";
import { uploadFile, type Uploaded } from "./uploads";

/** The part of the browser's `fetch` that is used. */
export type Fetch = (url: string, options: RequestInit) => Promise<Response>;

interface Asking {
  readonly method?: "GET" | "POST" | "PATCH";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const UNREACHABLE = "The server does not answer. Check your connection and try again.";

const SESSION = "/api/session";

// A server that died in the middle of an answer may leave a connection that never says so; who waits for it waits for ever.
const PATIENCE_MS = 15_000;

const segment = encodeURIComponent;

/**
 * Everything the page asks over HTTP. Every method rejects with {@link Refused}: the server's refusal, or `unreachable`
 * when there was no answer. An aborted request rejects with the browser's AbortError.
 *
 * A page has one of these: two would introduce a stranger twice, and the second cookie would belong to somebody who is not
 * in the room.
 */
export class HttpApi {
  readonly #fetch: Fetch;
  readonly #patience: number;
  /** The one introduction under way, which every request of a stranger waits for. */
  #introduction: Promise<Session> | null = null;
  #isIntroduced = false;

  /** `patience`: milliseconds after which an answer that has not come counts as none. */
  constructor(fetcher: Fetch = (url, options) => fetch(url, options), patience = PATIENCE_MS) {
    this.#fetch = fetcher;
    this.#patience = patience;
  }

  async instance(): Promise<Instance> {
    const found = await this.#ask<Instance>("/api/instance");
    return { ...found, demo_room: present(found.demo_room), https_url: present(found.https_url) };
  }

  /** Who I am; the first call makes a stranger a guest. Asked twice at once it would make two, so it is asked once. */
  session(): Promise<Session> {
    this.#introduction ??= this.#ask<Session>(SESSION)
      .then((session) => {
        this.#isIntroduced = true;
        return session;
      })
      .finally(() => (this.#introduction = null));
    return this.#introduction;
  }

  rename(name: string): Promise<Session> {
    return this.#ask(SESSION, { method: "PATCH", body: { name } });
  }

  async rooms(): Promise<readonly RoomLine[]> {
    return (await this.#ask<{ rooms: readonly RoomLine[] }>("/api/rooms")).rooms;
  }

  createRoom(name: string): Promise<NewRoom> {
    return this.#ask("/api/rooms", { method: "POST", body: { name } });
  }

  /** My personal session: a room that only my own devices enter. */
  myRoom(): Promise<OwnRoom> {
    return this.#ask("/api/rooms/mine", { method: "POST", body: {} });
  }

  /**
   * What may be known of a room before entering it. An invite admits its bearer, so the server would make a guest of a
   * stranger here as well, beside the one it is introducing.
   */
  async glance(room: string, invite: string): Promise<RoomGlance> {
    if (!this.#isIntroduced) await this.session();
    return this.#ask(`/api/rooms/${segment(room)}${queryOf({ i: invite })}`);
  }

  configure(room: string, changes: RoomChanges): Promise<RoomGlance> {
    return this.#ask(`/api/rooms/${segment(room)}`, { method: "PATCH", body: changes });
  }

  invite(room: string): Promise<InviteLink> {
    return this.#ask(`/api/rooms/${segment(room)}/invite`);
  }

  /** Makes a new link; the old one ends. */
  renewInvite(room: string): Promise<InviteLink> {
    return this.#ask(`/api/rooms/${segment(room)}/invite`, { method: "POST", body: {} });
  }

  async kick(room: string, principal: string): Promise<void> {
    await this.#ask(`/api/rooms/${segment(room)}/kick`, { method: "POST", body: { principal } });
  }

  search(query: string, limit: number, offset: number, signal?: AbortSignal): Promise<TrackPage> {
    const asked = queryOf({ q: query, limit: String(limit), offset: String(offset) });
    return this.#ask(`/api/tracks${asked}`, signal === undefined ? {} : { signal });
  }

  /** At most 500 ids a call; unknown ones are missing from the answer. */
  async lookup(tracks: readonly string[]): Promise<readonly Track[]> {
    const asking: Asking = { method: "POST", body: { tracks } };
    return (await this.#ask<{ tracks: readonly Track[] }>("/api/tracks/lookup", asking)).tracks;
  }

  /** Waveform, one byte (0 … 255) per 1/20 s; null while it has not been measured. */
  async peaks(track: string, signal?: AbortSignal): Promise<Uint8Array | null> {
    const response = await this.#send(`/api/tracks/${segment(track)}/peaks`, signal === undefined ? {} : { signal });
    if (response.status === 404) return null;
    if (!response.ok) throw await refusalOf(response);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Sends a file into the library; `tell` hears how many bytes are out. */
  upload(file: File, group: string, tell: (sentBytes: number) => void, signal: AbortSignal): Promise<Uploaded> {
    return uploadFile(file, group, tell, signal);
  }

  coverUrl(track: string): string {
    return `/api/tracks/${segment(track)}/cover`;
  }

  qrUrl(room: string, invite: string): string {
    return `/api/rooms/${segment(room)}/qr.svg${queryOf({ i: invite })}`;
  }

  async #ask<Answer>(url: string, asking: Asking = {}): Promise<Answer> {
    const response = await this.#sendKnown(url, asking);
    if (!response.ok) throw await refusalOf(response);
    return (await response.json()) as Answer;
  }

  /** Sends as somebody: a page's first request may come before its cookie does, so a stranger becomes a guest and asks again. */
  async #sendKnown(url: string, asking: Asking): Promise<Response> {
    if (url !== SESSION) await this.#introduction;
    const response = await this.#send(url, asking);
    if (response.status !== 401 || url === SESSION) return response;
    await this.session();
    return this.#send(url, asking);
  }

  async #send(url: string, asking: Asking): Promise<Response> {
    const { method = "GET", body, signal } = asking;
    const options: RequestInit = { method, credentials: "same-origin", headers: { Accept: "application/json" } };
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers = { Accept: "application/json", "Content-Type": "application/json" };
    }
    options.signal = within(this.#patience, signal);
    try {
      return await this.#fetch(url, options);
    } catch (reason) {
      if (signal?.aborted === true) throw reason;
      throw new Refused("unreachable", UNREACHABLE, 0);
    }
  }
}

/** Aborts after so many milliseconds, and with `signal`. */
function within(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds);
  if (signal === undefined) return limit;
  // Safari before 17.4 cannot join two; there only the caller's counts.
  return "any" in AbortSignal ? AbortSignal.any([limit, signal]) : signal;
}

/** The server says "none" with an empty text. */
function present(text: string | null): string | null {
  return text === "" ? null : text;
}

/** `?a=b&…` of the values that are not empty; nothing if all are. */
function queryOf(values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
