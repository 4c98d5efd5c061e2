/**
 * Order keys: where an entry stands, as text that sorts. The twin of `sync/documents/order.py`, where the scheme is
 * explained; both give the same keys for the same ids.
 */

/** Digits in ASCII order. */
export const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Longest key that the server takes, in characters. */
export const LONGEST_KEY = 1536;

const BASE = ALPHABET.length;
const HEAD = 5;
const HEADS = BASE ** HEAD;
const SUFFIX = 4;
const KEY = /^[0-9A-Za-z]*[1-9A-Za-z]$/;

/** Whether `text` is a well-formed order key. */
export function isKey(text: string): boolean {
  return text.length <= LONGEST_KEY && KEY.test(text);
}

/** A key for `entry` after `left` and before `right` (null: no bound). Throws RangeError if `right` is not greater. */
export function between(left: string | null, right: string | null, entry: string): string {
  return run(left, right, [entry])[0] ?? "";
}

/** Increasing keys for `entries`, all after `left` and before `right`; a run stays together beside concurrent ones. */
export function run(left: string | null, right: string | null, entries: readonly string[]): string[] {
  if (left !== null && right !== null && left >= right) throw new RangeError(`no key lies between ${left} and ${right}`);
  const first = entries[0];
  if (first === undefined) return [];
  const start = place(left, right) + suffix(first);
  if (entries.length === 1) return [start];
  let width = 1;
  while (BASE ** width < 2 * entries.length) width += 1;
  // Odd counters never end in zero, because the base is even.
  return entries.map((_, index) => start + digits(2 * index + 1, width));
}

function place(left: string | null, right: string | null): string {
  if (left === null && right === null) return digits(Math.floor(HEADS / 2), HEAD);
  if (left === null) {
    const head = headOf(right ?? "") - 1;
    return head >= 0 ? digits(head, HEAD) : middle("", right);
  }
  if (right === null) {
    const head = headOf(left) + 1;
    return head < HEADS ? digits(head, HEAD) : middle(left, null);
  }
  return middle(left, right);
}

/** The shortest digits that lie between, near the middle of the first place where there is room. */
function middle(left: string, right: string | null): string {
  let found = "";
  let bound = right;
  for (let index = 0; ; index += 1) {
    const low = valueAt(left, index);
    const high = bound === null ? BASE : valueAt(bound, index);
    if (high - low >= 2) return found + digits(Math.floor((low + high) / 2), 1);
    found += digits(low, 1);
    // From here on everything behind these digits is below `right`.
    if (high > low) bound = null;
  }
}

function headOf(key: string): number {
  let value = 0;
  for (let index = 0; index < HEAD; index += 1) value = value * BASE + valueAt(key, index);
  return value;
}

function valueAt(key: string, index: number): number {
  return index < key.length ? ALPHABET.indexOf(key.charAt(index)) : 0;
}

function digits(value: number, width: number): string {
  let text = "";
  for (let rest = value; text.length < width; rest = Math.floor(rest / BASE)) text = ALPHABET.charAt(rest % BASE) + text;
  return text;
}

function suffix(entry: string): string {
  const end = entry.slice(-SUFFIX);
  return end.endsWith("0") ? `${end}1` : end;
}
