import { useEffect, useId, useRef } from "preact/hooks";

import type { SyncView } from "../../session/listening";
import { milliseconds, signedMilliseconds } from "../durations";
import { useRoom } from "../room/hold";

/** Small steps are for the ear, large ones for wireless speakers; the engine takes −1 … +5 s. */
const STEPS = [-10_000, -1_000, 1_000, 10_000] as const;
const LEAST = -1_000_000;
const MOST = 5_000_000;

/** The way of the sound, in numbers, and the one thing about it that only an ear can tell. */
export function SyncDetails({ id, sync }: { readonly id: string; readonly sync: SyncView }) {
  const { listening } = useRoom();
  const heading = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const shift = (step: number) => listening.setOffset(Math.min(MOST, Math.max(LEAST, sync.offset + step)));
  return (
    <section class="sync-details" id={id} ref={panel} role="dialog" aria-labelledby={heading} tabIndex={-1}>
      <h2 id={heading}>Sync of this device</h2>
      <p class="quiet">{sync.words}</p>
      <dl class="facts">
        <Fact name="Distance from the room" value={sync.state === "silent" ? "–" : signedMilliseconds(sync.playbackError)} />
        <Fact name="Clock" value={`± ${milliseconds(sync.clockError)}`} />
        <Fact name="Round trip" value={milliseconds(sync.roundTrip)} />
        <Fact name="Output latency" value={milliseconds(sync.outputLatency)} />
        <Fact name="Sound format" value={sync.codec === "" ? "–" : sync.codec} />
        <Fact name="State" value={sync.state.replace("-", " ")} />
      </dl>
      <div class="offset" role="group" aria-label="Offset of this output">
        <div class="offset-words">
          <strong>Offset</strong>
          <output>{signedMilliseconds(sync.offset)}</output>
          <button type="button" class="button button-quiet button-small" onClick={() => listening.setOffset(0)}>
            Reset
          </button>
        </div>
        <p class="quiet">Does this device sound late? Go up. Early? Go down. It is remembered for this output.</p>
        <div class="offset-steps">
          {STEPS.map((step) => (
            <button
              key={step}
              type="button"
              class="button button-soft button-small"
              onClick={() => shift(step)}
            >
              {signedMilliseconds(step).replace(".0", "")}
            </button>
          ))}
        </div>
      </div>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
