/**
 * The ladder of sound that a device may be sent, worst first. Rates of Opus are those of `media/rendition.py`; they and FLAC
 * are cut into segments at the same frames, so that a device may go from one rung to another at any segment.
 */
export const LADDER = ["opus-48", "opus-96", "opus-160", "flac"] as const;
export type Rung = (typeof LADDER)[number];

/** What somebody wants on this device: as much as the connection carries, within reason; or that and no more. */
export type RungChoice = "auto" | Rung;

/** What decides how high a device may climb. `isSaving`: the data saver is on. */
export interface RungWish {
  readonly choice: RungChoice;
  readonly isSaving: boolean;
}

/**
 * Kilobits that a second of sound is on the wire. Of Opus the rate and 5 % for pre-roll (8 packets in 209) and head; of FLAC
 * what music takes at 48 kHz and 16 bits, of which songs use 600 to 1 100.
 */
export const KILOBITS: Readonly<Record<Rung, number>> = { "opus-48": 51, "opus-96": 101, "opus-160": 168, flac: 1_100 };

/**
 * The highest rung that is wanted. Left to itself a device stops at 160 kbit/s: FLAC takes six times as much of the line, of
 * the server and of its cache, and is there for whoever asks for it.
 */
export function ceilingOf({ choice, isSaving }: RungWish): Rung {
  if (isSaving) return "opus-48";
  return choice === "auto" ? "opus-160" : choice;
}

/** Whether `rung` stands above `other`. */
export function isAbove(rung: Rung, other: Rung): boolean {
  return LADDER.indexOf(rung) > LADDER.indexOf(other);
}

/** `value` if it names a rung, null otherwise. */
export function rungNamed(value: unknown): Rung | null {
  return LADDER.find((rung) => rung === value) ?? null;
}

/** How a manifest of this rung is asked for. */
export function askedFor(rung: Rung): Readonly<Record<string, string>> {
  return rung === "flac" ? { codec: "flac" } : { codec: "opus", kilobits: rung.slice("opus-".length) };
}
