import type { QueueRow } from "../../session/listening";

/**
 * What others changed between two views of the queue, as one sentence; empty when there is nothing to say.
 *
 * `touched` holds the entries this page changed itself; entries that are mentioned by it are taken out again, since the next
 * change of the same row may well be somebody else's.
 */
export function queueNews(
  before: readonly QueueRow[],
  after: readonly QueueRow[],
  me: string,
  touched: Set<string>,
  titleOf: (track: string) => string,
): string {
  const had = new Map(before.map((row) => [row.entry, row]));
  const has = new Map(after.map((row) => [row.entry, row]));
  const added = after.filter((row) => !had.has(row.entry) && row.addedBy !== me && !touched.delete(row.entry));
  const gone = before.filter((row) => !has.has(row.entry) && !touched.delete(row.entry));
  const moved = added.length + gone.length > 0 ? false : isReordered(before, after, touched);
  const sentences: string[] = [];
  const [first] = added;
  if (first !== undefined) {
    const more = added.length > 1 ? ` and ${added.length - 1} more` : "";
    sentences.push(`${first.addedByName} added ${titleOf(first.track)}${more}`);
  }
  const [lost] = gone;
  if (lost !== undefined) {
    const more = gone.length > 1 ? ` and ${gone.length - 1} more` : "";
    sentences.push(`${titleOf(lost.track)}${more} removed from the queue`);
  }
  if (moved) sentences.push("Somebody changed the order of the queue");
  return sentences.join(". ");
}

/** True when rows changed places other than those this page moved. A track that merely began to play moves nothing. */
function isReordered(before: readonly QueueRow[], after: readonly QueueRow[], touched: Set<string>): boolean {
  const mine = new Set(touched);
  touched.clear();
  const order = (rows: readonly QueueRow[]) => rows.map((row) => row.entry).filter((entry) => !mine.has(entry));
  const [old, now] = [order(before), order(after)];
  return old.length === now.length && old.some((entry, index) => entry !== now[index]);
}
