import { useId } from "preact/hooks";

import { Library } from "../library/library";
import { Tabs } from "../parts/tabs";
import { People } from "../people/people";
import { MiniPlayer } from "../player/bar";
import { Stage } from "../player/stage";
import { Speed } from "../player/speed";
import { SyncPill } from "../player/syncPill";
import { Transport } from "../player/transport";
import { Volume } from "../player/volume";
import { Queue } from "../queue/queue";
import { useObserved } from "../useObserved";
import { Vibe } from "../vibe/vibe";
import { type PanelName, useRoom } from "./hold";

interface TabbedRoomProps {
  readonly panel: PanelName;
  readonly choose: (panel: PanelName) => void;
}

const WORDS: Record<PanelName, string> = { now: "Now", queue: "Queue", library: "Library", people: "People" };

/** One panel at a time with tabs at the thumb: phones and narrow windows. */
export function TabbedRoom({ panel, choose }: TabbedRoomProps) {
  const { listening } = useRoom();
  const queue = useObserved(listening.queue);
  const people = useObserved(listening.people);
  const panelId = useId();
  return (
    <>
      <main class="tabbed">
        <div class="tabbed-panel" id={panelId} role="tabpanel" aria-label={`${WORDS[panel]} panel`} data-panel={panel}>
        {panel === "now" && (
          <Stage>
            <div class="stage-controls">
              <Transport size="stage" />
              <div class="stage-extras">
                <Volume />
                <div class="stage-pills">
                  <Vibe />
                  <Speed />
                  <SyncPill />
                </div>
              </div>
            </div>
          </Stage>
        )}
        {panel === "queue" && <Queue />}
        {panel === "library" && <Library />}
        {panel === "people" && <People />}
        </div>
      </main>
      {panel !== "now" && <MiniPlayer />}
      <nav class="tabbed-tabs" aria-label="Panels">
        <Tabs
          label="Panels"
          look="bottom"
          panel={panelId}
          chosen={panel}
          choose={choose}
          tabs={[
            { name: "now", words: "Now", icon: "now" },
            { name: "queue", words: "Queue", icon: "queue", count: queue.filter((row) => row.place === "next" || row.place === "later").length },
            { name: "library", words: "Library", icon: "library" },
            { name: "people", words: "People", icon: "people", count: people.length },
          ]}
        />
      </nav>
    </>
  );
}
