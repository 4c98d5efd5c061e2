import { useState } from "preact/hooks";

import type { Track } from "../../api/answers";
import { useSurroundings } from "../surroundings";
import { hueOfName } from "../palette";
import { Sign } from "./icons";

interface CoverProps {
  readonly track: Track | null;
  readonly size: "small" | "medium" | "large";
  /** Told when the picture can be looked at. */
  readonly onPicture?: (picture: HTMLImageElement) => void;
}

/** The cover of a track; one of our own making, in a colour that belongs to the track, when there is none. */
export function Cover({ track, size, onPicture }: CoverProps) {
  const { server } = useSurroundings();
  const [broken, setBroken] = useState("");
  const id = track?.track ?? "";
  const shows = track?.has_cover === true && broken !== id;
  return (
    <div class={`cover cover-${size}`} style={{ "--hue": String(hueOfName(id)) }} data-empty={track === null || undefined}>
      {shows ? (
        <img
          key={id}
          src={server.coverUrl(id)}
          alt=""
          decoding="async"
          loading={size === "large" ? "eager" : "lazy"}
          draggable={false}
          onError={() => setBroken(id)}
          onLoad={(event) => onPicture?.(event.currentTarget)}
        />
      ) : (
        <Sign />
      )}
    </div>
  );
}
