import { useEffect, useId, useState } from "preact/hooks";

import { Library } from "../library/library";
import { IconButton } from "../parts/button";
import { Tabs } from "../parts/tabs";
import { People } from "../people/people";
import { PlayerBar } from "../player/bar";
import { Stage } from "../player/stage";
import { Queue } from "../queue/queue";
import { useObserved } from "../useObserved";
import { type PanelName, useRoom } from "./hold";
import { RoomLinks } from "./rooms";

interface WideRoomProps {
  readonly panel: PanelName;
  readonly choose: (panel: PanelName) => void;
  /** The left column is folded into icons. */
  readonly isFolded: boolean;
}

/** Library, stage, and queue or people side by side, over the player bar. */
export function WideRoom({ panel, choose, isFolded }: WideRoomProps) {
  const { listening, room } = useRoom();
  const queue = useObserved(listening.queue);
  const people = useObserved(listening.people);
  const [side, setSide] = useState<"queue" | "people">("queue");
  const panelId = useId();
  useEffect(() => {
    if (panel === "queue" || panel === "people") setSide(panel);
  }, [panel]);
  const isLibraryOpen = !isFolded || panel === "library";
  return (
    <>
      <div class="columns" data-folded={isFolded || undefined}>
        {isFolded && (
          <nav class="rail" aria-label="Panels">
            <IconButton icon="search" name="Library" expanded={isLibraryOpen} onClick={() => choose(isLibraryOpen ? "now" : "library")} />
          </nav>
        )}
        {isLibraryOpen && (
          <aside
            class="side side-left"
            aria-label="Rooms and library"
            onKeyDown={(event) => isFolded && event.key === "Escape" && choose("now")}
          >
            <Library />
            <RoomLinks current={room} />
          </aside>
        )}
        <main class="centre">
          <Stage />
        </main>
        <aside class="side side-right" aria-label="Queue and people">
          <Tabs
            label="Queue or people"
            look="top"
            panel={panelId}
            chosen={side}
            choose={choose}
            tabs={[
              { name: "queue", words: "Queue", icon: "queue", count: queue.filter((row) => row.place === "next" || row.place === "later").length },
              { name: "people", words: "People", icon: "people", count: people.length },
            ]}
          />
          <div class="side-panel" role="tabpanel" id={panelId} aria-label={side === "queue" ? "Queue panel" : "People panel"}>
            {side === "queue" ? <Queue /> : <People />}
          </div>
        </aside>
      </div>
      <PlayerBar />
    </>
  );
}
