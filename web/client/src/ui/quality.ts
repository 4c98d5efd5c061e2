import type { SyncView } from "../session/listening";
import { milliseconds } from "./durations";

/** How well a device keeps step, as shown by colour; the words beside it always say the same. */
export type Quality = "good" | "fair" | "poor" | "silent";

/** Display limits of the pill; what is promised is tighter. */
const GOOD = 10_000;
const FAIR = 40_000;

/**
 * `state` as in reports: silent, buffering, catching-up, in-step, loose. Unknown states count as silent. `isCoarse`: the device
 * knows its own output only to some milliseconds, so that none of its errors makes it good.
 */
export function qualityOf(state: string, playbackError: number, isCoarse: boolean): Quality {
  switch (state) {
    case "in-step": {
      const distance = Math.abs(playbackError);
      return isCoarse && distance <= FAIR ? "fair" : distance <= GOOD ? "good" : distance <= FAIR ? "fair" : "poor";
    }
    case "loose":
      return "fair";
    case "buffering":
    case "catching-up":
      return "poor";
    default:
      return "silent";
  }
}

/** Short words for one listener, with milliseconds where they mean something. */
export function stateWords(state: string, playbackError: number, isCoarse: boolean): string {
  switch (state) {
    case "in-step":
      // A figure in tenths of a millisecond would be a boast there.
      if (isCoarse) return "In step, coarsely";
      return `In step · ${milliseconds(Math.abs(playbackError))}`;
    case "loose":
      return "Loose sync";
    case "buffering":
      return "Buffering";
    case "catching-up":
      return `Catching up · ${milliseconds(Math.abs(playbackError))}`;
    case "reconnecting":
      return "Reconnecting";
    default:
      return "Ready";
  }
}

/** The words of the sync pill: state and milliseconds in every state that has them. Why it is silent, the engine knows. */
export function pillWords(sync: Pick<SyncView, "state" | "playbackError" | "isCoarse" | "words">): string {
  return sync.state === "silent" ? sync.words : stateWords(sync.state, sync.playbackError, sync.isCoarse);
}
