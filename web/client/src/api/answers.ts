/** Bodies of the HTTP answers, as `docs/architecture.md` lists them. Lengths are whole microseconds. */

export interface Instance {
  readonly name: string;
  readonly version: string;
  readonly demo_room: string | null;
  readonly may_create_rooms: boolean;
  readonly may_upload: boolean;
  readonly upload_file_bytes: number;
  readonly needs_invite: boolean;
  readonly https_url: string | null;
}

export interface Session {
  readonly principal: string;
  readonly device: string;
  readonly name: string;
}

export interface RoomLine {
  readonly room: string;
  readonly name: string;
  readonly is_private: boolean;
  readonly is_listed: boolean;
}

export interface NewRoom {
  readonly room: string;
  readonly name: string;
  readonly invite: string;
  readonly link: string;
}

export interface OwnRoom {
  readonly room: string;
  readonly name: string;
}

export interface RoomGlance {
  readonly room: string;
  readonly name: string;
  readonly listeners: number;
  readonly participants: number;
  readonly track: string | null;
  readonly is_playing: boolean;
  readonly guests_control: boolean;
  readonly guests_edit: boolean;
  /** Names of people inside, each person once, at most 8 of them. */
  readonly people: readonly string[];
}

export interface RoomChanges {
  readonly name?: string;
  readonly guests_control?: boolean;
  readonly guests_edit?: boolean;
}

export interface InviteLink {
  readonly link: string;
  readonly token: string;
}

export interface Track {
  readonly track: string;
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly length: number;
  readonly is_available: boolean;
  readonly has_cover: boolean;
  readonly note: string;
}

export interface TrackPage {
  readonly tracks: readonly Track[];
  readonly total: number;
}
