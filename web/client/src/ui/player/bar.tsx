import { Cover } from "../parts/cover";
import { useTrack } from "../parts/useTrack";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { Vibe } from "../vibe/vibe";
import { Scrubber } from "./scrubber";
import { Speed } from "./speed";
import { SyncPill } from "./syncPill";
import { Transport } from "./transport";
import { Volume } from "./volume";

/** The bar that stays: what plays, its controls, my volume, and whether this device is in step. */
export function PlayerBar() {
  return (
    <footer class="bar" aria-label="Player">
      <Playing />
      <div class="bar-centre">
        <Transport size="bar" />
        <Scrubber times />
      </div>
      <div class="bar-end">
        <Vibe />
        <Speed />
        <Volume />
        <SyncPill />
      </div>
    </footer>
  );
}

/** The small player above a phone's tabs, while another tab than "Now" is open. */
export function MiniPlayer() {
  const { open } = useRoom();
  return (
    <section class="mini" aria-label="Player">
      <Scrubber times={false} />
      <button type="button" class="mini-open" onClick={() => open("now")}>
        <span class="hidden-words">Show the player: </span>
        <Playing />
      </button>
      <Transport size="mini" />
    </section>
  );
}

function Playing() {
  const { listening } = useRoom();
  const transport = useObserved(listening.transport);
  const track = useTrack(transport.track);
  return (
    <div class="playing">
      <Cover track={track} size="medium" />
      <div class="playing-words">
        <span class="playing-title">{transport.track === null ? "Nothing playing" : (track?.title ?? "…")}</span>
        <span class="playing-artist">{track?.artist ?? ""}</span>
      </div>
    </div>
  );
}
