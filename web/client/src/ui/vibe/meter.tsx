import { useRef } from "preact/hooks";

import { useLevels } from "./useLevels";

const FLOOR_DB = -48;
// How fast a bar falls after a peak; meters of studios fall by 20 dB in 1.5 s.
const FALL_DB = 0.6;

/** How loud it is here, left and right, before the volume. */
export function Meter({ isPlaying }: { readonly isPlaying: boolean }) {
  const meter = useRef<HTMLDivElement>(null);
  const shown = useRef([FLOOR_DB, FLOOR_DB]);
  useLevels((levels) => {
    const element = meter.current;
    if (element === null) return;
    shown.current = levels.peaks().map((peak, side) => Math.max(20 * Math.log10(Math.max(peak, 1e-6)), (shown.current[side] ?? FLOOR_DB) - FALL_DB, FLOOR_DB));
    shown.current.forEach((level, side) => {
      element.style.setProperty(side === 0 ? "--left" : "--right", String(Math.min(1, 1 - level / FLOOR_DB)));
    });
    const loudest = Math.round(Math.max(...shown.current));
    element.setAttribute("aria-valuenow", String(Math.min(0, loudest)));
    element.setAttribute("aria-valuetext", loudest <= FLOOR_DB ? "silent" : `${loudest} decibels`);
  }, isPlaying);
  return (
    <div ref={meter} class="meter" role="meter" aria-label="Level on this device" aria-valuemin={FLOOR_DB} aria-valuemax={0} aria-valuenow={FLOOR_DB}>
      <i />
      <i />
    </div>
  );
}
