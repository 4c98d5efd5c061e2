import { useState } from "preact/hooks";

import { Button } from "../parts/button";
import { Cover } from "../parts/cover";
import { useTrack } from "../parts/useTrack";
import { hueOfName, toneOfPicture, type Tone } from "../palette";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { SeekBar } from "./seekBar";

/** What plays now, large, on a stage in the colour of its cover. */
export function Stage({ children }: { readonly children?: preact.ComponentChildren }) {
  const { listening, open } = useRoom();
  const transport = useObserved(listening.transport);
  const queue = useObserved(listening.queue);
  const room = useObserved(listening.room);
  const track = useTrack(transport.track);
  const [picture, setPicture] = useState<{ readonly track: string; readonly tone: Tone } | null>(null);
  const row = queue.find((entry) => entry.entry === transport.entry);
  const tone = picture !== null && picture.track === transport.track ? picture.tone : ownTone(transport.track);
  const isEmpty = transport.status === "empty" || transport.track === null;
  return (
    <section class="stage" aria-label="Now playing" style={{ "--tone-hue": String(tone.hue), "--tone-chroma": String(tone.chroma) }}>
      <div class="stage-cover">
        <Cover
          track={isEmpty ? null : track}
          size="large"
          onPicture={(image) => {
            const found = toneOfPicture(image);
            if (found !== null && transport.track !== null) setPicture({ track: transport.track, tone: found });
          }}
        />
      </div>
      {isEmpty ? (
        <div class="stage-words">
          <h2 class="stage-title">{room === null ? "Entering the room…" : "Nothing playing yet"}</h2>
          {room !== null && (
            <>
              <p class="stage-artist">Add a track and everybody here hears it together.</p>
              <p>
                <Button kind="primary" icon="search" onClick={() => open("library")}>
                  Find music
                </Button>
              </p>
            </>
          )}
        </div>
      ) : (
        <>
          <div class="stage-words">
            <h2 class="stage-title">{track?.title ?? "…"}</h2>
            <p class="stage-artist">{track?.artist ?? "\u00a0"}</p>
            <p class="stage-adder">{row === undefined ? "\u00a0" : `Added by ${row.addedByName}`}</p>
          </div>
          <SeekBar />
        </>
      )}
      {children}
    </section>
  );
}

function ownTone(track: string | null): Tone {
  return track === null ? { hue: 200, chroma: 0.02 } : { hue: hueOfName(track), chroma: 0.07 };
}
