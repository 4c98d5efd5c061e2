import { useTrack } from "../parts/useTrack";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";

/** Length of what plays; what the library says of it until the room knows it exactly. 0 while nobody knows. */
export function useLength(): number {
  const { listening } = useRoom();
  const transport = useObserved(listening.transport);
  const track = useTrack(transport.track);
  return transport.length > 0 ? transport.length : (track?.length ?? 0);
}
