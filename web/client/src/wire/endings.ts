import type { Ending } from "./frames";

/** `closeCode` of the WebSocket; `retryAfter` in microseconds, negative: do not come back by yourself. */
export interface EndingRule {
  readonly closeCode: number;
  readonly retryAfter: number;
}

/** Every way a connection ends, by its code: the twin of `sync/wire/endings.py`, where each is explained. */
export const ENDINGS: Readonly<Record<string, EndingRule>> = {
  goodbye: { closeCode: 1000, retryAfter: -1 },
  "going-away": { closeCode: 1001, retryAfter: 500_000 },
  lost: { closeCode: 1006, retryAfter: 250_000 },
  refused: { closeCode: 4000, retryAfter: -1 },
  "malformed-frame": { closeCode: 4400, retryAfter: -1 },
  "unknown-principal": { closeCode: 4401, retryAfter: -1 },
  kicked: { closeCode: 4403, retryAfter: -1 },
  silent: { closeCode: 4408, retryAfter: 250_000 },
  "out-of-order": { closeCode: 4409, retryAfter: -1 },
  replaced: { closeCode: 4410, retryAfter: -1 },
  "frame-too-large": { closeCode: 4413, retryAfter: -1 },
  "wrong-protocol": { closeCode: 4426, retryAfter: -1 },
  "too-many": { closeCode: 4429, retryAfter: 10_000_000 },
  failed: { closeCode: 4500, retryAfter: 2_000_000 },
  overloaded: { closeCode: 4503, retryAfter: 5_000_000 },
  "storage-down": { closeCode: 4504, retryAfter: 2_000_000 },
  "storage-full": { closeCode: 4507, retryAfter: 30_000_000 },
  fenced: { closeCode: 4509, retryAfter: 500_000 },
  "too-slow": { closeCode: 4513, retryAfter: 1_000_000 },
};

/** What is refused with this code may be granted later, by the same server, to the same person. */
export function isPassing(code: string): boolean {
  return (ENDINGS[code]?.retryAfter ?? -1) >= 0;
}

/** What a close code means to a client that got no {@link Ending}; an unknown one counts as a lost connection. */
export function endingOfClose(closeCode: number, reason: string): Ending {
  const found = Object.entries(ENDINGS).find(([, rule]) => rule.closeCode === closeCode);
  const [code, rule] = found ?? ["lost", { retryAfter: 250_000 }];
  return { tag: "ending", code, reason, retryAfter: rule.retryAfter };
}
