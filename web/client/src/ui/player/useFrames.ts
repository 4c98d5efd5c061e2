import { useEffect, useRef } from "preact/hooks";

// A playhead moves a pixel in a sixth of a second or more; sixty repaints in one cost a quarter of a core where the browser
// draws in software.
const REST_MS = 60;

/**
 * Calls `draw` before a repaint about fifteen times a second while `runs`, and once after every rendering. Nothing runs while
 * the page is hidden.
 */
export function useFrames(draw: () => void, runs: boolean): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    latest.current();
  });
  useEffect(() => {
    if (!runs) return undefined;
    let frame = 0;
    let rest: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      frame = requestAnimationFrame(() => {
        latest.current();
        rest = setTimeout(again, REST_MS);
      });
    };
    again();
    return () => {
      clearTimeout(rest);
      cancelAnimationFrame(frame);
    };
  }, [runs]);
}
