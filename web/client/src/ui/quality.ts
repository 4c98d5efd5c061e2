import type { SyncView } from "../session/listening";
import { milliseconds } from "./durations";

/** How well a device keeps step, as shown by colour; the words beside it always say the same. */
export type Quality = "good" | "fair" | "poor" | "silent";

/** Display limits of the pill; what is promised is tighter. */
const GOOD = 10_000;
const FAIR = 40_000;

/** `state` as in reports: silent, buffering, catching-up, in-step, loose. Unknown states count as silent. */
export function qualityOf(state: string, playbackError: number): Quality {
  switch (state) {
    case "in-step": {
      const distance = Math.abs(playbackError);
      return distance <= GOOD ? "good" : distance <= FAIR ? "fair" : "poor";
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

/** The quality of this device, which knows more of itself than others are told. */
export function ownQuality(sync: Pick<SyncView, "state" | "playbackError" | "isCoarse">): Quality {
  const quality = qualityOf(sync.state, sync.playbackError);
  return sync.isCoarse && quality === "good" ? "fair" : quality;
}

/** Short words for one listener, with milliseconds where they mean something. */
export function stateWords(state: string, playbackError: number): string {
  switch (state) {
    case "in-step":
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
  // A figure in tenths of a millisecond would be a boast here.
  if (sync.state === "in-step" && sync.isCoarse) return "In step, coarsely";
  return sync.state === "silent" ? sync.words : stateWords(sync.state, sync.playbackError);
}
