import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";

export const MAY_NOT_CHECK = "In this room only the host starts clicks or a measurement on everybody's devices.";

/** Whether this person may start and stop what sounds on everybody's devices. */
export function useCheckRight(): boolean {
  const { listening } = useRoom();
  return useObserved(listening.room)?.may.has("calibrate") === true;
}
