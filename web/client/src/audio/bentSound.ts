import { vibeOf } from "../timeline/transport";
import type { Cue, Transport } from "../timeline/transport";
import type { Piece } from "./line";

/**
 * Sounds by name: a track as it was recorded, or one of its bent renditions.
 *
 * Frame n of a rendition at tempo t is the sound at frame n * t of the recording, exactly. So a line of the room, which counts
 * frames of the recording, moves through the rendition at the recorded speed: what bends is not the player but its sound.
 */

const SEPARATOR = "~";

/** The entry `cue` as `transport` has it sound. */
export function pieceOf(cue: Cue, transport: Transport): Piece {
  const { tempoPermille, pitchCents, keepsFormants } = vibeOf(transport);
  const { entry, track, frames: recorded } = cue;
  if (tempoPermille === 1000 && pitchCents === 0) return { entry, track, frames: recorded, tempo: 1 };
  const frames = Math.max(Math.min(1, recorded), Math.floor((recorded * 1000) / tempoPermille));
  // Formants need no keeping where the pitch stays: one sound has one name.
  const formants = keepsFormants && pitchCents !== 0 ? 1 : 0;
  return { entry, track: [track, tempoPermille, pitchCents, formants].join(SEPARATOR), frames, tempo: tempoPermille / 1000 };
}

export function isBent(sound: string): boolean {
  return sound.includes(SEPARATOR);
}

/** The track of a sound, and what to ask of its manifest: around frame `frame` of the sound first. */
export function askFor(sound: string, frame: number): { readonly track: string; readonly asked: Readonly<Record<string, string>> } {
  const [track = "", tempo, pitch, formants] = sound.split(SEPARATOR);
  if (tempo === undefined || pitch === undefined || formants === undefined) return { track, asked: { near: String(frame) } };
  // Told in frames of the recording.
  const near = String(Math.floor((frame * Number(tempo)) / 1000));
  return { track, asked: { near, tempo, pitch, formants } };
}
