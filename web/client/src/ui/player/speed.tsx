import { useId, useState } from "preact/hooks";

import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { useUnfolding } from "../useUnfolding";
import { FASTEST, PRESETS, rateWords, SLOWEST } from "./rates";
import { useControl } from "./useControl";

/** How fast the room plays: a button that says it, and below it what changes it for everybody. */
export function Speed() {
  const { listening, desk } = useRoom();
  const { ratePermille } = useObserved(listening.transport);
  const { rate: reason } = useControl();
  const { isOpen, setOpen, around, button, onKeyDown } = useUnfolding();
  // What the slider is dragged to: the room follows when it is let go, not through every step between.
  const [dragged, setDragged] = useState<number | null>(null);
  const panel = useId();
  const shown = dragged ?? ratePermille;
  return (
    <div class="speed" ref={around} onKeyDown={onKeyDown}>
      <button
        type="button"
        ref={button}
        class="speed-button"
        data-changed={ratePermille !== 1_000 || undefined}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panel : undefined}
        aria-label={`Speed: ${rateWords(ratePermille)}`}
        title="Speed of the room"
        onClick={() => setOpen(!isOpen)}
      >
        {rateWords(ratePermille)}
      </button>
      {isOpen && (
        <div class="unfolded speed-panel" id={panel} role="group" aria-label="Speed of the room">
          <div class="speed-head">
            <h2>Speed of the room</h2>
            <output>{rateWords(shown)}</output>
          </div>
          <input
            class="range"
            type="range"
            min={SLOWEST}
            max={FASTEST}
            step={10}
            value={shown}
            disabled={reason !== ""}
            aria-label="Speed"
            aria-valuetext={rateWords(shown)}
            style={{ "--share": String((shown - SLOWEST) / (FASTEST - SLOWEST)) }}
            onInput={(event) => setDragged(Number(event.currentTarget.value))}
            // Not `onChange`: Preact takes that for `onInput`, as React does.
            onChangeCapture={(event) => {
              desk.setRate(Number(event.currentTarget.value));
              setDragged(null);
            }}
          />
          <div class="speed-presets">
            {PRESETS.map((preset) => (
              <button
                key={preset}
                type="button"
                class="button button-soft button-small"
                disabled={reason !== ""}
                aria-pressed={preset === ratePermille}
                onClick={() => desk.setRate(preset)}
              >
                {rateWords(preset)}
              </button>
            ))}
          </div>
          <p class="quiet">{reason === "" ? "Everybody hears it, at the same instant. The pitch stays." : reason}</p>
        </div>
      )}
    </div>
  );
}
