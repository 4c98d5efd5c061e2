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
} from "../../src/api/answers";
import type { Uploaded } from "../../src/api/uploads";
import type { Server, ServerRefusal } from "../../src/ui/server";

export function trackOf(track: string, title: string, artist = "The Makers", more: Partial<Track> = {}): Track {
  return { track, title, artist, album: "", length: 200_000_000, is_available: true, has_cover: false, note: "", ...more };
}

/** A server in memory. Put a refusal into `refusing` to have the call of that name say no. */
export class FakeServer implements Server {
  readonly calls: string[] = [];
  readonly refusing = new Map<string, ServerRefusal>();
  tracks: readonly Track[] = [];
  cards: readonly RoomLine[] = [];
  facts: Instance = {
    name: "Living room",
    version: "0.1.0",
    demo_room: "demo",
    may_create_rooms: true,
    may_upload: false,
    upload_file_bytes: 1_000_000,
    needs_invite: false,
    https_url: "https://hathor.test:8443/",
  };
  inside: RoomGlance = {
    room: "demo",
    name: "Friday night",
    listeners: 2,
    participants: 2,
    track: null,
    is_playing: false,
    guests_control: true,
    guests_edit: false,
    people: ["Ben", "Jo"],
  };
  waveform: Uint8Array | null = null;
  #links = 0;

  instance(): Promise<Instance> {
    return this.#answer("instance", this.facts);
  }

  session(): Promise<Session> {
    return this.#answer("session", { principal: "p-me", device: "d-me", name: "Mira" });
  }

  rooms(): Promise<readonly RoomLine[]> {
    return this.#answer("rooms", this.cards);
  }

  createRoom(name: string): Promise<NewRoom> {
    return this.#answer("createRoom", { room: "fresh", name, invite: "inv", link: "http://localhost/r/fresh?i=inv" }, name);
  }

  myRoom(): Promise<OwnRoom> {
    return this.#answer("myRoom", { room: "mine", name: "My music" });
  }

  glance(room: string, invite: string): Promise<RoomGlance> {
    return this.#answer("glance", this.inside, `${room} ${invite}`);
  }

  configure(room: string, changes: RoomChanges): Promise<RoomGlance> {
    if (!this.refusing.has("configure")) this.inside = { ...this.inside, ...changes };
    return this.#answer("configure", this.inside, `${room} ${JSON.stringify(changes)}`);
  }

  invite(room: string): Promise<InviteLink> {
    return this.#answer("invite", { link: `http://localhost/r/${room}?i=t0`, token: "t0" });
  }

  renewInvite(room: string): Promise<InviteLink> {
    const token = `t${++this.#links}`;
    return this.#answer("renewInvite", { link: `http://localhost/r/${room}?i=${token}`, token });
  }

  async kick(room: string, principal: string): Promise<void> {
    await this.#answer("kick", null, `${room} ${principal}`);
  }

  search(query: string, limit: number, offset: number): Promise<TrackPage> {
    const words = query.toLowerCase();
    const all = this.tracks.filter(({ title, artist }) => `${title} ${artist}`.toLowerCase().includes(words));
    return this.#answer("search", { tracks: all.slice(offset, offset + limit), total: all.length }, `${query} ${offset}`);
  }

  lookup(tracks: readonly string[]): Promise<readonly Track[]> {
    const wanted = new Set(tracks);
    return this.#answer("lookup", this.tracks.filter(({ track }) => wanted.has(track)), String(tracks.length));
  }

  peaks(track: string): Promise<Uint8Array | null> {
    return this.#answer("peaks", this.waveform, track);
  }

  /** Sent files end when told to, by their names. */
  readonly uploads = new Map<string, { tell: (sentBytes: number) => void; end: (uploaded: Uploaded) => void; refuse: (refusal: ServerRefusal) => void }>();

  upload(file: File, group: string, tell: (sentBytes: number) => void, signal: AbortSignal): Promise<Uploaded> {
    this.calls.push(`upload ${file.name}`);
    this.groups.push(group);
    return new Promise((end, refuse) => {
      this.uploads.set(file.name, { tell, end, refuse });
      signal.addEventListener("abort", () => {
        this.calls.push(`abort ${file.name}`);
        refuse(new Error("aborted"));
      });
    });
  }

  readonly groups: string[] = [];

  coverUrl(track: string): string {
    return `/api/tracks/${track}/cover`;
  }

  qrUrl(room: string, invite: string): string {
    return `/api/rooms/${room}/qr.svg?i=${invite}`;
  }

  #answer<Value>(name: string, value: Value, about = ""): Promise<Value> {
    this.calls.push(`${name} ${about}`.trim());
    const refusal = this.refusing.get(name);
    // The client throws records with code and reason, whatever their class.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return refusal === undefined ? Promise.resolve(value) : Promise.reject(refusal);
  }
}
