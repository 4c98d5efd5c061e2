import type * as Y from "yjs";

import { PLAYBACK } from "./kinds";

const TRANSPORT = "transport";

/** A value as a document holds it as one unit. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** The map that holds the record; observe it to hear of a new one. */
export function playbackOf(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap(PLAYBACK.root);
}

/** What the room plays as a plain record (its fields: `timeline/transport.ts`), null before the first one. */
export function readTransport(doc: Y.Doc): Readonly<Record<string, Plain>> | null {
  const record = playbackOf(doc).get(TRANSPORT);
  if (typeof record !== "object" || record === null || Array.isArray(record)) return null;
  return record as Readonly<Record<string, Plain>>;
}
