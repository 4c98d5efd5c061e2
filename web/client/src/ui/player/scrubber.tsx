import { useRef } from "preact/hooks";

import { digits } from "../durations";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { useControl } from "./useControl";
import { useLength } from "./useLength";
import { usePlayhead } from "./usePlayhead";
import { useTicks } from "./useTicks";

/**
 * A thin line for the pointer alone. Keyboard and screen reader have the waveform, which is the same slider with a name:
 * two of them would only make people wonder.
 */
export function Scrubber({ times }: { readonly times: boolean }) {
  const { listening } = useRoom();
  const { status } = useObserved(listening.transport);
  const length = useLength();
  const playhead = usePlayhead(listening);
  const isBarred = useControl().seek !== "";
  const line = useRef<HTMLDivElement>(null);
  const elapsed = useRef<HTMLSpanElement>(null);
  const drag = useRef(false);
  const draw = () => {
    const position = playhead.position();
    // Less than a pixel of a line on a desk is no reason to paint.
    const share = (length > 0 ? Math.min(1, position / length) : 0).toFixed(3);
    if (line.current?.style.getPropertyValue("--share") !== share) line.current?.style.setProperty("--share", share);
    const text = digits(position);
    if (elapsed.current !== null && elapsed.current.textContent !== text) elapsed.current.textContent = text;
  };
  useTicks(draw, status === "playing");
  const positionAt = (event: PointerEvent) => {
    const box = line.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return 0;
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length;
  };
  return (
    <div class="scrubber" aria-hidden="true" data-barred={isBarred || undefined}>
      {times && <span ref={elapsed}>0:00</span>}
      <div
        ref={line}
        class="scrubber-line"
        onPointerDown={(event) => {
          if (isBarred || event.button !== 0) return;
          line.current?.setPointerCapture(event.pointerId);
          drag.current = true;
          playhead.preview(positionAt(event));
          draw();
        }}
        onPointerMove={(event) => {
          if (!drag.current) return;
          playhead.preview(positionAt(event));
          draw();
        }}
        onPointerUp={(event) => {
          if (!drag.current) return;
          drag.current = false;
          playhead.seek(positionAt(event));
        }}
        onPointerCancel={() => {
          drag.current = false;
          playhead.preview(null);
        }}
      />
      {times && <span>{length > 0 ? digits(length) : ""}</span>}
    </div>
  );
}
