import { memo } from "preact/compat";
import { useId, useRef } from "preact/hooks";

import type { QueueRow } from "../../session/listening";
import { digits } from "../durations";
import { IconButton } from "../parts/button";
import { Cover } from "../parts/cover";
import { Icon } from "../parts/icons";
import { useTrack } from "../parts/useTrack";
import { useTicks } from "../player/useTicks";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { RowMenu } from "./rowMenu";

interface ItemProps {
  readonly row: QueueRow;
  /** Stands above the first row of a section; empty elsewhere. */
  readonly heading: string;
  /** How many rows the section has, where that is worth saying. */
  readonly count: number;
  /** The one row of the list that Tab stops at. */
  readonly isStop: boolean;
  readonly isMenuOpen: boolean;
  readonly onMenu: (entry: string | null) => void;
  readonly onGrip: (event: PointerEvent, row: QueueRow) => void;
  readonly onKey: (event: KeyboardEvent, row: QueueRow) => void;
  readonly onStop: (entry: string) => void;
  readonly onPlay: (row: QueueRow) => void;
}

/** One track of the queue. Rendered again only when something of it changed: a queue may be a thousand rows long. */
export const QueueItem = memo(function QueueItem(props: ItemProps) {
  const { row, heading, count, isStop, onKey, onStop, onPlay } = props;
  return (
    <li
      data-entry={row.entry}
      data-plain={(heading === "" && !props.isMenuOpen) || undefined}
      tabIndex={isStop ? 0 : -1}
      onFocusIn={() => onStop(row.entry)}
      onKeyDown={(event) => onKey(event, row)}
      onDblClick={() => onPlay(row)}
    >
      {heading !== "" && (
        <h2 class="queue-heading">
          {heading}
          {count > 0 && <span class="quiet"> {count}</span>}
        </h2>
      )}
      <Row {...props} />
    </li>
  );
}, isSame);

/** Rows come anew with every change of the queue: what they say decides, not which object says it. */
function isSame(before: ItemProps, after: ItemProps): boolean {
  const { row: old, ...rest } = before;
  const { row, ...now } = after;
  return sameFields(old, row) && sameFields(rest, now);
}

function sameFields<T extends object>(one: T, other: T): boolean {
  const names = Object.keys(one) as (keyof T)[];
  return names.length === Object.keys(other).length && names.every((name) => Object.is(one[name], other[name]));
}

function Row({ row, isStop, isMenuOpen, onMenu, onGrip }: ItemProps) {
  const { listening } = useRoom();
  const track = useTrack(row.track);
  const title = useId();
  const menuButton = useRef<HTMLButtonElement>(null);
  const isMovable = row.mayEdit && (row.place === "next" || row.place === "later");
  const tabIndex = isStop ? 0 : -1;
  const words = track?.title ?? "…";
  // A mouse drags the row by any part of it; a finger by the handle alone, so that it still scrolls the list elsewhere.
  const press = (event: PointerEvent) => {
    const { target } = event;
    if (!(target instanceof Element)) return;
    if (event.pointerType === "mouse" ? target.closest(".row-actions") === null : target.closest(".row-grip") !== null) onGrip(event, row);
  };
  const toggle = () => onMenu(isMenuOpen ? null : row.entry);
  return (
    <div class="row" data-place={row.place} data-movable={isMovable || undefined} onPointerDown={isMovable ? press : undefined}>
      {isMovable ? (
        <span class="row-grip" title="Drag to move">
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
          <span class="row-adder">{`${track?.artist ? " · " : ""}${row.addedByName}`}</span>
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
}

// Heights of the bars repeat after so many ticks (`styles/rows.css`).
const STEPS = 4;

/** Three bars that move while the track sounds; still for those who want no motion. */
function Beat() {
  const { listening } = useRoom();
  const { status } = useObserved(listening.transport);
  const bars = useRef<HTMLSpanElement>(null);
  const isMoving = status === "playing";
  useTicks((tick) => {
    // The playhead is painted at the same ticks: bars of their own pace would cost as much again.
    if (bars.current !== null) bars.current.dataset.step = isMoving ? String(tick % STEPS) : "";
  }, isMoving);
  return (
    <span ref={bars} class="beat" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
