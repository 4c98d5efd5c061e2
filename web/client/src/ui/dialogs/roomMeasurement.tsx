import { useEffect, useState } from "preact/hooks";

import { deviceNames } from "../../session/deviceNames";
import type { Person } from "../../session/listening";
import { Button } from "../parts/button";
import { MAY_NOT_CHECK, useCheckRight } from "../player/useCheckRight";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { MeasurementPreview } from "./measurementPreview";

const MOST_DEVICES = 12;
const ROUNDS = 3;

/** Every device chirps, this one listens, and all offsets are found together. */
export function RoomMeasurement() {
  const { checks } = useRoom().listening;
  const measuring = useObserved(checks.measuring);
  useEffect(
    () => () => {
      // What was measured waits for an answer; everything else ends with the dialog.
      if (checks.measuring.get().state !== "measured" && checks.measuring.get().state !== "idle") checks.forget();
    },
    [checks],
  );
  const again = () => checks.forget();
  return (
    <section class="calibration" aria-labelledby="measure-heading">
      <h3 id="measure-heading">Measure the room by microphone</h3>
      {measuring.state === "idle" && <Choice />}
      <div class="measure-state" role="status">
        {measuring.state === "asking" && <p>The browser asks whether this page may use the microphone. Please allow it.</p>}
        {measuring.state === "listening" && (
          <p>
            Listening. Please keep quiet for a moment.<span aria-hidden="true">{` ${measuring.seconds} s left`}</span>
          </p>
        )}
        {measuring.state === "working" && <p>Comparing what was heard…</p>}
        {measuring.state === "failed" && (
          <p>
            {measuring.reason} <code class="banner-code">{measuring.code}</code>
          </p>
        )}
        {measuring.state === "applied" && (
          <p>
            {measuring.count === 1 ? "One device was told." : `${measuring.count} devices were told.`} Each shows what was changed and by whom, and can
            undo it. Measure again to see whether it fits.
          </p>
        )}
      </div>
      {measuring.state === "measured" && <MeasurementPreview devices={measuring.devices} isOverdriven={measuring.isOverdriven} />}
      {(measuring.state === "asking" || measuring.state === "listening") && <Button onClick={again}>Stop measuring</Button>}
      {(measuring.state === "failed" || measuring.state === "applied") && <Button onClick={again}>Measure again</Button>}
    </section>
  );
}

/** Which devices are measured, and what will happen. */
function Choice() {
  const { listening } = useRoom();
  const people = useObserved(listening.people);
  const running = useObserved(listening.checks.running);
  const mayCheck = useCheckRight();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const sounding = people.filter(({ hasSound }) => hasSound);
  const able = sounding.filter(({ checks }) => checks);
  const chosen = able.filter(({ connection }) => !left.has(connection)).slice(0, MOST_DEVICES);
  const turn = ({ connection }: Person, isOn: boolean) =>
    setLeft(new Set(isOn ? [...left].filter((each) => each !== connection) : [...left, connection]));
  const names = deviceNames(people);
  return (
    <>
      <p class="quiet">
        Every chosen device chirps in turn, {ROUNDS} times, at the volume of the click test; this one listens. Put it where you sit: a
        metre is 3 ms. What its microphone is late falls out, since it is the same for all: only differences count. You see
        everything before anything is changed, and nothing that was recorded leaves this device.
      </p>
      <fieldset class="measure-devices">
        <legend>Devices to measure</legend>
        {sounding.map((person) => (
          <label key={person.connection}>
            <input
              type="checkbox"
              checked={chosen.includes(person)}
              disabled={!person.checks}
              onChange={(event) => turn(person, event.currentTarget.checked)}
            />
            <span>
              {names.get(person.connection)}
              {person.isMe && " (this device)"}
              {!person.checks && " (takes no part)"}
            </span>
          </label>
        ))}
        {sounding.length === 0 && <p>Nobody plays sound in this room.</p>}
      </fieldset>
      {able.length > MOST_DEVICES && <p class="quiet">At most {MOST_DEVICES} at a time.</p>}
      {mayCheck ? (
        <Button
          kind="primary"
          disabled={chosen.length < 2 || running !== null}
          onClick={() => listening.checks.measure(chosen.map(({ connection }) => connection))}
        >
          Listen and measure ({chosen.length * ROUNDS + 3} s)
        </Button>
      ) : (
        <p class="quiet">{MAY_NOT_CHECK}</p>
      )}
      {mayCheck && chosen.length < 2 && <p class="quiet">A measurement compares devices: at least two must play sound.</p>}
    </>
  );
}
