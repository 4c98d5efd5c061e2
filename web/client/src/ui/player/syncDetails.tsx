import { useEffect, useId, useRef } from "preact/hooks";

import type { SupplyView, SyncMode, SyncView } from "../../session/listening";
import { correctionWords } from "../../session/syncWords";
import { milliseconds, ppm, signedMilliseconds } from "../durations";
import { Switch } from "../parts/switch";
import { useRoom } from "../room/hold";
import { dataPerMinute, lineWords, rungWords } from "./dataWords";
import { withinOffset } from "./offsets";
import { SoundQuality } from "./soundQuality";

/** Small steps are for the ear, large ones for wireless speakers. */
const STEPS = [-100_000, -10_000, -1_000, 1_000, 10_000, 100_000] as const;

interface SyncDetailsProps {
  readonly id: string;
  readonly sync: SyncView;
  /** Closes the panel: what it opens takes its place. */
  readonly leave: () => void;
}

/** The way of the sound, in numbers, and the one thing about it that only an ear can tell. */
export function SyncDetails({ id, sync, leave }: SyncDetailsProps) {
  const heading = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  return (
    <section class="unfolded sync-details" id={id} ref={panel} role="dialog" aria-labelledby={heading} tabIndex={-1}>
      <h2 id={heading}>Sync of this device</h2>
      <p class="quiet">{sync.words}</p>
      <SignalPath sync={sync} />
      <SoundQuality sync={sync} />
      <Mode chosen={sync.mode} />
      <Offset sync={sync} leave={leave} />
      <Lasting sync={sync} />
    </section>
  );
}

/** What the sentence above rests on, from the server's clock to the ear. */
function SignalPath({ sync }: { readonly sync: SyncView }) {
  const isSounding = sync.state !== "silent";
  return (
    <>
      <dl class="facts">
        <Fact name="Distance from the room" value={isSounding ? signedMilliseconds(sync.playbackError) : "–"} />
        <Fact name="Clock, certified" value={`± ${milliseconds(sync.clockError)}`} />
        <Fact name="Round trip" value={milliseconds(sync.roundTrip)} />
        <Fact name="Drift of this output" value={sync.driftPpm === 0 ? "–" : ppm(sync.driftPpm)} />
        <Fact name="Output latency" value={`${milliseconds(sync.outputLatency)}${sync.isLatencyAssumed ? " (assumed)" : ""}`} />
        <SupplyFacts supply={sync.supply} />
        <Fact name="Correction now" value={sync.correcting.kind === "nudge" ? ppm(sync.correcting.ppm) : CORRECTIONS[sync.correcting.kind]} />
      </dl>
      {isSounding && <p class="quiet facts-why">{correctionWords(sync)}</p>}
    </>
  );
}

/** What comes over the line; a better sound is heard only once what is here has been played. */
function SupplyFacts({ supply }: { readonly supply: SupplyView }) {
  const { heard, fetched, bytesPerMinute, kilobitsPerSecond } = supply;
  const shown = heard ?? fetched;
  const coming = heard !== null && fetched !== null && fetched !== heard ? `, ${rungWords(fetched)} next` : "";
  return (
    <>
      <Fact name="Sound format" value={shown === null ? "–" : `${rungWords(shown)}${coming}`} />
      <Fact name="Data while it plays" value={bytesPerMinute === 0 ? "–" : dataPerMinute(bytesPerMinute)} />
      <Fact name="Connection carries" value={kilobitsPerSecond === null ? "–" : lineWords(kilobitsPerSecond)} />
    </>
  );
}

const CORRECTIONS = { none: "–", hold: "none", jumped: "jumped" } as const;

const MODES: readonly { readonly mode: SyncMode; readonly words: string; readonly rule: string }[] = [
  { mode: "sync", words: "Sync first", rule: "Back in step at once: speed by up to 0.5\u00a0%, or one faded jump when more than 30\u00a0ms off." },
  { mode: "quality", words: "Quality first", rule: "Speed by at most 0.05\u00a0% and no jumps, unless this device is more than 100\u00a0ms off." },
];

function Mode({ chosen }: { readonly chosen: SyncMode }) {
  const { listening } = useRoom();
  const group = useId();
  return (
    <fieldset class="modes">
      <legend>What comes first here</legend>
      <div class="modes-choice">
        {MODES.map(({ mode, words }) => (
          <label key={mode} class="mode">
            <input type="radio" name={group} checked={mode === chosen} onChange={() => listening.setMode(mode)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
      <p class="quiet">{MODES.find(({ mode }) => mode === chosen)?.rule}</p>
    </fieldset>
  );
}

function Offset({ sync, leave }: Omit<SyncDetailsProps, "id">) {
  const { listening, show } = useRoom();
  const shift = (step: number) => listening.setOffset(withinOffset(sync.offset + step));
  return (
    <div class="offset" role="group" aria-label="Offset of this output">
      <div class="offset-words">
        <strong>Offset</strong>
        <output>{signedMilliseconds(sync.offset)}</output>
        <button type="button" class="button button-quiet button-small" onClick={() => listening.setOffset(0)}>
          Reset
        </button>
      </div>
      <p class="quiet">Does this device sound late? Go up. Early? Go down. Kept for {sync.output === "" ? "this device" : sync.output}.</p>
      <div class="offset-steps">
        {STEPS.map((step) => (
          <button key={step} type="button" class="button button-soft button-small" onClick={() => shift(step)}>
            {signedMilliseconds(step).replace(".0", "")}
          </button>
        ))}
      </div>
      <button
        type="button"
        class="button button-quiet button-small offset-measure"
        onClick={() => {
          leave();
          show("calibrate");
        }}
      >
        Calibrate…
      </button>
    </div>
  );
}

/** Phones stop a page's own sound when they lock; the system's player goes on, and tells nobody how late it is. */
function Lasting({ sync }: { readonly sync: SyncView }) {
  const { listening } = useRoom();
  return (
    <div class="lasting">
      <Switch
        label="Keep playing when locked"
        hint="Loose sync: for phones in a pocket. Off: exact, while the page is open."
        on={sync.isLasting}
        onChange={(on) => listening.setLasting(on)}
      />
    </div>
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
