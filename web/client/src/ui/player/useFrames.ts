import { useEffect, useRef } from "preact/hooks";

/** Calls `draw` before each repaint while `runs`, and once after every rendering. Nothing runs while the page is hidden. */
export function useFrames(draw: () => void, runs: boolean): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    latest.current();
  });
  useEffect(() => {
    if (!runs) return undefined;
    let frame = requestAnimationFrame(function again() {
      latest.current();
      frame = requestAnimationFrame(again);
    });
    return () => cancelAnimationFrame(frame);
  }, [runs]);
}
