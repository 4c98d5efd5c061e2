import type { Adjustment, RunningCheck as Running } from "../../session/checkViews";
import { signedMilliseconds } from "../durations";
import { Button } from "../parts/button";
import { useCheckRight } from "../player/useCheckRight";
import { useObserved } from "../useObserved";
import { useRoom } from "./hold";

/** What sounds instead of the music, and what somebody measured on this device: nobody is left to wonder. */
export function CheckBanner() {
  const { listening } = useRoom();
  const running = useObserved(listening.checks.running);
  const adjustment = useObserved(listening.checks.adjustment);
  return (
    <>
      <div class="banner banner-check" data-shown={running !== null || undefined}>
        {running !== null && <RunningCheck running={running} />}
      </div>
      <div class="banner banner-check" data-shown={adjustment !== null || undefined}>
        {adjustment !== null && <Adjusted adjustment={adjustment} />}
      </div>
    </>
  );
}

/** One sentence about a sound check with the ways out of it. */
export function RunningCheck({ running }: { readonly running: Running }) {
  const { checks } = useRoom().listening;
  const mayCheck = useCheckRight();
  const { isMine, isHere, name, kind, seconds } = running;
  return (
    <div class="check">
      {/* The seconds are not read out: one sentence is, when it begins. */}
      <p role="status">
        {kind === "clicks" ? `${isMine ? "You" : name} started clicks on all devices` : `${isMine ? "You measure" : `${name} measures`} the devices of this room`}
        {isHere ? "; the music is silent here meanwhile." : "; this device plays on."}
        <span aria-hidden="true">{` ${seconds} s`}</span>
      </p>
      <div class="dialog-actions">
        {isHere && (
          <Button size="small" onClick={() => checks.stopHere()}>
            Stop here
          </Button>
        )}
        {(mayCheck || isMine) && (
          <Button size="small" onClick={() => checks.stopForAll()}>
            Stop for all
          </Button>
        )}
      </div>
    </div>
  );
}

function Adjusted({ adjustment }: { readonly adjustment: Adjustment }) {
  const { checks } = useRoom().listening;
  const { isMine, name, before, after } = adjustment;
  return (
    <div class="check">
      <p role="status">
        {`${isMine ? "You" : name} measured this device: its offset is ${signedMilliseconds(after)} now and was ${signedMilliseconds(before)}.`}
      </p>
      <div class="dialog-actions">
        <Button size="small" onClick={() => checks.keepAdjustment()}>
          Keep it
        </Button>
        <Button size="small" onClick={() => checks.undoAdjustment()}>
          Undo
        </Button>
      </div>
    </div>
  );
}
