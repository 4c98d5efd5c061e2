/** The kinds of documents this client knows: the twin of `sync/documents/kinds.py`. */

export interface Kind {
  readonly name: "playback" | "queue";
  /** Name of the one root map. */
  readonly root: string;
  /** The server alone writes: edits here would be refused. */
  readonly isServerWritten: boolean;
}

export const PLAYBACK: Kind = { name: "playback", root: "playback", isServerWritten: true };
export const QUEUE: Kind = { name: "queue", root: "entries", isServerWritten: false };

const KINDS: readonly Kind[] = [PLAYBACK, QUEUE];
const ID = /^[0-9a-hjkmnp-tv-z]{1,32}$/;

/** Whether `text` has the form of an identifier. */
export function isId(text: unknown): text is string {
  return typeof text === "string" && ID.test(text);
}

/** Name of the document of this kind that belongs to `owner` (a room's id). */
export function documentName(kind: Kind, owner: string): string {
  return `${kind.name}:${owner}`;
}

/** Kind and owner of the document called `kind:id`, null if there is no such kind or the id is malformed. */
export function parseDocumentName(name: string): { readonly kind: Kind; readonly owner: string } | null {
  const colon = name.indexOf(":");
  const kind = KINDS.find((each) => each.name === name.slice(0, Math.max(colon, 0)));
  const owner = name.slice(colon + 1);
  return kind !== undefined && isId(owner) ? { kind, owner } : null;
}
