import { useEffect, useState } from "preact/hooks";

import { useSurroundings } from "../surroundings";

/** Measuring a new track takes the server some seconds: it is asked again a few times. */
const RETRIES = [2_000, 5_000, 15_000];

/** The waveform of a track; null while it is not known. */
export function usePeaks(track: string | null): Uint8Array | null {
  const { server } = useSurroundings();
  const [found, setFound] = useState<{ readonly track: string; readonly peaks: Uint8Array } | null>(null);
  useEffect(() => {
    if (track === null) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (tries: number) => {
      const peaks = await server.peaks(track, abort.signal).catch(() => null);
      if (abort.signal.aborted) return;
      const pause = RETRIES[tries];
      if (peaks !== null) setFound({ track, peaks });
      else if (pause !== undefined) timer = setTimeout(() => void ask(tries + 1), pause);
    };
    void ask(0);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [track, server]);
  return found !== null && found.track === track ? found.peaks : null;
}
