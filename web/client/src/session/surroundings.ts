import { lineHints, type LineHints } from "../audio/lineHints";
import { LoosePlayer } from "../audio/loosePlayer";
import { openMicrophone, type OpenMicrophone } from "../audio/microphone";
import { Player } from "../audio/player";
import type { Sound, SoundSettings } from "../audio/sound";
import type { Session } from "../api/answers";
import { dialHere } from "../connection/socket";
import type { Wire } from "../connection/socket";
import { measureResolution, pageTimers } from "../connection/timers";
import type { Stop, Timers } from "../connection/timers";
import { Forgetting } from "./forgetting";
import { openKeeping } from "./keeping";
import type { Keeping } from "./keeping";
import { shelfOf } from "./memory";
import type { Shelf } from "./memory";
import { BeatingNames, LockedNames } from "./tab";
import type { TabNames } from "./tab";

/** Everything an engine needs of the page it runs in; tests bring their own. */
export interface EngineSurroundings {
  readonly timers: Timers;
  readonly random: () => number;
  readonly dial: () => Wire;
  readonly api: { session(): Promise<Session>; rename(name: string): Promise<Session> };
  /** Null where the browser forbids its database: nothing will outlive the page. */
  readonly openKeeping: () => Promise<{ readonly keeping: Keeping; readonly isLasting: boolean }>;
  readonly names: TabNames;
  readonly deviceShelf: Shelf;
  readonly tabShelf: Shelf;
  readonly newSound: (settings: SoundSettings) => Sound;
  readonly openMicrophone: OpenMicrophone;
  readonly lineHints: () => LineHints;
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState?: string };
  /** Granularity of page time, microseconds. */
  readonly resolution: number;
}

function every(milliseconds: number, action: () => void): Stop {
  return pageTimers.every(milliseconds, action);
}

function namesOf(window: Window & typeof globalThis, shelf: Shelf): TabNames {
  // Not in the types as such: insecure pages have no `locks`.
  const locks = window.navigator.locks as LockManager | undefined;
  if (locks !== undefined) return new LockedNames(locks);
  return new BeatingNames(shelf, () => Date.now(), every, (action) => window.addEventListener("pagehide", action));
}

async function keepingOf(window: Window & typeof globalThis): Promise<{ keeping: Keeping; isLasting: boolean }> {
  try {
    return { keeping: await openKeeping(window.indexedDB), isLasting: true };
  } catch {
    return { keeping: new Forgetting(), isLasting: false };
  }
}

/** The surroundings of a real page; `api` is the one the page itself uses. */
export function pageSurroundings(page: Window & typeof globalThis, api: EngineSurroundings["api"]): EngineSurroundings {
  const deviceShelf = shelfOf(() => page.localStorage);
  return {
    timers: pageTimers,
    random: Math.random,
    dial: () => dialHere(page.location),
    api,
    openKeeping: () => keepingOf(page),
    names: namesOf(page, deviceShelf),
    deviceShelf,
    tabShelf: shelfOf(() => page.sessionStorage),
    newSound: (settings) => (Player.isPossible ? new Player(settings) : new LoosePlayer(settings)),
    openMicrophone,
    lineHints: () => lineHints(page.navigator),
    window: page,
    document: page.document,
    resolution: measureResolution(),
  };
}
