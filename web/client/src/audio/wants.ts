import { isBent } from "./bentSound";
import type { Want } from "./fetchPlan";
import type { Line, Program } from "./line";
import { positionAt } from "./line";

const RATE = 48_000;

// At least 20 s ahead where the room is: a tab in the background or a network hole of that length stays inaudible.
const AHEAD_FRAMES = 22 * RATE;

// Enough for the start of what follows and for the place of an announced seek, until they become the current position.
const OPENING_FRAMES = 12 * RATE;

// Bent sound is made when it is asked for: who drags a slider needs the beginning of every step (0.3 s apart), and more only of
// the last. What is fetched at first outlasts that, the next look at what is wanted, and the making of what follows.
const FRESH_AHEAD_FRAMES = 2.5 * RATE;
const FRESH_FRAMES = 0.6 * RATE;

function opening(line: Line, frame: number): Want[] {
  if (line.next === null || line.piece.frames === 0) return [];
  const left = Math.max(0, line.piece.frames - positionAt(line, frame));
  return [{ track: line.next.track, frame: 0, ahead: OPENING_FRAMES, delay: left }];
}

/**
 * What sound a program needs from context frame `frame` on, about 60 s in all: ahead of the current position, at the
 * place of every announced jump, and the opening of the next piece. While paused the same is fetched: play is then instant.
 */
export function wantsOf(program: Program, frame: number): Want[] {
  const wants: Want[] = [];
  program.forEach((line, i) => {
    if (line.piece.track === "") return;
    const begins = Math.max(frame, line.from);
    const ends = program[i + 1]?.from ?? Infinity;
    const position = Math.max(0, positionAt(line, begins));
    const isOver = line.piece.frames > 0 && position >= line.piece.frames;
    const isFresh = isBent(line.piece.track) && frame < line.since + FRESH_FRAMES;
    const most = isFresh ? FRESH_AHEAD_FRAMES : AHEAD_FRAMES;
    const ahead = Math.min(most, (ends - begins) * line.slope || most);
    if (!isOver && ends > begins) wants.push({ track: line.piece.track, frame: position, ahead, delay: begins - frame });
    if (ends === Infinity && !isFresh) wants.push(...opening(line, begins));
  });
  return wants;
}
