import { useEffect, useState } from "preact/hooks";

/** What fits on a tall screen is there at once; the rest of a long list follows in portions that nobody notices. */
const FIRST = 60;
const PORTION = 90;
const PAUSE_MILLISECONDS = 16;

/** How many of `total` rows to render now. Grows until all are there, so that opening a long list never freezes the page. */
export function useGrowing(total: number): number {
  const [limit, setLimit] = useState(FIRST);
  const isWhole = limit >= total;
  useEffect(() => {
    if (isWhole) return undefined;
    const timer = setTimeout(() => setLimit(limit + PORTION), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [limit, isWhole]);
  return limit;
}
