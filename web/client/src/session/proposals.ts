import type { Change, MeasuredDevice } from "./checkViews";

/** Chirps of one device that lie further apart than this, microseconds, say too little: a stall of a machine lay between. */
export const UNEVEN = 6_000;

// What nobody hears is left as it is.
const WORTH_IT = 500;

// Finer than any spread, and short on the page.
const STEP = 100;

/** The device that stays as it is unless somebody says otherwise: this one if it was heard, else the one in the middle. */
export function referenceOf(devices: readonly MeasuredDevice[]): string | null {
  const heard = devices.filter(({ late }) => late !== null).sort((one, other) => (one.late ?? 0) - (other.late ?? 0));
  const chosen = heard.find(({ isMe }) => isMe) ?? heard[Math.floor((heard.length - 1) / 2)];
  return chosen?.connection ?? null;
}

/**
 * What brings every device that was heard into step with `reference`: what sounds late is to be fed earlier. Nothing for
 * those that are in step already, as far as the measurement can tell, and for those of which it can tell too little.
 */
export function proposals(devices: readonly MeasuredDevice[], reference: string): readonly Change[] {
  const origin = devices.find(({ connection }) => connection === reference);
  if (origin?.late === null || origin === undefined) return [];
  const { late: from, spread } = origin;
  if (spread > UNEVEN) return [];
  return devices.flatMap((device) => {
    if (device.late === null || device.connection === reference || device.spread > UNEVEN) return [];
    const change = Math.round((device.late - from) / STEP) * STEP;
    return Math.abs(change) < Math.max(WORTH_IT, device.spread + spread) ? [] : [{ connection: device.connection, change }];
  });
}
