import type { Track } from "../../api/answers";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { Cell } from "../../session/observed";

const NONE = new Cell<Track | null>(null);

/** Title, artist and length of a track; null while there is none or it is not known yet. */
export function useTrack(track: string | null): Track | null {
  const { catalogue } = useSurroundings();
  return useObserved(track === null ? NONE : catalogue.track(track));
}
