import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Listening } from "../../session/listening";
import type { Desk } from "./desk";

/** Dialogs of a room; one at a time. */
export type DialogName = "invite" | "settings" | "help" | "tighten" | "calibrate";
/** Panels that keys and buttons open: tabs on a phone, columns and tabs on wide screens. */
export type PanelName = "now" | "queue" | "library" | "people";

/** What every part of the room's screen may use. */
export interface RoomHold {
  readonly listening: Listening;
  readonly desk: Desk;
  readonly room: string;
  readonly invite: string;
  readonly show: (dialog: DialogName) => void;
  readonly open: (panel: PanelName) => void;
}

export const RoomContext = createContext<RoomHold | null>(null);

export function useRoom(): RoomHold {
  const hold = useContext(RoomContext);
  if (hold === null) throw new Error("rendered outside of a room");
  return hold;
}
