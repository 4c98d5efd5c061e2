import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Listening } from "../session/listening";
import type { DeviceMemory } from "../session/memory";
import type { Catalogue } from "./catalogue";
import type { Preferences } from "./preferences";
import type { Navigation } from "./routes";
import type { Instance } from "../api/answers";
import type { Server } from "./server";
import type { SystemPorts } from "./system/ports";

/** Opens the engine of one room; `invite` is empty when none is needed. */
export type Listen = (place: { readonly room: string; readonly invite: string }) => Listening;

/** What every screen may use. */
export interface Surroundings {
  readonly server: Server;
  readonly listen: Listen;
  readonly navigation: Navigation;
  readonly preferences: Preferences;
  readonly catalogue: Catalogue;
  readonly system: SystemPorts;
  /** The rooms this device was inside of: what can be shown of them while the server is away. */
  readonly memory: Pick<DeviceMemory, "room" | "rooms">;
  /** Null until the server has answered for the first time. */
  readonly instance: Instance | null;
  /**
   * Goes to a room and, inside the same click, begins to listen. With `sound` the click also unlocks sound, so this has to
   * be called straight from a click handler. A `name` that is not empty becomes mine there.
   */
  readonly enter: (room: string, invite: string, sound: boolean, name?: string) => void;
}

export const SurroundingsContext = createContext<Surroundings | null>(null);

export function useSurroundings(): Surroundings {
  const surroundings = useContext(SurroundingsContext);
  if (surroundings === null) throw new Error("rendered outside of the application");
  return surroundings;
}
