/**
 * Integer time and sample counts, and which clock an instant belongs to. Twin of `sync/units.py`.
 *
 * Three clocks meet in a page and must never be mixed silently, so their instants are three types: the room timebase of
 * the server, page time (`performance.now()`), and audio time (`AudioContext.currentTime`). The first two are whole
 * microseconds; audio time stays what Web Audio makes of it, seconds as a float.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** A span of time in whole microseconds. */
export type Micros = Branded<"Micros">;
/** An instant on the room timebase of the server. */
export type ServerMicros = Branded<"ServerMicros">;
/** An instant of page time: `Math.floor(performance.now() * 1000)`. */
export type LocalMicros = Branded<"LocalMicros">;
/** A position in a track, in microseconds of the recording. */
export type PositionMicros = Branded<"PositionMicros">;
/** An instant of an AudioContext, in seconds. */
export type ContextSeconds = Branded<"ContextSeconds">;
/** Sample frames at {@link SAMPLE_RATE}. */
export type SampleCount = Branded<"SampleCount">;

export const micros = (value: number): Micros => value as Micros;
export const serverMicros = (value: number): ServerMicros => value as ServerMicros;
export const localMicros = (value: number): LocalMicros => value as LocalMicros;
export const positionMicros = (value: number): PositionMicros => value as PositionMicros;
export const contextSeconds = (value: number): ContextSeconds => value as ContextSeconds;
export const sampleCount = (value: number): SampleCount => value as SampleCount;

export const MICROS_PER_SECOND = 1_000_000;
export const SAMPLE_RATE = 48_000;

/** Page time of a `performance.now()` reading in milliseconds. */
export function localFromMilliseconds(milliseconds: number): LocalMicros {
  return localMicros(Math.floor(milliseconds * 1000));
}

/**
 * `dividend / divisor` rounded towards minus infinity, as Python's `//`.
 *
 * Exact while the dividend is below 2^53: the quotient is then at least 1/divisor away from the next integer, and rounding
 * it to a float moves it by less. The callers state what their products can reach.
 */
export function floorDivide(dividend: number, divisor: number): number {
  return Math.floor(dividend / divisor);
}

/** Length of `frames` sample frames, rounded down. Exact below 2^53 / 125 frames (47 years of sound). */
export function microsOfSamples(frames: SampleCount): Micros {
  return micros(floorDivide(frames * 125, 6));
}

/** Whole sample frames that fit in `span`, rounded towards minus infinity. Exact below 2^53 / 6 us (47 years). */
export function samplesOfMicros(span: Micros): SampleCount {
  return sampleCount(floorDivide(span * 6, 125));
}
