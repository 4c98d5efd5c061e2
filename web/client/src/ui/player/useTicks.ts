import { useEffect, useRef } from "preact/hooks";

import { ticks } from "./ticks";

/** Calls `draw` four times a second while `runs`, together with all else that moves, and once after every rendering. */
export function useTicks(draw: (tick: number) => void, runs: boolean): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    latest.current(0);
  });
  useEffect(() => (runs ? ticks.listen((tick) => latest.current(tick)) : undefined), [runs]);
}
