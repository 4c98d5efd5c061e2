import { useEffect, useMemo, useState } from "preact/hooks";

import type { Listening } from "../session/listening";
import { DeviceMemory, type Shelf } from "../session/memory";
import { Cell } from "../session/observed";
import { Catalogue } from "./catalogue";
import { Door } from "./door/door";
import { Refused } from "./door/refused";
import { KeptTracks } from "./keptTracks";
import { Landing } from "./landing/landing";
import type { Preferences } from "./preferences";
import { RoomScreen } from "./room/room";
import { type Navigation, roomPath, type Route } from "./routes";
import type { Instance } from "../api/answers";
import type { Server, ServerRefusal } from "./server";
import { asRefusal } from "./server";
import { type Listen, SurroundingsContext } from "./surroundings";
import type { SystemPorts } from "./system/ports";
import { useObserved } from "./useObserved";

interface AppProps {
  readonly server: Server;
  readonly listen: Listen;
  readonly navigation: Navigation;
  readonly preferences: Preferences;
  /** What this device keeps between visits. */
  readonly shelf: Shelf;
  readonly system: SystemPorts;
}

/** The room this page is inside of. */
interface Visit {
  readonly room: string;
  readonly invite: string;
  readonly listening: Listening;
}

/** The whole page: which screen is shown, and the one room that may sound. */
export function App({ server, listen, navigation, preferences, shelf, system }: AppProps) {
  const route = useObserved(navigation.route);
  const [instance, setInstance] = useState<Instance | null>(null);
  const [failed, setFailed] = useState<{ readonly room: string; readonly refusal: ServerRefusal } | null>(null);
  const catalogue = useMemo(() => new Catalogue(server, new KeptTracks(shelf)), [server, shelf]);
  const memory = useMemo(() => new DeviceMemory(shelf), [shelf]);
  const visit = useMemo(() => new Cell<Visit | null>(null), []);
  const current = useObserved(visit);

  useEffect(() => {
    // Failing here is no dead end: the start page asks again when it needs to know.
    server.instance().then(setInstance, () => undefined);
  }, [server]);
  useEffect(() => {
    const shown = visit.get();
    if (shown === null || (route.screen === "room" && route.room === shown.room)) return;
    shown.listening.close();
    visit.set(null);
  }, [route, visit]);
  useEffect(
    () => () => {
      visit.get()?.listening.close();
      catalogue.close();
    },
    [visit, catalogue],
  );
  useTitle(route, current);

  const surroundings = useMemo(() => {
    const enter = (room: string, invite: string, sound: boolean, name = "") => {
      visit.get()?.listening.close();
      setFailed(null);
      const listening = listen({ room, invite });
      visit.set({ room, invite, listening });
      listening.join(sound).then(
        () => (name === "" ? undefined : listening.rename(name)),
        (failure: unknown) => {
          if (visit.get()?.listening !== listening) return;
          listening.close();
          visit.set(null);
          setFailed({ room, refusal: asRefusal(failure) });
        },
      ).catch(() => undefined);
      const here = navigation.route.get();
      if (here.screen !== "room" || here.room !== room) navigation.go(roomPath(room, invite));
    };
    return { server, listen, navigation, preferences, catalogue, system, memory, instance, enter };
  }, [server, listen, navigation, preferences, catalogue, system, memory, instance, visit]);

  return (
    <SurroundingsContext.Provider value={surroundings}>
      {route.screen === "landing" && <Landing />}
      {route.screen === "nowhere" && <Refused refusal={NOWHERE} retry={null} />}
      {route.screen === "room" &&
        (failed !== null && failed.room === route.room ? (
          <Refused refusal={failed.refusal} retry={() => setFailed(null)} />
        ) : current !== null && current.room === route.room ? (
          <Inside key={current.room} visit={current} />
        ) : (
          <Door key={route.room} room={route.room} invite={route.invite} />
        ))}
    </SurroundingsContext.Provider>
  );
}

const NOWHERE: ServerRefusal = { code: "unknown-room", reason: "There is nothing at this address." };

/** Inside a room, until the server says that this is over. */
function Inside({ visit: { listening, room, invite } }: { readonly visit: Visit }) {
  const link = useObserved(listening.link);
  if (link.state === "refused") return <Refused refusal={link} retry={null} />;
  return <RoomScreen listening={listening} room={room} invite={invite} />;
}

const NO_ROOM = new Cell(null);

/** The title of the page says where one is: it is what a row of browser tabs shows. */
function useTitle(route: Route, visit: Visit | null): void {
  const room = useObserved(visit?.listening.room ?? NO_ROOM);
  useEffect(() => {
    document.title = route.screen === "room" && room !== null ? `${room.name} · Hathor` : "Hathor";
  }, [route, room]);
}
