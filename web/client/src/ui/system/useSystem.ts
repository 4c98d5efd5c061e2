import { useEffect } from "preact/hooks";

import type { Listening } from "../../session/listening";
import { useSurroundings } from "../surroundings";
import { KeepAwake } from "./keepAwake";
import { MediaControls } from "./mediaControls";

const REFRESH_MILLISECONDS = 1_000;

/** Ties the machine around the page to the room, for as long as one is inside. */
export function useSystem(listening: Listening): void {
  const { system, catalogue, server } = useSurroundings();
  useEffect(() => {
    const awake = new KeepAwake(system, listening);
    const { media } = system;
    if (media === null) return () => awake.close();
    const controls = new MediaControls({
      port: media,
      listening,
      track: (id) => catalogue.track(id),
      coverUrl: (track) => new URL(server.coverUrl(track), location.href).href,
      now: () => performance.now() / 1000,
    });
    const timer = setInterval(() => controls.refresh(), REFRESH_MILLISECONDS);
    return () => {
      clearInterval(timer);
      controls.close();
      awake.close();
    };
  }, [system, listening, catalogue, server]);
}
