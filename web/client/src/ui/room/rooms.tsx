import { useEffect, useState } from "preact/hooks";

import { roomPath } from "../routes";
import type { RoomLine } from "../../api/answers";
import { useSurroundings } from "../surroundings";

/** My other rooms, one click away. */
export function RoomLinks({ current }: { readonly current: string }) {
  const { server, navigation } = useSurroundings();
  const [rooms, setRooms] = useState<readonly RoomLine[]>([]);
  useEffect(() => {
    let isShown = true;
    // Without an answer there is simply no list: this is a convenience, the room itself is what matters.
    server.rooms().then(
      (found) => isShown && setRooms(found),
      () => undefined,
    );
    return () => void (isShown = false);
  }, [server]);
  const others = rooms.filter((card) => card.room !== current);
  if (others.length === 0) return null;
  return (
    <nav class="rooms" aria-label="Other rooms">
      <h2 class="side-heading">Other rooms</h2>
      <ul role="list">
        {others.slice(0, 4).map((card) => (
          <li key={card.room}>
            <a
              class="rooms-link"
              href={roomPath(card.room)}
              onClick={(event) => {
                event.preventDefault();
                navigation.go(roomPath(card.room));
              }}
            >
              <span class="rooms-dot" aria-hidden="true" />
              {card.name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
