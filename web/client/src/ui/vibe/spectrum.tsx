import { useEffect, useRef } from "preact/hooks";

import { MOST_GAIN_DB } from "../../effects/settings";
import type { Levels } from "../../session/listening";
import { responseDb } from "./response";
import { hertzAt, shareOf } from "./scale";
import { useLevels } from "./useLevels";

// What is softer than this is nothing to see; music at -14 LUFS has its loudest bins near -20 dB.
const LOWEST_DB = -90;
const HIGHEST_DB = -18;
const COLUMNS = 96;
// Music falls by some 4.5 dB an octave: tilted by that much its picture is level, as analysers show it.
const TILT_DB = 4.5;

interface SpectrumProps {
  readonly gainsDb: readonly number[];
  readonly isPlaying: boolean;
}

/** Behind the bands: what sounds now, and the curve that the bands make together. A picture only; the sliders say it in figures. */
export function Spectrum({ gainsDb, isPlaying }: SpectrumProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const gains = useRef(gainsDb);
  gains.current = gainsDb;
  const bins = useRef(new Float32Array(0));
  useEffect(() => {
    if (canvas.current !== null) paint(canvas.current, null, gainsDb);
  }, [gainsDb, isPlaying]);
  useLevels((levels) => {
    if (bins.current.length !== levels.spectrumLength) bins.current = new Float32Array(levels.spectrumLength);
    levels.spectrum(bins.current);
    if (canvas.current !== null) paint(canvas.current, { levels, bins: bins.current }, gains.current);
  }, isPlaying);
  return <canvas ref={canvas} class="spectrum" aria-hidden="true" />;
}

function paint(canvas: HTMLCanvasElement, heard: { levels: Levels; bins: Float32Array } | null, gainsDb: readonly number[]): void {
  const scale = window.devicePixelRatio;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  if (context === null) return;
  const style = getComputedStyle(canvas);
  context.clearRect(0, 0, width, height);
  if (heard !== null) bars(context, heard.levels, heard.bins, width, height, style.getPropertyValue("--wave-ahead"));
  curve(context, gainsDb, width, height, style.getPropertyValue("--accent"), scale);
}

function bars(context: CanvasRenderingContext2D, levels: Levels, bins: Float32Array, width: number, height: number, colour: string): void {
  context.fillStyle = colour;
  // Behind the curve and the bands, not beside them.
  context.globalAlpha = 0.7;
  const column = width / COLUMNS;
  for (let i = 0; i < COLUMNS; i += 1) {
    const level = loudest(levels, bins, i / COLUMNS, (i + 1) / COLUMNS) + TILT_DB * 10 * (i / COLUMNS - 0.5);
    const share = Math.min(1, Math.max(0, (level - LOWEST_DB) / (HIGHEST_DB - LOWEST_DB)));
    context.fillRect(i * column, height * (1 - share), Math.max(1, column - 1), height * share);
  }
  context.globalAlpha = 1;
}

/** The loudest bin between two places; where bins are wider than columns, the nearest one. */
function loudest({ stepHz }: Levels, bins: Float32Array, from: number, to: number): number {
  const first = Math.round(hertzAt(from) / stepHz);
  const last = Math.max(first + 1, Math.round(hertzAt(to) / stepHz));
  return bins.subarray(first, last).reduce((most, level) => Math.max(most, level), LOWEST_DB - 60);
}

function curve(context: CanvasRenderingContext2D, gainsDb: readonly number[], width: number, height: number, colour: string, scale: number): void {
  context.strokeStyle = colour;
  context.lineWidth = 2 * scale;
  context.lineJoin = "round";
  context.beginPath();
  // Bands beside each other add up beyond what one of them may: the curve ends at the edge.
  const reach = MOST_GAIN_DB * 1.2;
  for (let x = 0; x <= width; x += 2 * scale) {
    const hertz = hertzAt(x / width);
    const level = shareOf(hertz) > 1 ? 0 : responseDb(gainsDb, hertz);
    context.lineTo(x, height * (0.5 - Math.max(-0.5, Math.min(0.5, level / (2 * reach)))));
  }
  context.stroke();
}
