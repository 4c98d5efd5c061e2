import { IconButton } from "../parts/button";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";

/** How loud this device plays; nobody else hears a difference. */
export function Volume() {
  const { listening, desk } = useRoom();
  const volume = useObserved(listening.volume);
  const percent = Math.round(volume * 100);
  return (
    <div class="volume">
      <IconButton
        icon={percent === 0 ? "muted" : "volume"}
        name={percent === 0 ? "Unmute" : "Mute"}
        shortcut="M"
        onClick={() => desk.toggleMute()}
      />
      <input
        class="range"
        type="range"
        min={0}
        max={100}
        value={percent}
        aria-label="Volume"
        aria-valuetext={`${percent} percent`}
        style={{ "--share": String(volume) }}
        onInput={(event) => listening.setVolume(Number(event.currentTarget.value) / 100)}
      />
    </div>
  );
}
