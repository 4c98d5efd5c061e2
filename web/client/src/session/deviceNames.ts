import type { Person } from "./listening";

/** A name for every connection: that of its person, and a number where somebody is here with more than one device. */
export function deviceNames(people: readonly Person[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  for (const { connection, principal, name } of people) {
    const count = (counts.get(principal) ?? 0) + 1;
    counts.set(principal, count);
    names.set(connection, count === 1 ? name : `${name} (device ${count})`);
  }
  return names;
}
