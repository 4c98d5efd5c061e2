import type { Manifest } from "./manifest";

/**
 * A stretch of a track that will be needed.
 *
 * `delay`: frames of time until its first frame sounds; `ahead`: frames wanted from `frame` on.
 */
export interface Want {
  readonly track: string;
  readonly frame: number;
  readonly ahead: number;
  readonly delay: number;
}

/** The next thing to fetch: the manifest of a track, or a segment of it. `due`: frames of time until it is needed. */
export type Errand =
  | { readonly kind: "manifest"; readonly track: string; readonly frame: number; readonly due: number }
  | { readonly kind: "segment"; readonly track: string; readonly index: number; readonly due: number };

/** One name for an errand, equal for equal errands. */
export function errandKey(errand: Errand): string {
  return errand.kind === "manifest" ? `${errand.track}/manifest` : `${errand.track}/${errand.index}`;
}

/**
 * Everything that is wanted and not `has`, soonest needed first.
 *
 * A manifest counts as needed when its want begins, since nothing of the track can be fetched without it. One that is `outdated`
 * serves until another is here. `has` is asked with the frames of time until a segment is needed.
 */
export function errands(
  wants: readonly Want[],
  manifests: ReadonlyMap<string, Manifest>,
  has: (track: string, index: number, due: number) => boolean,
  outdated: (track: string) => boolean = () => false,
): Errand[] {
  const found = new Map<string, Errand>();
  const offer = (errand: Errand): void => {
    const key = errandKey(errand);
    const known = found.get(key);
    if (known === undefined || errand.due < known.due) found.set(key, errand);
  };
  for (const want of wants) {
    const manifest = manifests.get(want.track);
    if (manifest === undefined || outdated(want.track)) {
      offer({ kind: "manifest", track: want.track, frame: want.frame, due: want.delay });
    }
    if (manifest === undefined) continue;
    const size = manifest.segment_frames;
    const end = Math.min(want.frame + want.ahead, manifest.frames);
    for (let index = Math.floor(Math.max(0, want.frame) / size); index * size < end; index += 1) {
      const due = want.delay + Math.max(0, index * size - want.frame);
      if (!has(want.track, index, due)) offer({ kind: "segment", track: want.track, index, due });
    }
  }
  return [...found.values()].sort((a, b) => a.due - b.due);
}
