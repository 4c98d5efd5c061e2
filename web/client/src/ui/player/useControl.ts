import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { controlReasons, type Reasons } from "./controlReasons";

/** Why each control cannot be used now; empty where it can. */
export function useControl(): Reasons {
  const { listening } = useRoom();
  const room = useObserved(listening.room);
  const transport = useObserved(listening.transport);
  const queue = useObserved(listening.queue);
  return controlReasons(room, transport, queue);
}
