import type { ChunkName, Chunk, Interest } from "./chunkStore";
import { ChunkStore } from "./chunkStore";
import type { Line, Program } from "./line";
import { positionAt } from "./line";
import { SincTable } from "./sinc";
import { FADE_FRAMES, Voice } from "./voice";

/** What to do about an error: play `ppm` faster (negative: slower), or go to the right place behind a fade. */
export type Remedy = { readonly kind: "nudge"; readonly ppm: number } | { readonly kind: "jump" };

/** The control loop behind the corrections. */
export interface Steering {
  /**
   * One reading, about 20 a second: at `at` (microseconds, any steady clock) the sound was `error` microseconds ahead of
   * where it should be (negative: behind). Returns what to do until the next.
   */
  read(at: number, error: number): Remedy;
  /**
   * It is certain that the output or the clock shifted just now, so that the sound is `error` microseconds ahead: no more
   * readings are needed to believe that, and earlier ones say nothing any more.
   */
  shifted(error: number): Remedy;
  /** The sound starts, or its line changed: earlier readings say nothing any more. */
  restart(): void;
}

/** What the listener hears now. */
export type Sounding = "silent" | "buffering" | "catching-up" | "in-step";

/** A jump that was made because the sound was too far off: the context frame, and by how many microseconds. */
export interface Leap {
  readonly frame: number;
  readonly by: number;
}

/** What the audio thread tells the page, about ten times a second. */
export interface CoreStatus {
  readonly frame: number;
  readonly sounding: Sounding;
  readonly entry: string;
  readonly track: string;
  readonly position: number;
  /** Frames of the recording for one of `position`. */
  readonly tempo: number;
  /** Where the sound is minus where it should be, microseconds. */
  readonly error: number;
  /** Correction in force, parts per million of speed. */
  readonly ppm: number;
  /** Frames held from the position on without a gap. */
  readonly ahead: number;
  readonly jumps: number;
  /** The latest correction by a jump; seeks are none. */
  readonly leap: Leap | null;
  /** Entry of the line in force, playing or paused; empty if there is none. */
  readonly lineEntry: string;
  /** Whether sound for the present line is here. */
  readonly hasSound: boolean;
  readonly dropped: readonly ChunkName[];
}

const BLOCK_FRAMES = 128;
const SAMPLE_RATE = 48_000;
const MICROS_PER_FRAME = 1_000_000 / SAMPLE_RATE;

// 75 s of stereo float32 are 29 MB. The page plans for about 60 s, so the bound is met only when plans change quickly.
const STORE_FRAMES = 75 * SAMPLE_RATE;

// Less than this ahead and a start would soon stop again; half a second also covers one late segment message.
const START_FRAMES = SAMPLE_RATE / 2;

// A read head farther off than this can be heard beside another device in the same room.
const IN_STEP_MICROS = 5_000;

// A record that puts the sound this far elsewhere is a seek: no control loop is asked, it is heard at its instant.
const SEEK_MICROS = 30_000;

// Kernels kept: that of the recorded speed, and the latest others. Voices that fade out hold their own.
const MOST_TABLES = 6;

// 20 readings a second for the control loop.
const READING_FRAMES = 2_400;

/** Frames of its sound that `voice` reads for one output frame to keep to `line`. */
function paceOf(voice: Voice, line: Line): number {
  return (line.slope * line.piece.tempo) / voice.piece.tempo;
}

/**
 * The player as a plain object: lines and chunks go in, blocks of sound come out.
 *
 * It is autonomous: as long as it holds chunks it follows its lines, crosses from one piece into the next without a gap
 * and corrects its position, whatever the page does meanwhile. Context time is always passed in.
 *
 * Invariant: at most one voice is not released, `#lead`; released voices only fade away.
 */
export class WorkletCore {
  readonly #store = new ChunkStore(STORE_FRAMES);
  readonly #tables = new Map<number, SincTable>();
  readonly #steering: Steering;
  #program: Program = [];
  #line: Line | null = null;
  #lead: Voice | null = null;
  #fading: Voice[] = [];
  #error = 0;
  #ppm = 0;
  #jumps = 0;
  #leap: Leap | null = null;
  #readAt = 0;
  #isShifted = false;
  #dropped: ChunkName[] = [];

  constructor(steering: Steering) {
    this.#steering = steering;
    // Computed before anything sounds: its few milliseconds would be a gap in the first block that needs it.
    this.#table(1);
  }

  /**
   * Replaces all lines. Lines whose time has come take effect with the next block. `isShifted`: they differ from those
   * before because the output or the clock shifted, not because it is known a little better.
   */
  follow(program: Program, isShifted = false): void {
    this.#isShifted ||= isShifted;
    // Before the lines' instants come: a kernel takes milliseconds, which is more than a block may.
    for (const line of program) {
      if (line.slope > 0) this.#table(line.slope);
      if (line.slope > 0 && this.#lead !== null) this.#table(paceOf(this.#lead, line));
    }
    this.#program = program;
  }

  add(chunk: Chunk, frame: number): void {
    this.#dropped.push(...this.#store.add(chunk, this.#interests(frame)));
  }

  /** Renders `left.length` frames from context frame `frame` on (any length; done in blocks of at most 128). */
  render(frame: number, left: Float32Array, right: Float32Array): void {
    left.fill(0);
    right.fill(0);
    let done = 0;
    while (done < left.length) {
      const now = frame + done;
      this.#takeLine(now);
      const count = Math.min(BLOCK_FRAMES, left.length - done, this.#untilNextLine(now));
      this.#block(now, left, right, done, count);
      done += count;
    }
  }

  /** Current state; the list of dropped chunks is handed over and begins anew. */
  status(frame: number): CoreStatus {
    const dropped = this.#dropped;
    this.#dropped = [];
    const lead = this.#lead;
    return {
      frame,
      sounding: this.#sounding(frame),
      entry: lead?.piece.entry ?? "",
      track: lead?.piece.track ?? "",
      position: lead?.position ?? 0,
      tempo: lead?.piece.tempo ?? 1,
      error: lead === null ? 0 : this.#error,
      ppm: lead === null ? 0 : this.#ppm,
      ahead: lead?.extent(this.#store) ?? 0,
      jumps: this.#jumps,
      leap: this.#leap,
      lineEntry: this.#line?.piece.entry ?? "",
      hasSound: this.#hasSound(frame),
      dropped,
    };
  }

  #sounding(frame: number): Sounding {
    const line = this.#line;
    if (line === null || line.slope === 0) return "silent";
    if (this.#lead === null) {
      const isOver = line.piece.frames > 0 && line.next === null && positionAt(line, frame) > line.piece.frames - START_FRAMES;
      return isOver ? "silent" : "buffering";
    }
    return Math.abs(this.#error) > IN_STEP_MICROS ? "catching-up" : "in-step";
  }

  #takeLine(frame: number): void {
    let line: Line | null = null;
    for (const candidate of this.#program) if (candidate.from <= frame) line = candidate;
    if (line === this.#line) return;
    // A page that has just changed its mind may send only lines of the future: what holds now goes on until then.
    if (line === null && this.#program.length > 0) return;
    const isOtherRecord = line?.record !== this.#line?.record;
    this.#line = line;
    const lead = this.#lead;
    if (lead === null) return;
    const position = line === null || line.slope === 0 ? null : lead.positionOn(line);
    if (line === null || position === null) {
      this.#release();
      return;
    }
    lead.learn(line);
    const error = (position - positionAt(line, frame)) * MICROS_PER_FRAME;
    if (isOtherRecord && Math.abs(error) > SEEK_MICROS) this.#jump(line, frame);
  }

  #untilNextLine(frame: number): number {
    let count = BLOCK_FRAMES;
    for (const line of this.#program) {
      if (line.from > frame) count = Math.min(count, Math.ceil(line.from - frame));
    }
    return count;
  }

  #block(frame: number, left: Float32Array, right: Float32Array, start: number, count: number): void {
    const line = this.#line;
    if (line !== null && line.slope > 0) {
      this.#steer(line, frame);
      this.#changeSound(line, frame);
      this.#guardEnd(line);
      if (this.#lead === null) this.#tryStart(line, frame);
      if (this.#lead !== null) {
        const pace = paceOf(this.#lead, line);
        this.#lead.pace(pace * (1 + this.#ppm / 1e6), this.#table(pace));
      }
    }
    this.#lead?.render(this.#store, left, right, start, count);
    for (const voice of this.#fading) voice.render(this.#store, left, right, start, count);
    this.#fading = this.#fading.filter((voice) => !voice.isOver);
  }

  /** Measures the error of the leading voice and, when a reading is due, asks what to do about it. */
  #steer(line: Line, frame: number): void {
    const position = this.#lead?.positionOn(line) ?? null;
    if (position === null) return;
    this.#error = (position - positionAt(line, frame)) * MICROS_PER_FRAME;
    if (frame - this.#readAt < READING_FRAMES && !this.#isShifted) return;
    this.#readAt = frame;
    const remedy = this.#isShifted
      ? this.#steering.shifted(this.#error)
      : this.#steering.read(Math.round(frame * MICROS_PER_FRAME), this.#error);
    this.#isShifted = false;
    if (remedy.kind === "nudge") {
      this.#ppm = remedy.ppm;
      return;
    }
    this.#leap = { frame, by: -this.#error };
    this.#jump(line, frame);
  }

  #jump(line: Line, frame: number): void {
    this.#jumps += 1;
    this.#release();
    this.#tryStart(line, frame, 2 * FADE_FRAMES);
  }

  /**
   * Goes over to the line's sound as soon as it is here: at the line's first frame, as a rule. Until then the sound at hand goes
   * on at the line's tempo, higher or lower as it may be: in its place in time, and without a gap.
   */
  #changeSound(line: Line, frame: number): void {
    const lead = this.#lead;
    if (lead === null || lead.piece.track === line.piece.track || lead.piece.track === line.next?.track) return;
    const voice = this.#voiceFor(line, positionAt(line, frame));
    if (voice === null || !this.#isFed(voice, line, START_FRAMES)) return;
    const ppm = this.#ppm;
    this.#release();
    this.#lead = voice;
    this.#error = 0;
    this.#ppm = ppm;
    this.#readAt = frame;
    this.#steering.restart();
  }

  /** Lets the leading voice go early enough that its fade ends before what is held ends. */
  #guardEnd(line: Line): void {
    if (this.#lead === null) return;
    const pace = paceOf(this.#lead, line);
    const margin = (FADE_FRAMES + BLOCK_FRAMES) * pace * 1.01 + 2 * this.#table(pace).taps;
    if (this.#lead.extent(this.#store) < margin) this.#release();
  }

  #tryStart(line: Line, frame: number, least = START_FRAMES): void {
    const voice = this.#voiceFor(line, positionAt(line, frame));
    if (voice === null || !this.#isFed(voice, line, least)) return;
    this.#lead = voice;
    this.#error = 0;
    this.#ppm = 0;
    this.#readAt = frame;
    this.#steering.restart();
  }

  /** Whether `least` frames from the voice on are here, or all up to the end; never for the last breath of a piece. */
  #isFed(voice: Voice, line: Line, least: number): boolean {
    const isLast = voice.piece.frames > 0 && (line.next === null || voice.piece.entry !== line.piece.entry);
    const toEnd = isLast ? voice.piece.frames - voice.position : Infinity;
    return toEnd >= 4 * FADE_FRAMES && voice.extent(this.#store) >= Math.min(least, toEnd);
  }

  #hasSound(frame: number): boolean {
    const line = this.#line;
    if (line === null) return false;
    const voice = this.#voiceFor(line, positionAt(line, frame));
    return voice !== null && this.#isFed(voice, line, START_FRAMES);
  }

  #voiceFor(line: Line, position: number): Voice | null {
    const { piece, next } = line;
    const table = this.#table(line.slope);
    if (position < 0) return null;
    if (piece.frames === 0 || position < piece.frames) return new Voice(piece, position, next, table);
    return next === null ? null : new Voice(next, position - piece.frames, null, table);
  }

  #release(): void {
    if (this.#lead === null) return;
    this.#lead.release();
    this.#fading.push(this.#lead);
    this.#lead = null;
    this.#ppm = 0;
  }

  #table(slope: number): SincTable {
    // One table for all speeds up to 1 % above the recorded one: drift and correction must not change the sound.
    const step = slope > 1.01 ? Math.round(slope * 1000) / 1000 : 1;
    let table = this.#tables.get(step);
    if (table === undefined) {
      table = new SincTable(step);
      this.#tables.set(step, table);
      // While somebody turns the speed, hundreds of kernels come by; the latest few are all that sound.
      for (const [old] of this.#tables) if (old !== 1 && this.#tables.size > MOST_TABLES) this.#tables.delete(old);
    }
    return table;
  }

  #interests(frame: number): Interest[] {
    const interests: Interest[] = [];
    if (this.#lead !== null) interests.push({ track: this.#lead.piece.track, frame: this.#lead.position });
    for (const line of [...(this.#line === null ? [] : [this.#line]), ...this.#program]) {
      interests.push({ track: line.piece.track, frame: positionAt(line, Math.max(frame, line.from)) });
      if (line.next !== null) interests.push({ track: line.next.track, frame: 0 });
    }
    return interests;
  }
}
