import { useState } from "preact/hooks";

import type { MeasuredDevice } from "../../session/checkViews";
import { proposals, referenceOf, UNEVEN } from "../../session/proposals";
import { milliseconds, signedMilliseconds } from "../durations";
import { Button } from "../parts/button";
import { useRoom } from "../room/hold";

interface PreviewProps {
  readonly devices: readonly MeasuredDevice[];
  readonly isOverdriven: boolean;
}

/** What was heard and what would be changed; nothing is, until somebody says so. */
export function MeasurementPreview({ devices, isOverdriven }: PreviewProps) {
  const { checks } = useRoom().listening;
  const [chosen, setChosen] = useState<string | null>(null);
  const reference = chosen ?? referenceOf(devices);
  if (reference === null) {
    return (
      <>
        <p>No device was heard. Turn them up, bring this one nearer, and check that the right microphone is chosen.</p>
        <Button onClick={() => checks.forget()}>Measure again</Button>
      </>
    );
  }
  const changes = proposals(devices, reference);
  const origin = devices.find(({ connection }) => connection === reference)?.late ?? 0;
  const changeOf = (connection: string) => changes.find((each) => each.connection === connection)?.change ?? 0;
  return (
    <>
      <table class="measured">
        <caption>Heard by this device. The marked one stays as it is; the others follow it.</caption>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Heard</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {devices.map(({ connection, name, isMe, late, spread }) => (
            <tr key={connection}>
              <th scope="row">
                <label>
                  <input
                    type="radio"
                    name="reference"
                    aria-label={`${name} stays as it is`}
                    checked={connection === reference}
                    disabled={late === null}
                    onChange={() => setChosen(connection)}
                  />
                  <span>
                    {name}
                    {isMe && " (this device)"}
                  </span>
                </label>
              </th>
              <td>
                {late === null ? "not heard" : <span>{signedMilliseconds(late - origin)}</span>}
                {late !== null && <span>{` ± ${milliseconds(spread)}`}</span>}
              </td>
              <td>{connection === reference ? "stays" : late === null ? "–" : spread > UNEVEN ? "uneven" : changeWords(changeOf(connection))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Remarks devices={devices} isOverdriven={isOverdriven} />
      <div class="dialog-actions">
        {changes.length > 0 && (
          <Button kind="primary" onClick={() => checks.apply(changes)}>
            Apply to {changes.length === 1 ? "1 device" : `${changes.length} devices`}
          </Button>
        )}
        <Button onClick={() => checks.forget()}>{changes.length > 0 ? "Change nothing" : devices.some(({ late, spread }) => late === null || spread > UNEVEN) ? "Measure again" : "Done"}</Button>
      </div>
    </>
  );
}

function Remarks({ devices, isOverdriven }: PreviewProps) {
  const isUneven = devices.some(({ late, spread }) => late !== null && spread > UNEVEN);
  return (
    <>
      <p class="quiet">Plus: heard late, so it will be fed earlier. ± is how far its chirps lay apart.</p>
      {devices.some(({ late }) => late === null) && (
        <p>Not heard: it may be too quiet or too far away, or more than 0.7 s late; then tap to the beat on it.</p>
      )}
      {isUneven && <p>Uneven: the chirps of a device lay far apart, so nothing is proposed for it. Measure again when it is quiet and nothing else is busy.</p>}
      {isOverdriven && <p>The microphone was overdriven. Turn the loudest device down, and measure again.</p>}
    </>
  );
}

function changeWords(change: number): string {
  return change === 0 ? "none needed" : signedMilliseconds(change);
}
