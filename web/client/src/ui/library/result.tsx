import { memo } from "preact/compat";
import { useEffect, useId, useState } from "preact/hooks";

import { digits } from "../durations";
import { IconButton } from "../parts/button";
import { Cover } from "../parts/cover";
import { useRoom } from "../room/hold";
import type { Track } from "../../api/answers";

/** The tick after adding stays this long. */
const TICK_MILLISECONDS = 1_500;

interface ResultProps {
  readonly track: Track;
  /** Why nothing can be added here; empty when it can. */
  readonly reason: string;
  /** The one row of the list that Tab stops at. */
  readonly isStop: boolean;
  readonly onStop: (track: string) => void;
}

/** One track of the library with what can be done with it. */
export const Result = memo(function Result({ track, reason, isStop, onStop }: ResultProps) {
  const { desk } = useRoom();
  const title = useId();
  const [added, setAdded] = useState(0);
  useEffect(() => {
    if (added === 0) return undefined;
    const timer = setTimeout(() => setAdded(0), TICK_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [added]);
  const barred = track.is_available ? reason : track.note === "" ? "This file cannot be read now" : track.note;
  const add = (place: "end" | "next") => {
    desk.add(track.track, place);
    if (place === "end") setAdded(added + 1);
  };
  const about = track.is_available ? track.artist : barred;
  const tabIndex = isStop ? 0 : -1;
  return (
    <li class="row result" data-unavailable={!track.is_available || undefined} onFocusIn={() => onStop(track.track)}>
      <Cover track={track} size="small" />
      <div class="row-words">
        <span class="row-title" id={title}>
          {track.title}
        </span>
        <span class="row-artist">
          {about}
          {track.length > 0 && <span class="row-adder">{`${about ? " · " : ""}${digits(track.length)}`}</span>}
        </span>
      </div>
      <div class="row-actions">
        <IconButton icon="playNext" name="Play next" tabIndex={tabIndex} describedBy={title} reason={barred} onClick={() => add("next")} />
        <IconButton
          icon={added > 0 ? "done" : "add"}
          kind="soft"
          name="Add to queue"
          tabIndex={tabIndex}
          describedBy={title}
          reason={barred}
          onClick={() => add("end")}
        />
      </div>
    </li>
  );
});
