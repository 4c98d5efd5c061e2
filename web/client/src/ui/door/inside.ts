import type { RoomGlance } from "../../api/answers";

/** So many are named; the rest are counted. */
const NAMED = 3;
/** So many names the server gives at most: fewer are all of them. */
const MOST_NAMES = 8;

/** Who is inside, in one line: `Ada, Ben, Jo and 3 others are inside · 4 listening`. */
export function insideWords({ people, participants, listeners }: RoomGlance): string {
  if (participants === 0 || people.length === 0) return "Nobody is inside yet. Be the first.";
  const who = `${named(people, participants)} inside`;
  return listeners > 0 ? `${who} · ${listeners} listening` : who;
}

function named(people: readonly string[], participants: number): string {
  // One person with two devices takes part twice: only beyond the names is that the best count there is.
  const count = people.length < MOST_NAMES ? people.length : Math.max(people.length, participants);
  if (count <= NAMED) {
    const last = people.at(-1) ?? "";
    return count === 1 ? `${last} is` : `${people.slice(0, -1).join(", ")} and ${last} are`;
  }
  const others = count - NAMED;
  return `${people.slice(0, NAMED).join(", ")} and ${others} ${others === 1 ? "other" : "others"} are`;
}
