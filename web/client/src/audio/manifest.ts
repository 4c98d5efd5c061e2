/** How to fetch one rendition of a track: the JSON of `GET /api/manifests/<track>`. */
export interface Manifest {
  /** Here the name of the sound (`bentSound.ts`). */
  readonly track: string;
  readonly rendition: string;
  readonly codec: "opus" | "flac";
  /** Nominal rate of Opus; 0 for FLAC. */
  readonly kilobits: number;
  readonly frames: number;
  readonly segment_frames: number;
  readonly pre_roll_frames: number;
  /** Base64 OpusHead; empty for FLAC. */
  readonly description: string;
  readonly gain_db: number;
  readonly segments: readonly string[];
}

/** Frames of segment `index`: the last one is shorter. */
export function framesOf(manifest: Manifest, index: number): number {
  return Math.min(manifest.segment_frames, manifest.frames - index * manifest.segment_frames);
}

/** Factor that brings the track to the common loudness. */
export function gainOf(manifest: Manifest): number {
  return 10 ** (manifest.gain_db / 20);
}
