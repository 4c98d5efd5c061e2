import { useEffect, useState } from "preact/hooks";

import { Appearance } from "../parts/appearance";
import { Button } from "../parts/button";
import { Icon, Sign } from "../parts/icons";
import { roomPath } from "../routes";
import type { OwnRoom, RoomLine } from "../../api/answers";
import { asRefusal, isAway } from "../server";
import { useSurroundings } from "../surroundings";
import { untilAnswered } from "../untilAnswered";
import { Rings } from "./rings";
import { StartRoom } from "./startRoom";

/** The first page: one button between a visitor and music. */
export function Landing() {
  const { instance, server, enter } = useSurroundings();
  const [reason, setReason] = useState("");
  const attempt = async (way: () => Promise<void>) => {
    setReason("");
    try {
      await way();
    } catch (failure) {
      setReason(asRefusal(failure).reason);
    }
  };
  const listenAlone = () =>
    attempt(async () => {
      const { room } = await server.myRoom();
      enter(room, "", true);
    });
  const listenNow = () => {
    const demo = instance?.demo_room ?? null;
    // Straight from the click when the room is known: browsers unlock sound for clicks alone.
    if (demo !== null) { enter(demo, "", true); return; }
    return void attempt(async () => {
      const found = instance ?? (await server.instance());
      if (found.demo_room !== null) enter(found.demo_room, "", true);
      else await listenAlone();
    });
  };
  return (
    <div class="landing">
      <header class="landing-head">
        <span class="brand">
          <Sign />
          <span>Hathor</span>
        </span>
        <Appearance />
      </header>
      <main class="landing-main">
        <Rings />
        <h1 class="landing-title">Hear the same thing, together.</h1>
        <p class="landing-line">
          One room, every device in step to the millisecond, one queue you build together. Open a link and it plays.
        </p>
        <div class="landing-listen">
          <button type="button" class="button button-primary button-hero" onClick={listenNow}>
            <Icon name="play" />
            <span>Listen now</span>
          </button>
          <p class="quiet">No account. Sound starts with this click.</p>
        </div>
        {reason !== "" && (
          <p class="problem" role="alert">
            {reason}
          </p>
        )}
        <div class="landing-choices">
          {instance?.may_create_rooms !== false && <StartRoom attempt={attempt} />}
          <section class="card" aria-labelledby="mine">
            <h2 id="mine">My music</h2>
            <p class="quiet">Just for you: play anything from the library, and carry it from device to device.</p>
            <Button icon="sound" onClick={() => void listenAlone()}>
              Open my music
            </Button>
          </section>
        </div>
        <MyRooms />
      </main>
      <footer class="landing-foot quiet">{instance === null ? "" : `${instance.name} · ${instance.version}`}</footer>
    </div>
  );
}

/** A room of which this device may know no more than the name. */
type ShownRoom = OwnRoom & Partial<RoomLine>;

/** Rooms I have been to, and those that are open to all; while the server is away, those this device was inside of. */
function MyRooms() {
  const { server, navigation, memory } = useSurroundings();
  const [rooms, setRooms] = useState<readonly ShownRoom[]>([]);
  const [isOffline, setOffline] = useState(false);
  useEffect(
    () =>
      untilAnswered(
        // The list is mine: a stranger first becomes a guest, which the session call sees to.
        () => server.session().then(() => server.rooms()),
        (found) => {
          setOffline(false);
          setRooms(found);
        },
        // A no means no list: the ways in above work by themselves and say what is wrong.
        (refusal) => {
          setOffline(isAway(refusal));
          setRooms(isAway(refusal) ? memory.rooms : []);
        },
      ),
    [server, memory],
  );
  if (rooms.length === 0 && !isOffline) return null;
  return (
    <section class="landing-rooms" aria-labelledby="rooms">
      <h2 id="rooms">Rooms</h2>
      {isOffline && (
        <p role="status">
          You are offline: the server does not answer, and the page keeps trying.
          {rooms.length > 0 && " Rooms you have been in open as this device last saw them."}
        </p>
      )}
      <ul role="list" aria-label="Rooms">
        {rooms.map((card) => (
          <li key={card.room}>
            <a
              class="room-card"
              href={roomPath(card.room)}
              onClick={(event) => {
                event.preventDefault();
                navigation.go(roomPath(card.room));
              }}
            >
              <span class="room-card-name">{card.name}</span>
              <span class="quiet">{isOffline ? "As last seen" : card.is_private === true ? "Private" : card.is_listed === true ? "Open to all" : "By link"}</span>
              <Icon name="chevron" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
