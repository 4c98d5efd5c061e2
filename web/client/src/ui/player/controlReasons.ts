import type { QueueRow, RoomView, TransportView } from "../../session/listening";

/** Why each control cannot be used now, as a sentence; empty where it can. */
export interface Reasons {
  readonly play: string;
  readonly seek: string;
  readonly next: string;
  readonly previous: string;
  readonly rate: string;
}

/** The server decides in the end: this only spares people a refusal they could have been told of. */
export function controlReasons(room: RoomView | null, transport: TransportView, queue: readonly QueueRow[]): Reasons {
  if (room === null) return allBarred("Entering the room…");
  if (!room.may.has("control")) return allBarred("Only hosts control playback in this room");
  const nothing = "Nothing is queued yet";
  const isEmpty = transport.status === "empty";
  const hasNext = transport.next !== null || queue.some((row) => row.place === "next" || row.place === "later");
  const hasPast = queue.some((row) => row.place === "history");
  return {
    play: isEmpty && queue.length === 0 ? nothing : "",
    seek: isEmpty ? nothing : "",
    next: hasNext ? "" : "Nothing comes after this track",
    previous: isEmpty && !hasPast ? "Nothing has played yet" : "",
    rate: "",
  };
}

function allBarred(reason: string): Reasons {
  return { play: reason, seek: reason, next: reason, previous: reason, rate: reason };
}
