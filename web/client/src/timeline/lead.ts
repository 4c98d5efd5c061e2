import { floorDivide, micros, type Micros } from "../units";

/** How far ahead a common start must lie. Twin of `sync/timeline/lead.py`, which gives the reasons. */

/** What a listening device says of itself. `roundTrip`: q95, 0 while unknown. `leadNeeded`: latency plus signed offset. */
export interface ListenerReport {
  readonly roundTrip: number;
  readonly leadNeeded: number;
}

export interface LeadLimits {
  readonly shortest: Micros;
  readonly longest: Micros;
  /** What of a device's output latency the group waits for. */
  readonly output: Micros;
}

export const DEFAULT_LIMITS: LeadLimits = {
  shortest: micros(150_000),
  longest: micros(1_000_000),
  output: micros(120_000),
};

/** Tick, commit and scheduling. */
const PREPARATION = 60_000;

/** `0.75 · q95(round trip) + 60 ms + q80(min(lead needed, 120 ms))` within the limits; the shortest without reports. */
export function startLead(reports: readonly ListenerReport[], limits: LeadLimits = DEFAULT_LIMITS): Micros {
  if (reports.length === 0) return limits.shortest;
  const known = reports.map((report) => report.roundTrip).filter((trip) => trip > 0);
  const usable = known.filter((trip) => trip <= limits.longest);
  if (known.length > 0 && usable.length === 0) return limits.longest;
  const trip = usable.length > 0 ? quantile(usable, 95) : 0;
  const output = quantile(reports.map((report) => Math.min(report.leadNeeded, limits.output)), 80);
  const lead = floorDivide(trip * 3, 4) + PREPARATION + output;
  return micros(Math.min(Math.max(lead, limits.shortest), limits.longest));
}

/** Nearest rank: the least of `values` that at least `percent` (1 … 100) of them do not exceed. */
export function quantile(values: readonly number[], percent: number): number {
  const rank = floorDivide(values.length * percent + 99, 100);
  const value = [...values].sort((one, other) => one - other)[rank - 1];
  if (value === undefined) throw new RangeError("a quantile needs at least one value");
  return value;
}
