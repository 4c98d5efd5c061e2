import { useEffect, useRef } from "preact/hooks";

import type { QueueRow } from "../../session/listening";
import { Icon, type IconName } from "../parts/icons";
import { useRoom } from "../room/hold";
import { upcoming } from "../room/desk";

interface RowMenuProps {
  readonly row: QueueRow;
  readonly close: () => void;
  readonly play: () => void;
}

/** What can be done with one track. Arrow keys walk, Escape closes and goes back to the row. */
export function RowMenu({ row, close, play }: RowMenuProps) {
  const { listening, desk } = useRoom();
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = menu.current;
    element?.querySelector<HTMLElement>("[role=menuitem]:not([aria-disabled=true])")?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
    const pressed = (event: PointerEvent) => {
      if (event.target instanceof Node && element?.parentElement?.contains(event.target) === false) close();
    };
    document.addEventListener("pointerdown", pressed);
    return () => document.removeEventListener("pointerdown", pressed);
  }, []);
  const rows = upcoming(listening.queue.get());
  const index = rows.findIndex((other) => other.entry === row.entry);
  const may = listening.room.get()?.may;
  const isBarred = !row.mayEdit;
  const act = (action: () => void) => () => {
    close();
    action();
  };
  return (
    <div class="menu" role="menu" aria-label="Actions" ref={menu} onKeyDown={(event) => walk(event, menu.current)}>
      {row.place !== "now" && <Item icon="play" name="Play now" isBarred={may?.has("control") !== true} onClick={act(play)} />}
      {row.place === "history" && (
        <Item icon="add" name="Add again" isBarred={may?.has("add") !== true} onClick={act(() => desk.add(row.track, "end"))} />
      )}
      {index >= 0 && (
        <>
          <Item icon="up" name="Move up" keys="Alt ↑" isBarred={isBarred || index === 0} onClick={act(() => desk.moveBy(row, -1))} />
          <Item
            icon="down"
            name="Move down"
            keys="Alt ↓"
            isBarred={isBarred || index === rows.length - 1}
            onClick={act(() => desk.moveBy(row, 1))}
          />
          <Item
            icon="playNext"
            name="Move to the top"
            isBarred={isBarred || index === 0}
            onClick={act(() => desk.moveTo(row, rows[0]?.entry ?? null))}
          />
        </>
      )}
      <Item icon="remove" name="Remove" keys="Del" isBarred={isBarred} onClick={act(() => desk.remove(row))} />
    </div>
  );
}

interface ItemProps {
  readonly icon: IconName;
  readonly name: string;
  readonly keys?: string;
  readonly isBarred: boolean;
  readonly onClick: () => void;
}

function Item({ icon, name, keys, isBarred, onClick }: ItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      class="menu-item"
      aria-disabled={isBarred || undefined}
      title={isBarred ? "Not possible here, or your role does not allow it" : undefined}
      tabIndex={-1}
      onClick={() => !isBarred && onClick()}
    >
      <Icon name={icon} />
      <span>{name}</span>
      {keys !== undefined && <kbd aria-hidden="true">{keys}</kbd>}
    </button>
  );
}

function walk(event: KeyboardEvent, menu: HTMLElement | null): void {
  const items = [...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const here = items.findIndex((item) => item === document.activeElement);
  const targets: Partial<Record<string, number>> = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 };
  const target = targets[event.key];
  if (target === undefined || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  items[(target + items.length) % items.length]?.focus();
}
