import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { QueueRow } from "../../session/listening";
import { span } from "../durations";
import { Button } from "../parts/button";
import { Icon } from "../parts/icons";
import { upcoming } from "../room/desk";
import { useRoom } from "../room/hold";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { beginDrag } from "./reorder";
import { QueueItem } from "./row";
import { useGrowing } from "./useGrowing";
import { useKeptFocus } from "./useKeptFocus";

const HEADINGS: Record<QueueRow["place"], string> = { history: "History", now: "Now", next: "Next", later: "Later" };

/** The list everybody builds together: what played, plays, and will play. */
export function Queue() {
  const { listening, desk, open } = useRoom();
  const rows = useObserved(listening.queue);
  const room = useObserved(listening.room);
  const area = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const [showsHistory, setShowsHistory] = useState(false);
  const [menu, setMenu] = useState<string | null>(null);
  const [stop, setStop] = useState<string | null>(null);
  const stopDrag = useRef<(() => void) | null>(null);
  useKeptFocus(area);
  useEffect(() => () => stopDrag.current?.(), []);

  const history = rows.filter((row) => row.place === "history");
  const shown = rows.filter((row) => row.place !== "history");
  const limit = useGrowing(shown.length);
  const stopAt = rows.some((row) => row.entry === stop) ? stop : (shown[0]?.entry ?? null);

  const grip = useCallback(
    (event: PointerEvent, row: QueueRow) => {
      const list = area.current;
      if (list === null || event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
      const element = event.currentTarget.closest("li");
      stopDrag.current = beginDrag(event.currentTarget, event, row.entry, {
        area: list,
        slots: () => slotsOf(list, upcoming(listening.queue.get())),
        begun: () => element?.setAttribute("data-dragging", ""),
        draw: (at) => {
          line.current?.toggleAttribute("data-shown", at !== null);
          if (at !== null) line.current?.style.setProperty("--at", `${at}px`);
        },
        drop: (before) => desk.moveTo(row, before),
        done: () => element?.removeAttribute("data-dragging"),
      });
    },
    [listening, desk],
  );

  const onKey = useCallback(
    (event: KeyboardEvent, row: QueueRow) => {
      const item = event.currentTarget;
      if (!(item instanceof HTMLElement) || event.ctrlKey || event.metaKey) return;
      const arrow = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (arrow !== 0 && event.altKey) desk.moveBy(row, arrow);
      else if (arrow !== 0 && !event.shiftKey) sibling(item, arrow, area.current)?.focus();
      else if (event.key === "Delete" && row.place !== "now") desk.remove(row);
      else if (event.key === "Enter" && event.target === item) setMenu(row.entry);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    [desk],
  );
  const onPlay = useCallback(
    (row: QueueRow) => {
      const mayControl = listening.room.get()?.may.has("control") === true;
      if (mayControl && row.place !== "now") listening.playEntry(row.entry);
    },
    [listening],
  );

  const item = (row: QueueRow, before: QueueRow | undefined) => {
    const begins = row.place !== "history" && row.place !== before?.place;
    return (
      <QueueItem
        key={row.entry}
        row={row}
        heading={begins ? HEADINGS[row.place] : ""}
        count={begins && row.place === "later" ? count(rows, "later") : 0}
        isStop={row.entry === stopAt}
        isMenuOpen={menu === row.entry}
        onMenu={setMenu}
        onGrip={grip}
        onKey={onKey}
        onStop={setStop}
        onPlay={onPlay}
      />
    );
  };

  return (
    <div class="queue" ref={area}>
      {history.length > 0 && (
        <div class="queue-past">
          <button type="button" class="queue-fold" aria-expanded={showsHistory} onClick={() => setShowsHistory(!showsHistory)}>
            <Icon name="chevron" /> History <span class="quiet">{history.length}</span>
          </button>
          {showsHistory && (
            <ol role="list" aria-label="History">
              {history.map((row) => item(row, row))}
            </ol>
          )}
        </div>
      )}
      {shown.length === 0 ? (
        <div class="empty">
          <Icon name="queue" />
          <p>{room === null ? "The queue is on its way." : "Nothing is queued. The first track starts the room."}</p>
          {room !== null && (
            <Button kind="soft" icon="search" onClick={() => open("library")}>
              Find music
            </Button>
          )}
        </div>
      ) : (
        <ol role="list" aria-label="Queue">
          {shown.slice(0, limit).map((row, index) => item(row, shown[index - 1]))}
        </ol>
      )}
      <QueueLength rows={rows} />
      <div class="drop-line" ref={line} aria-hidden="true" />
    </div>
  );
}

/** How long the music will last, once every length is known. */
function QueueLength({ rows }: { readonly rows: readonly QueueRow[] }) {
  const { catalogue } = useSurroundings();
  const [total, setTotal] = useState(0);
  useLayoutEffect(() => {
    const lengths = upcoming(rows).map((row) => catalogue.track(row.track).get()?.length ?? 0);
    const timer = setTimeout(() => setTotal(lengths.reduce((sum, length) => sum + length, 0)), 0);
    return () => clearTimeout(timer);
  });
  if (total === 0) return null;
  return (
    <p class="queue-length quiet">
      {upcoming(rows).length} to come · {span(total)}
    </p>
  );
}

function count(rows: readonly QueueRow[], place: QueueRow["place"]): number {
  return rows.filter((row) => row.place === place).length;
}

function sibling(row: HTMLElement, step: -1 | 1, area: HTMLElement | null): HTMLElement | undefined {
  const rows = [...(area?.querySelectorAll<HTMLElement>("li[data-entry]") ?? [])];
  return rows[rows.indexOf(row) + step];
}

function slotsOf(area: HTMLElement, rows: readonly QueueRow[]) {
  const open = new Set(rows.map((row) => row.entry));
  return [...area.querySelectorAll<HTMLElement>("li[data-entry]")].flatMap((element) => {
    const entry = element.dataset.entry ?? "";
    // Headings stand inside the first row of their section: only the row itself counts.
    const box = (element.querySelector(".row") ?? element).getBoundingClientRect();
    return open.has(entry) ? [{ entry, top: box.top, bottom: box.bottom }] : [];
  });
}
