import { floorDivide, positionMicros, serverMicros, type PositionMicros, type ServerMicros } from "../units";

/**
 * Position as a line over server time. Twin of `sync/timeline/anchor.py`.
 *
 * At instant `at` the track was at `position` and moved at `ratePermille` thousandths of its recorded speed: 0 while
 * paused, otherwise 500 … 2000. All arithmetic is on whole numbers and divides downwards. `(t - at) * ratePermille` must
 * stay below 2^53: 52 days of uninterrupted playback at double speed.
 */
export interface Anchor {
  readonly at: ServerMicros;
  readonly position: PositionMicros;
  readonly ratePermille: number;
}

/** Position at `instant`, also before `at` (the line extends both ways); rounded down. */
export function anchorPosition(anchor: Anchor, instant: ServerMicros): PositionMicros {
  return positionMicros(anchor.position + floorDivide((instant - anchor.at) * anchor.ratePermille, 1000));
}

/** First whole microsecond at which the line has reached `position`; null while paused. */
export function anchorInstant(anchor: Anchor, position: PositionMicros): ServerMicros | null {
  if (anchor.ratePermille === 0) return null;
  return serverMicros(anchor.at - floorDivide((anchor.position - position) * 1000, anchor.ratePermille));
}
