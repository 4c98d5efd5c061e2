/** What a page may use of the machine around it. Each is null where the browser does not offer it, and nothing is lost then. */

/** Actions of media keys, headsets and lock screens that this page knows. */
export type MediaAction = "play" | "pause" | "previoustrack" | "nexttrack" | "seekto" | "seekbackward" | "seekforward" | "stop";

/** What comes with an action; seconds. */
export interface MediaActionDetails {
  readonly seekTime?: number | null;
  readonly seekOffset?: number | null;
}

/** What plays, in words and pictures. */
export interface MediaWords {
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly artwork: readonly { readonly src: string }[];
}

/** The part of Media Session that is used. */
export interface MediaPort {
  /** Null: nothing plays here. */
  show(words: MediaWords | null): void;
  state(state: "none" | "paused" | "playing"): void;
  /** Seconds of track time, and track seconds per second. Null: not known. */
  position(state: { readonly duration: number; readonly position: number; readonly playbackRate: number } | null): void;
  /** Null takes the action off the keys. Actions this browser does not know are left out silently: they have no key either. */
  on(action: MediaAction, act: ((details: MediaActionDetails) => void) | null): void;
}

/** A screen that is kept on. */
export interface WakeLock {
  release(): Promise<void>;
}

/** The part of Screen Wake Lock that is used. `request` rejects when the page is hidden or the battery is low. */
export interface WakePort {
  request(): Promise<WakeLock>;
}

export interface SystemPorts {
  readonly media: MediaPort | null;
  readonly wake: WakePort | null;
  readonly document: EventTarget & { readonly visibilityState: string };
}

function mediaOf(page: Window & typeof globalThis): MediaPort | null {
  // Older browsers have neither, whatever the types say.
  const session = page.navigator.mediaSession as MediaSession | undefined;
  if (session === undefined || !("MediaMetadata" in page)) return null;
  return {
    show: (words) => (session.metadata = words === null ? null : new page.MediaMetadata({ ...words, artwork: [...words.artwork] })),
    state: (state) => (session.playbackState = state),
    position: (state) => {
      // Added later than the rest of the interface.
      if (!("setPositionState" in session)) return;
      if (state === null) session.setPositionState();
      else session.setPositionState({ ...state });
    },
    on: (action, act) => {
      try {
        session.setActionHandler(action, act === null ? null : ({ seekTime, seekOffset }) => act({ seekTime: seekTime ?? null, seekOffset: seekOffset ?? null }));
      } catch {
        // A TypeError names an action this browser does not know.
      }
    },
  };
}

function wakeOf(page: Window): WakePort | null {
  // Insecure pages have none, whatever the types say.
  const lock = page.navigator.wakeLock as globalThis.WakeLock | undefined;
  return lock === undefined ? null : { request: () => lock.request("screen") };
}

/** The machine around a real page. */
export function systemOf(page: Window & typeof globalThis): SystemPorts {
  return { media: mediaOf(page), wake: wakeOf(page), document: page.document };
}
