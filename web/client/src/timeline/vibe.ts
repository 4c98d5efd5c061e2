/** How a room bends what it plays. Twin of `sync/timeline/vibe.py`, which says more. */
export interface Vibe {
  /** Thousandths of the recorded tempo, 500 … 2000. The pitch stays. */
  readonly tempoPermille: number;
  /** Transposition, -1200 … 1200. The tempo stays. */
  readonly pitchCents: number;
  /** Voices keep their character under transposition. */
  readonly keepsFormants: boolean;
}

export const SLOWEST_PERMILLE = 500;
export const FASTEST_PERMILLE = 2000;
export const MOST_PITCH_CENTS = 1200;

/** The recording as it is. */
export const PLAIN: Vibe = { tempoPermille: 1000, pitchCents: 0, keepsFormants: false };

/** The nearest that a room can have. */
export function clamped({ tempoPermille, pitchCents, keepsFormants }: Vibe): Vibe {
  return {
    tempoPermille: Math.min(Math.max(tempoPermille, SLOWEST_PERMILLE), FASTEST_PERMILLE),
    pitchCents: Math.min(Math.max(pitchCents, -MOST_PITCH_CENTS), MOST_PITCH_CENTS),
    keepsFormants,
  };
}

export function isSameVibe(one: Vibe, other: Vibe): boolean {
  return (
    one.tempoPermille === other.tempoPermille &&
    one.pitchCents === other.pitchCents &&
    one.keepsFormants === other.keepsFormants
  );
}
