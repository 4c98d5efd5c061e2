import { Button } from "../parts/button";
import { MAY_NOT_CHECK, useCheckRight } from "../player/useCheckRight";
import { RunningCheck } from "../room/checkBanner";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";

interface ClickTestProps {
  readonly isSounding: boolean;
  readonly isOn: boolean;
  readonly turn: (isOn: boolean) => void;
}

/** Lets an ear compare devices: clicks here, or on all devices of the room at once. */
export function ClickTest({ isSounding, isOn, turn }: ClickTestProps) {
  const { listening } = useRoom();
  const running = useObserved(listening.checks.running);
  const mayCheck = useCheckRight();
  return (
    <section class="calibration" aria-labelledby="click-heading">
      <h3 id="click-heading">Click test</h3>
      <p class="quiet">
        Devices that click do so at the same instants. One click means in step; two mean that one of them needs an offset (keys [ and ]
        move it by 5 ms). The music is silent meanwhile, and it ends by itself after half a minute. Speakers without a browser (
        <code>hathor listen</code>) take no part.
      </p>
      <div class="dialog-actions">
        {isSounding && <Button onClick={() => turn(!isOn)}>{isOn ? "Stop clicking here" : "Play clicks here"}</Button>}
        {mayCheck && running === null && <Button onClick={() => listening.checks.startClicks()}>Play clicks on all devices</Button>}
      </div>
      {!mayCheck && <p class="quiet">{MAY_NOT_CHECK}</p>}
      {running?.kind === "clicks" && <RunningCheck running={running} />}
    </section>
  );
}
