import { memo } from "preact/compat";
import { useId, useRef } from "preact/hooks";

import type { QueueRow } from "../../session/listening";
import { digits } from "../durations";
import { IconButton } from "../parts/button";
import { Cover } from "../parts/cover";
import { Icon } from "../parts/icons";
import { useTrack } from "../parts/useTrack";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { RowMenu } from "./rowMenu";

interface RowProps {
  readonly row: QueueRow;
  /** The one row of the list that Tab stops at. */
  readonly isStop: boolean;
  readonly isMenuOpen: boolean;
  readonly onMenu: (entry: string | null) => void;
  readonly onGrip: (event: PointerEvent, row: QueueRow) => void;
}

/** One track of the queue. Rendered again only when something of it changed: a queue may be a thousand rows long. */
export const Row = memo(function Row({ row, isStop, isMenuOpen, onMenu, onGrip }: RowProps) {
  const { listening } = useRoom();
  const track = useTrack(row.track);
  const title = useId();
  const menuButton = useRef<HTMLButtonElement>(null);
  const isAhead = row.place === "next" || row.place === "later";
  const tabIndex = isStop ? 0 : -1;
  const words = track?.title ?? "…";
  const toggle = () => onMenu(isMenuOpen ? null : row.entry);
  return (
    <div class="row" data-place={row.place}>
      {isAhead && row.mayEdit ? (
        <span class="row-grip" title="Drag to move" onPointerDown={(event) => onGrip(event, row)}>
          <Icon name="grip" />
        </span>
      ) : (
        <span class="row-grip" data-idle>
          {row.place === "now" && <Beat />}
        </span>
      )}
      <Cover track={track} size="small" />
      <div class="row-words">
        <span class="row-title" id={title}>
          {words}
        </span>
        <span class="row-artist">
          {track?.artist ?? ""}
          <span class="row-adder"> · {row.addedByName}</span>
        </span>
      </div>
      <span class="row-length">{track === null || track.length === 0 ? "" : digits(track.length)}</span>
      <div
        class="row-actions"
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !isMenuOpen) return;
          event.stopPropagation();
          onMenu(null);
          menuButton.current?.focus();
        }}
      >
        <IconButton
          icon="more"
          name="More actions"
          describedBy={title}
          expanded={isMenuOpen}
          tabIndex={tabIndex}
          buttonRef={menuButton}
          onClick={toggle}
        />
        {isMenuOpen && (
          <RowMenu
            row={row}
            close={() => {
              onMenu(null);
              menuButton.current?.focus();
            }}
            play={() => listening.playEntry(row.entry)}
          />
        )}
      </div>
    </div>
  );
});

/** Three bars that move while the track sounds; still for those who want no motion. */
function Beat() {
  const { listening } = useRoom();
  const { status } = useObserved(listening.transport);
  return (
    <span class="beat" data-moving={status === "playing" || undefined} aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
