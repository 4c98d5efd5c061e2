import { useEffect, useRef, useState } from "preact/hooks";

import { judgeTaps, TAPS_WANTED, type TapJudgement } from "../../session/taps";
import { milliseconds, signedMilliseconds } from "../durations";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { withinOffset } from "../player/offsets";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { ClickTest } from "./clickTest";
import { RoomMeasurement } from "./roomMeasurement";

/** Long enough to start it on the next device and to listen to both. */
const CLICK_TEST_MILLISECONDS = 30_000;

/** What makes the clicks just now. */
type Doing = "nothing" | "tapping" | "clicking";

/** Three ways to bring outputs into step: tapping to the beat, listening to clicks, and a microphone. */
export function CalibrateDialog({ onClose }: { readonly onClose: () => void }) {
  const { listening } = useRoom();
  const [doing, setDoing] = useState<Doing>("nothing");
  const isSounding = useObserved(listening.room)?.hasSound === true;
  useEffect(() => {
    if (doing === "nothing") return undefined;
    listening.setClicks(true);
    return () => listening.setClicks(false);
  }, [listening, doing]);
  useEffect(() => {
    if (doing !== "clicking") return undefined;
    const timer = setTimeout(() => setDoing("nothing"), CLICK_TEST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [doing]);
  return (
    <Dialog title="Calibrate" onClose={onClose}>
      {!isSounding && <p role="status">This device plays no sound: it can listen to others, and has nothing to tap to.</p>}
      {isSounding && <TapTest isOn={doing === "tapping"} begin={() => setDoing("tapping")} end={() => setDoing("nothing")} />}
      <ClickTest isSounding={isSounding} isOn={doing === "clicking"} turn={(isOn) => setDoing(isOn ? "clicking" : "nothing")} />
      <RoomMeasurement />
    </Dialog>
  );
}

interface TapTestProps {
  readonly isOn: boolean;
  readonly begin: () => void;
  readonly end: () => void;
}

function TapTest({ isOn, begin, end }: TapTestProps) {
  const { listening } = useRoom();
  const taps = useRef<number[]>([]);
  const [count, setCount] = useState(0);
  const [outcome, setOutcome] = useState<TapJudgement | "unclear" | null>(null);
  const start = () => {
    taps.current = [];
    setCount(0);
    setOutcome(null);
    begin();
  };
  const tap = (event: Event) => {
    event.preventDefault();
    const distance = listening.beatDistance(event.timeStamp);
    if (distance === null) return;
    taps.current.push(distance);
    setCount(taps.current.length);
    if (taps.current.length < TAPS_WANTED) return;
    setOutcome(judgeTaps(taps.current) ?? "unclear");
    end();
  };
  return (
    <section class="calibration" aria-labelledby="tap-heading">
      <h3 id="tap-heading">Tap to the beat</h3>
      <p class="quiet">
        This device clicks once a second instead of its music; nobody else hears a difference. Tap exactly when you hear each click, {TAPS_WANTED} times, with a finger, a mouse or the Space bar.
      </p>
      {isOn ? (
        <TapPad count={count} tap={tap} />
      ) : (
        <Button kind={outcome === null ? "primary" : "soft"} onClick={start}>
          {outcome === null ? "Start tapping" : "Tap again"}
        </Button>
      )}
      <div role="status">{outcome !== null && <Outcome outcome={outcome} applied={() => setOutcome(null)} />}</div>
    </section>
  );
}

function TapPad({ count, tap }: { readonly count: number; readonly tap: (event: Event) => void }) {
  const pad = useRef<HTMLButtonElement>(null);
  useEffect(() => pad.current?.focus(), []);
  return (
    <button
      type="button"
      class="tap"
      ref={pad}
      // What counts is the press, not the letting go that a click is made of.
      onPointerDown={tap}
      onKeyDown={(event) => {
        if ((event.key === " " || event.key === "Enter") && !event.repeat) tap(event);
      }}
    >
      <span class="tap-word">Tap</span>
      <span>
        {count} of {TAPS_WANTED}
      </span>
    </button>
  );
}

/** What the taps say, before anything is changed. */
function Outcome({ outcome, applied }: { readonly outcome: TapJudgement | "unclear"; readonly applied: () => void }) {
  const { listening, desk } = useRoom();
  const { offset } = useObserved(listening.sync);
  if (outcome === "unclear" || !outcome.isSteady) {
    const spread = outcome === "unclear" ? "" : ` (single taps ± ${milliseconds(outcome.spread)})`;
    return <p>The taps were too uneven to measure by{spread}. Nothing was changed; try again.</p>;
  }
  const wanted = withinOffset(offset + outcome.late);
  const side = outcome.late >= 0 ? "late" : "early";
  return (
    <div class="tap-outcome">
      <p>
        This output sounds about <strong>{milliseconds(Math.abs(outcome.late))} {side}</strong>; single taps ± {milliseconds(outcome.spread)}
        {outcome.dropped > 0 && `, ${outcome.dropped} left out`}. Most people tap 20 to 50 ms early, so let your ear have the last word.
      </p>
      <Button
        kind="primary"
        onClick={() => {
          listening.setOffset(wanted);
          desk.say(`Offset ${signedMilliseconds(wanted)}`);
          applied();
        }}
      >
        Apply: offset {signedMilliseconds(wanted)} instead of {signedMilliseconds(offset)}
      </Button>
    </div>
  );
}
