import type { Rung } from "../../session/listening";

const MEGABYTE = 1_000_000;

/** What sound is sent as: `Opus 160 kbit/s`, `FLAC`. */
export function rungWords(rung: Rung): string {
  return rung === "flac" ? "FLAC, lossless" : `Opus ${rung.slice("opus-".length)} kbit/s`;
}

/** What listening takes of a data plan: `1.2 MB a minute`. */
export function dataPerMinute(bytes: number): string {
  const megabytes = bytes / MEGABYTE;
  return `${megabytes < 10 ? megabytes.toFixed(1) : megabytes.toFixed(0)} MB a minute`;
}

/** What a line carries: `840 kbit/s`, `24 Mbit/s`. */
export function lineWords(kilobitsPerSecond: number): string {
  const megabits = kilobitsPerSecond / 1000;
  if (megabits < 1) return `${Math.round(kilobitsPerSecond)} kbit/s`;
  // Above this the figure is that of one buffer, not of the line.
  return megabits > 100 ? "over 100 Mbit/s" : `${megabits < 10 ? megabits.toFixed(1) : megabits.toFixed(0)} Mbit/s`;
}
