import { useEffect, useRef } from "preact/hooks";

import type { Listening } from "../../session/listening";

/** A seek is shown at once; should the room never follow, the truth is shown again after this long. */
const PATIENCE_MILLISECONDS = 1_000;
/** Closer than this the room has followed. */
const ARRIVED = 400_000;

/** Where the playhead is to be drawn: at the room's position, or where this person has just put it. */
export interface Playhead {
  position(): number;
  /** Shows a position without telling the room, for example while dragging; null ends that. */
  preview(position: number | null): void;
  seek(position: number): void;
}

export function usePlayhead(listening: Listening): Playhead {
  const hold = useRef<{ readonly position: number; readonly until: number } | null>(null);
  const playhead = useRef<Playhead | null>(null);
  playhead.current ??= {
    position: () => {
      const real = listening.position();
      const held = hold.current;
      if (held === null) return real;
      const isDone = performance.now() > held.until || (held.until !== Infinity && Math.abs(real - held.position) < ARRIVED);
      if (isDone) hold.current = null;
      return isDone ? real : held.position;
    },
    preview: (position) => (hold.current = position === null ? null : { position, until: Infinity }),
    seek: (position) => {
      const { length } = listening.transport.get();
      const target = Math.round(Math.min(Math.max(0, position), length > 0 ? length : position));
      hold.current = { position: target, until: performance.now() + PATIENCE_MILLISECONDS };
      listening.seek(target);
    },
  };
  useEffect(
    () => {
      let entry = listening.transport.get().entry;
      return listening.transport.subscribe(() => {
        // Another track began: what was put down for the former one has no meaning any more.
        if (listening.transport.get().entry !== entry) hold.current = null;
        entry = listening.transport.get().entry;
      });
    },
    [listening],
  );
  return playhead.current;
}
