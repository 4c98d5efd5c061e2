/** Dragging a row of a list to another place: geometry first, pointer and scrolling after. */

/** A row that may be dropped before, with its edges in page pixels. */
export interface Slot {
  readonly entry: string;
  readonly top: number;
  readonly bottom: number;
}

/** Where a drop at height `y` puts a row: before `before` (null: at the end), and where to draw that. */
export interface Drop {
  readonly before: string | null;
  readonly line: number;
}

export function dropAt(slots: readonly Slot[], y: number): Drop | null {
  const last = slots.at(-1);
  if (last === undefined) return null;
  const slot = slots.find(({ top, bottom }) => y < (top + bottom) / 2);
  return slot === undefined ? { before: null, line: last.bottom } : { before: slot.entry, line: slot.top };
}

/** True if dropping would leave the order as it is. */
export function isSamePlace(slots: readonly Slot[], entry: string, before: string | null): boolean {
  const index = slots.findIndex((slot) => slot.entry === entry);
  return before === entry || (slots[index + 1]?.entry ?? null) === before;
}

/** A pointer that moves less than this meant a click, in pixels. */
const SLACK = 4;
/** Rows this close to an edge of the scrolled area make it scroll, in pixels. */
const EDGE = 56;
const SPEED = 12;

interface Ways {
  /** The scrolled element around the rows. */
  readonly area: HTMLElement;
  /** Rows that a drop may land before, in order. */
  readonly slots: () => readonly Slot[];
  /** The pointer has moved: this is a drag and no click. */
  readonly begun: () => void;
  /** Draws where the row would go; null: nowhere. `line` counts from the top of the area's content. */
  readonly draw: (line: number | null) => void;
  readonly drop: (before: string | null) => void;
  readonly done: () => void;
}

/**
 * Follows one pointer from the handle to the drop; nothing happens until it has moved by more than a click does. Pointer
 * events serve mouse, pen and finger alike. Returns what gives up without a drop.
 */
export function beginDrag(handle: HTMLElement, start: PointerEvent, entry: string, ways: Ways): () => void {
  let y = start.clientY;
  let target: Drop | null = null;
  let frame = 0;
  let isDrag = false;
  handle.setPointerCapture(start.pointerId);

  const look = () => {
    const slots = ways.slots();
    const found = dropAt(slots, y);
    target = found === null || isSamePlace(slots, entry, found.before) ? null : found;
    const box = ways.area.getBoundingClientRect();
    ways.draw(target === null ? null : target.line - box.top + ways.area.scrollTop);
  };
  const scroll = () => {
    const box = ways.area.getBoundingClientRect();
    const pull = y < box.top + EDGE ? y - box.top - EDGE : y > box.bottom - EDGE ? y - box.bottom + EDGE : 0;
    if (pull !== 0) {
      ways.area.scrollTop += Math.max(-SPEED, Math.min(SPEED, pull / 4));
      look();
    }
    frame = requestAnimationFrame(scroll);
  };
  const moved = (event: PointerEvent) => {
    if (!isDrag && Math.abs(event.clientY - start.clientY) < SLACK) return;
    if (!isDrag) {
      isDrag = true;
      ways.begun();
      frame = requestAnimationFrame(scroll);
    }
    y = event.clientY;
    look();
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    handle.removeEventListener("pointermove", moved);
    handle.removeEventListener("pointerup", dropped);
    handle.removeEventListener("pointercancel", stop);
    document.removeEventListener("keydown", escaped, true);
    ways.draw(null);
    ways.done();
  };
  const dropped = () => {
    const found = target;
    stop();
    if (found !== null) ways.drop(found.before);
  };
  const escaped = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    stop();
  };
  handle.addEventListener("pointermove", moved);
  handle.addEventListener("pointerup", dropped);
  handle.addEventListener("pointercancel", stop);
  document.addEventListener("keydown", escaped, true);
  return stop;
}
