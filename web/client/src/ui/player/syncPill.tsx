import { useId } from "preact/hooks";

import { pillWords, qualityOf } from "../quality";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { useUnfolding } from "../useUnfolding";
import { SyncDetails } from "./syncDetails";

/** Is this device in step with the room? Colour, shape and words say the same; a click shows what the answer rests on. */
export function SyncPill() {
  const { listening, show } = useRoom();
  const sync = useObserved(listening.sync);
  const room = useObserved(listening.room);
  const { isOpen, setOpen, around, button, onKeyDown } = useUnfolding();
  const panel = useId();
  const leave = () => {
    setOpen(false);
    button.current?.focus();
  };
  const quality = qualityOf(sync.state, sync.playbackError, sync.isCoarse);
  return (
    <div class="sync" ref={around} onKeyDown={onKeyDown}>
      {room?.hasSound === false && (
        <button type="button" class="button button-primary button-small" onClick={() => void listening.join(true)}>
          Turn sound on
        </button>
      )}
      {sync.state === "loose" && sync.looseBecause !== "lasting" && (
        <button type="button" class="button button-soft button-small" onClick={() => show("tighten")}>
          Tighten sync
        </button>
      )}
      <button
        type="button"
        ref={button}
        class="pill"
        data-quality={quality}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panel : undefined}
        aria-label={`Sync: ${pillWords(sync)}`}
        onClick={() => setOpen(!isOpen)}
      >
        <span class="pill-mark" aria-hidden="true" />
        <span class="pill-words">{pillWords(sync)}</span>
      </button>
      {isOpen && <SyncDetails id={panel} sync={sync} leave={leave} />}
    </div>
  );
}
