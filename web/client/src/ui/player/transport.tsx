import { IconButton } from "../parts/button";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { useControl } from "./useControl";

/** Previous, play or pause, next. */
export function Transport({ size }: { readonly size: "bar" | "stage" | "mini" }) {
  const { listening, desk } = useRoom();
  const { status } = useObserved(listening.transport);
  const reasons = useControl();
  const isPlaying = status === "playing";
  return (
    <div class={`transport transport-${size}`} role="group" aria-label="Playback">
      {size !== "mini" && (
        <IconButton icon="previous" name="Previous" reason={reasons.previous} shortcut="Shift+ArrowLeft" onClick={() => listening.previous()} />
      )}
      <IconButton
        icon={isPlaying ? "pause" : "play"}
        name={isPlaying ? "Pause" : "Play"}
        kind="filled"
        reason={reasons.play}
        shortcut="Space"
        onClick={() => desk.playOrPause()}
      />
      <IconButton icon="next" name="Next" reason={reasons.next} shortcut="Shift+ArrowRight" onClick={() => listening.next()} />
    </div>
  );
}
