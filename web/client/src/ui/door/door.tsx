import { useEffect, useMemo, useState } from "preact/hooks";

import { Appearance } from "../parts/appearance";
import { Button } from "../parts/button";
import { Cover } from "../parts/cover";
import { Icon, Sign } from "../parts/icons";
import { useTrack } from "../parts/useTrack";
import { NAME_LENGTH } from "../people/nameField";
import type { RoomGlance } from "../../api/answers";
import { isAway, type ServerRefusal } from "../server";
import { useSurroundings } from "../surroundings";
import { untilAnswered } from "../untilAnswered";
import { insideWords } from "./inside";
import { Refused } from "./refused";

interface DoorProps {
  readonly room: string;
  readonly invite: string;
}

/**
 * In front of a room: what plays inside, who is there, and two ways in. While the server is away, a room this device knows
 * opens as it was last seen.
 */
export function Door({ room, invite }: DoorProps) {
  const { server, enter, navigation, memory } = useSurroundings();
  const remembered = useMemo(() => memory.room(room), [memory, room]);
  const [glance, setGlance] = useState<RoomGlance | null>(null);
  const [refusal, setRefusal] = useState<ServerRefusal | null>(null);
  const [tries, setTries] = useState(0);
  const [name, setName] = useState("");
  const [known, setKnown] = useState("");
  const track = useTrack(glance?.track ?? null);
  useEffect(() => {
    let isShown = true;
    setRefusal(null);
    const came = (found: RoomGlance) => {
      setRefusal(null);
      setGlance(found);
      server.session().then(
        (session) => {
          if (!isShown) return;
          setKnown(session.name);
          setName((typed) => (typed === "" ? session.name : typed));
        },
        // The nickname is a courtesy: without an answer the server's choice stays.
        () => undefined,
      );
    };
    const stop = untilAnswered(() => server.glance(room, invite), came, setRefusal);
    return () => {
      isShown = false;
      stop();
    };
  }, [server, room, invite, tries]);

  const isOffline = refusal !== null && isAway(refusal);
  if (refusal !== null && !(isOffline && remembered !== null)) return <Refused refusal={refusal} retry={() => setTries(tries + 1)} />;
  const join = (sound: boolean) => {
    enter(room, invite, sound, name.trim() === known ? "" : name.trim());
  };
  const isPlaying = glance?.is_playing === true && track !== null;
  return (
    <div class="door">
      <header class="landing-head">
        <a
          class="brand"
          href="/"
          onClick={(event) => {
            event.preventDefault();
            navigation.go("/");
          }}
        >
          <Sign />
          <span>Hathor</span>
        </a>
        <Appearance />
      </header>
      <main class="door-main" aria-busy={glance === null && !isOffline}>
        <Cover track={track} size="large" />
        <div class="door-words">
          <p class="door-lead">{invite === "" || remembered !== null ? "Listening room" : "You are invited to"}</p>
          <h1 class="door-name">{glance?.name ?? remembered?.name ?? "…"}</h1>
          {isOffline ? (
            <Offline />
          ) : (
            <>
              <p class="door-inside">{glance === null ? "\u00a0" : insideWords(glance)}</p>
              <p class="quiet door-track">
                {isPlaying ? `Playing: ${track.title}${track.artist === "" ? "" : `, ${track.artist}`}` : glance === null ? "\u00a0" : "Quiet right now"}
              </p>
            </>
          )}
          <form
            class="stacked"
            onSubmit={(event) => {
              event.preventDefault();
              join(true);
            }}
          >
            {!isOffline && (
              <label class="labelled">
                <span>Your name</span>
                <input class="field" value={name} maxLength={NAME_LENGTH} autocomplete="nickname" onInput={(event) => setName(event.currentTarget.value)} />
              </label>
            )}
            <div class="door-ways">
              <Button kind="primary" size="large" icon="sound" submits>
                Join with sound
              </Button>
              <Button size="large" onClick={() => join(false)}>
                Join muted
              </Button>
            </div>
          </form>
          <p class="quiet">Muted lets you steer and add tracks while the sound comes from another device.</p>
        </div>
      </main>
    </div>
  );
}

/** The server is away, but the room is not: in words, and what can be done meanwhile. */
function Offline() {
  return (
    <div role="status">
      <p class="door-inside door-offline">
        <Icon name="offline" /> You are offline
      </p>
      <p class="quiet door-track">The queue opens as this device last saw it. What you change waits here and is sent when the server is back.</p>
    </div>
  );
}
