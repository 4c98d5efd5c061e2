import type { Track } from "../../api/answers";
import type { Listening } from "../../session/listening";
import type { Observed } from "../../session/observed";
import { controlReasons } from "../player/controlReasons";
import type { MediaAction, MediaActionDetails, MediaPort } from "./ports";

const MICROS = 1_000_000;
const STEP_SECONDS = 5;

// The system carries the position on by itself; beyond this it has to be told again, after a seek for example.
const TOLERANCE_SECONDS = 0.75;

/** What the controls are made with. */
export interface MediaControlsSettings {
  readonly port: MediaPort;
  readonly listening: Listening;
  readonly track: (id: string) => Observed<Track | null>;
  readonly coverUrl: (track: string) => string;
  /** Steady time in seconds. */
  readonly now: () => number;
}

interface Told {
  readonly at: number;
  readonly position: number;
  readonly rate: number;
  readonly duration: number;
}

type Keys = Readonly<Record<MediaAction, ((details: MediaActionDetails) => void) | null>>;

/**
 * Lock screen, media keys and headset buttons: they show what the room plays, and do what this person may do there. Only
 * while this device sounds; otherwise the keys belong to whatever else plays on it.
 */
export class MediaControls {
  readonly #settings: MediaControlsSettings;
  readonly #stops: (() => void)[] = [];
  readonly #keys = new Map<MediaAction, boolean>();
  #stopTrack: () => void = () => undefined;
  #track: string | null = null;
  #told: Told | null = null;
  #words = "";

  constructor(settings: MediaControlsSettings) {
    this.#settings = settings;
    const { listening } = settings;
    for (const source of [listening.transport, listening.room, listening.queue]) {
      this.#stops.push(source.subscribe(() => this.refresh()));
    }
    this.refresh();
  }

  /** Brings everything up to date; to be called about once a second too, since a seek changes only the position. */
  refresh(): void {
    const { port, listening } = this.#settings;
    const transport = listening.transport.get();
    const sounds = listening.room.get()?.hasSound === true && transport.status !== "empty";
    this.#follow(sounds ? transport.track : null);
    port.state(sounds ? (transport.status === "playing" ? "playing" : "paused") : "none");
    this.#bind(sounds);
    this.#tellPosition(sounds);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    const { port } = this.#settings;
    this.#follow(null);
    this.#bind(false);
    port.position(null);
    port.state("none");
  }

  #follow(id: string | null): void {
    if (id !== this.#track) {
      this.#stopTrack();
      this.#track = id;
      this.#stopTrack = id === null ? () => undefined : this.#settings.track(id).subscribe(() => this.#tellWords());
    }
    this.#tellWords();
  }

  #tellWords(): void {
    const { port, track: trackOf, coverUrl } = this.#settings;
    const id = this.#track;
    const track = id === null ? null : trackOf(id).get();
    const words = track === null || id === null ? null : {
      title: track.title,
      artist: track.artist,
      album: track.album,
      artwork: track.has_cover ? [{ src: coverUrl(id) }] : [],
    };
    const told = JSON.stringify(words);
    if (told === this.#words) return;
    this.#words = told;
    port.show(words);
  }

  #bind(sounds: boolean): void {
    const { port, listening } = this.#settings;
    const reasons = controlReasons(listening.room.get(), listening.transport.get(), listening.queue.get());
    const may: Record<MediaAction, boolean> = {
      play: reasons.play === "",
      pause: reasons.play === "",
      stop: reasons.play === "",
      previoustrack: reasons.previous === "",
      nexttrack: reasons.next === "",
      seekto: reasons.seek === "",
      seekbackward: reasons.seek === "",
      seekforward: reasons.seek === "",
    };
    for (const [action, act] of Object.entries(this.#acts()) as [MediaAction, Keys[MediaAction]][]) {
      const isOn = sounds && may[action];
      if (this.#keys.get(action) === isOn) continue;
      this.#keys.set(action, isOn);
      port.on(action, isOn ? act : null);
    }
  }

  #acts(): Keys {
    const { listening } = this.#settings;
    return {
      play: () => listening.play(),
      pause: () => listening.pause(),
      stop: () => listening.pause(),
      previoustrack: () => listening.previous(),
      nexttrack: () => listening.next(),
      seekto: ({ seekTime }) => this.#seek((seekTime ?? 0) * MICROS),
      seekbackward: ({ seekOffset }) => this.#seek(listening.position() - (seekOffset ?? STEP_SECONDS) * MICROS),
      seekforward: ({ seekOffset }) => this.#seek(listening.position() + (seekOffset ?? STEP_SECONDS) * MICROS),
    };
  }

  #seek(position: number): void {
    const { listening } = this.#settings;
    const { length } = listening.transport.get();
    listening.seek(Math.max(0, length > 0 ? Math.min(length, position) : position));
    this.refresh();
  }

  #tellPosition(sounds: boolean): void {
    const { port, listening, now } = this.#settings;
    const { length, status, ratePermille } = listening.transport.get();
    if (!sounds || length <= 0) {
      if (this.#told !== null) port.position(null);
      this.#told = null;
      return;
    }
    const duration = length / MICROS;
    const position = Math.min(duration, Math.max(0, listening.position() / MICROS));
    // A rate of 0 is an error to the interface: paused is said by the state.
    const rate = ratePermille / 1000;
    const told = this.#told;
    const at = now();
    const moves = status === "playing" ? rate : 0;
    const expected = told === null ? NaN : told.position + (at - told.at) * told.rate;
    const isKnown = told?.duration === duration && told.rate === moves && Math.abs(expected - position) < TOLERANCE_SECONDS;
    if (isKnown) return;
    this.#told = { at, position, rate: moves, duration };
    port.position({ duration, position, playbackRate: rate });
  }
}
