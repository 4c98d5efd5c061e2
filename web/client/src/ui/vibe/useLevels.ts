import { useEffect } from "preact/hooks";

import type { Levels } from "../../session/listening";
import { useMedia } from "../parts/useMedia";
import { useRoom } from "../room/hold";

// Thirty pictures a second are smooth; twice as many would only cost.
const PICTURE_MS = 33;
// What moves is not wanted: figures are renewed, nothing dances.
const CALM_MS = 1_000;

/** Calls `draw` with what sounds here, for as long as the caller is on the page and this device plays. */
export function useLevels(draw: (levels: Levels) => void, changed: unknown): void {
  const { listening } = useRoom();
  const isCalm = useMedia("(prefers-reduced-motion: reduce)");
  useEffect(() => {
    const levels = listening.levels();
    if (levels === null) return undefined;
    let frame = 0;
    let drawnAt = -Infinity;
    const pass = (now: number) => {
      frame = requestAnimationFrame(pass);
      if (now - drawnAt < (isCalm ? CALM_MS : PICTURE_MS)) return;
      drawnAt = now;
      draw(levels);
    };
    frame = requestAnimationFrame(pass);
    return () => {
      cancelAnimationFrame(frame);
      levels.close();
    };
  }, [listening, isCalm, changed]);
}
