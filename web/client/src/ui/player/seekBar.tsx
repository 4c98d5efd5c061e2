import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { digits, spoken } from "../durations";
import { useRoom } from "../room/hold";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { usePeaks } from "./usePeaks";
import { usePlayhead } from "./usePlayhead";
import { useControl } from "./useControl";
import { useLength } from "./useLength";
import { useTicks } from "./useTicks";
import { Waveform } from "./waveform";

const FIVE_SECONDS = 5_000_000;
const SECOND = 1_000_000;

/** The waveform of what plays: shows where the room is, and moves it there. */
export function SeekBar() {
  const { listening } = useRoom();
  const { preferences } = useSurroundings();
  const { theme } = useObserved(preferences.choices);
  const transport = useObserved(listening.transport);
  const peaks = usePeaks(transport.track);
  const playhead = usePlayhead(listening);
  const reason = useControl().seek;
  const explained = useId();
  const slider = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const waveform = useRef<Waveform | null>(null);
  const elapsed = useRef<HTMLSpanElement>(null);
  const remaining = useRef<HTMLSpanElement>(null);
  const bubble = useRef<HTMLSpanElement>(null);
  const drag = useRef(false);
  const width = useWidth(slider);
  const length = useLength();
  const isBarred = reason !== "";

  useLayoutEffect(() => {
    if (canvas.current === null) return;
    waveform.current ??= new Waveform(canvas.current);
    waveform.current.prepare(peaks, Math.max(1, window.devicePixelRatio));
  }, [peaks, width, theme]);

  const draw = (position: number) => {
    if (length > 0) waveform.current?.show(position / length, listening.buffered() / length);
    else waveform.current?.show(0, 0);
  };
  useTicks(() => {
    const position = playhead.position();
    draw(position);
    const second = Math.floor(position / SECOND);
    const element = slider.current;
    if (element !== null && element.getAttribute("aria-valuenow") !== String(second)) {
      element.setAttribute("aria-valuenow", String(Math.max(0, second)));
      element.setAttribute("aria-valuetext", `${spoken(position)} of ${spoken(length)}`);
    }
    write(elapsed.current, digits(position));
    write(remaining.current, length > 0 ? `−${digits(length - Math.floor(position / SECOND) * SECOND)}` : "");
  }, transport.status === "playing");

  const positionAt = (event: PointerEvent) => {
    const box = slider.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return 0;
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length;
  };
  const seek = (position: number) => playhead.seek(position);
  return (
    <div class="seek">
      <div
        ref={slider}
        class="seek-slider"
        role="slider"
        tabIndex={0}
        aria-label="Seek"
        aria-valuemin={0}
        aria-valuemax={Math.max(1, Math.floor(length / SECOND))}
        aria-valuenow={0}
        aria-valuetext={`${spoken(0)} of ${spoken(length)}`}
        aria-disabled={isBarred}
        aria-describedby={isBarred ? explained : undefined}
        title={isBarred ? reason : undefined}
        onKeyDown={(event) => {
          const target = keyTarget(event.key, playhead.position(), length);
          if (target === null || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          event.stopPropagation();
          if (!isBarred) seek(target);
        }}
        onPointerDown={(event) => {
          if (isBarred || event.button !== 0) return;
          slider.current?.setPointerCapture(event.pointerId);
          drag.current = true;
          playhead.preview(positionAt(event));
          draw(positionAt(event));
        }}
        onPointerMove={(event) => {
          showBubble(bubble.current, event, slider.current, positionAt(event));
          if (!drag.current) return;
          playhead.preview(positionAt(event));
          draw(positionAt(event));
        }}
        onPointerUp={(event) => {
          if (!drag.current) return;
          drag.current = false;
          seek(positionAt(event));
        }}
        onPointerCancel={() => {
          drag.current = false;
          playhead.preview(null);
        }}
      >
        <canvas ref={canvas} class="seek-wave" aria-hidden="true" />
        <span ref={bubble} class="seek-bubble" aria-hidden="true" />
      </div>
      {isBarred && (
        <span id={explained} hidden>
          {reason}
        </span>
      )}
      <div class="seek-times" aria-hidden="true">
        <span ref={elapsed}>0:00</span>
        <span ref={remaining} />
      </div>
    </div>
  );
}

function keyTarget(key: string, position: number, length: number): number | null {
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return position + FIVE_SECONDS;
    case "ArrowLeft":
    case "ArrowDown":
      return position - FIVE_SECONDS;
    case "Home":
      return 0;
    case "End":
      return length;
    default:
      return null;
  }
}

function write(element: HTMLElement | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function showBubble(bubble: HTMLElement | null, event: PointerEvent, slider: HTMLElement | null, position: number): void {
  const box = slider?.getBoundingClientRect();
  if (bubble === null || box === undefined) return;
  bubble.style.setProperty("--at", `${event.clientX - box.left}px`);
  write(bubble, digits(position));
}

/** Width of an element in whole CSS pixels, kept up to date. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  const measure = useCallback(() => setWidth(Math.round(element.current?.clientWidth ?? 0)), [element]);
  useEffect(() => {
    measure();
    if (element.current === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, measure]);
  return width;
}
