import type { Stop, Timers } from "./timers";

// Timers and clocks of a busy page differ by some milliseconds; a clock that was set or slept differs by more.
const DISAGREEMENT_MS = 50;

/** Where the watchdog gets its events; the window and the document of a page. */
export interface Surroundings {
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState?: string };
  /** Seconds of audio time, null while there is no running output. */
  readonly audioTime: () => number | null;
}

/**
 * Notices within a second that a clock jumped or stood still: page time stops in sleep on most systems, UTC is set by
 * people and by NTP, audio time stops with its device. `jumped` is called for each disagreement; `woke` when the page is
 * seen again or the network is back.
 */
export function watch(timers: Timers, around: Surroundings, jumped: () => void, woke: () => void): Stop {
  let last = readings(timers, around);
  const look = (): void => {
    const now = readings(timers, around);
    const passed = now.page - last.page;
    const isOff = (span: number): boolean => Math.abs(span - passed) > DISAGREEMENT_MS;
    const audio = now.audio !== null && last.audio !== null ? now.audio - last.audio : passed;
    if (isOff(now.wall - last.wall) || isOff(audio)) jumped();
    last = now;
  };
  const seen = (): void => {
    if (around.document.visibilityState === "hidden") return;
    look();
    woke();
  };
  const stop = timers.every(1000, look);
  around.document.addEventListener("visibilitychange", seen);
  around.window.addEventListener("online", seen);
  around.window.addEventListener("pageshow", seen);
  return () => {
    stop();
    around.document.removeEventListener("visibilitychange", seen);
    around.window.removeEventListener("online", seen);
    around.window.removeEventListener("pageshow", seen);
  };
}

function readings(timers: Timers, around: Surroundings): { page: number; wall: number; audio: number | null } {
  const audio = around.audioTime();
  return { page: timers.now() / 1000, wall: timers.wall(), audio: audio === null ? null : audio * 1000 };
}
