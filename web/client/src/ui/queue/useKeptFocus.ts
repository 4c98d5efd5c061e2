import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/**
 * Keeps the focus on the row that has it while rows move. The page takes the focus from an element that is put elsewhere, so
 * a remote edit could throw a keyboard user back to the top. A row that is gone hands the focus to the one in its place.
 */
export function useKeptFocus(area: RefObject<HTMLElement | null>): void {
  const element = area.current;
  const before = element?.contains(document.activeElement) === true ? document.activeElement : null;
  const index = before === null || element === null ? -1 : rows(element).findIndex((row) => row.contains(before));
  useLayoutEffect(() => {
    if (!(before instanceof HTMLElement) || element === null || document.activeElement === before) return;
    // Only lost focus is given back: an element that took it over on purpose keeps it.
    if (document.activeElement !== document.body && document.activeElement !== null) return;
    if (before.isConnected) { before.focus({ preventScroll: true }); return; }
    const left = rows(element);
    left[Math.min(Math.max(0, index), left.length - 1)]?.focus({ preventScroll: true });
  });
}

function rows(area: HTMLElement): readonly HTMLElement[] {
  return [...area.querySelectorAll<HTMLElement>("li[data-entry]")];
}
