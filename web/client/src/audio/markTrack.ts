import { SAMPLE_RATE, serverMicros } from "../units";
import type { ServerMicros } from "../units";
import { type MarksBetween, type MarkSound, samplesOf } from "./marks";

// Marks are placed this far ahead: late enough to use a fresh clock, early enough for a page that stands still for two seconds
// or that has its timers but once a second.
const AHEAD_MICROS = 2_500_000;
// A mark that is nearer than this would be cut at its start.
const LEAST_AHEAD_MICROS = 20_000;
const TICK_MS = 200;

/** Where marks are put; times are seconds of audio time. */
export interface MarkPort {
  /** Plays the sound at `at`; returns what takes it back. */
  play(at: number, sound: MarkSound): () => void;
}

/** What a track of marks goes by. */
export interface MarkSettings {
  readonly port: MarkPort;
  readonly marks: MarksBetween;
  /** The room instant whose sound would be fed to the output now; null while it is not known. */
  readonly now: () => ServerMicros | null;
  /** The context frame that is heard at a room instant, the device's offset included. */
  readonly frameAt: (roomInstant: ServerMicros) => number;
  readonly every: (milliseconds: number, action: () => void) => () => void;
}

/** Plays marks at their room instants, on this device, until it is ended. Returns what ends it. */
export function startMarks({ port, marks, now, frameAt, every }: MarkSettings): () => void {
  const takeBack: (() => void)[] = [];
  let placed: ServerMicros | null = null;
  const place = (): void => {
    const here = now();
    if (here === null) return;
    const to = serverMicros(here + AHEAD_MICROS);
    const from = serverMicros(Math.max(here + LEAST_AHEAD_MICROS, placed ?? -Infinity));
    for (const { at, sound } of marks(from, to)) takeBack.push(port.play(frameAt(at) / SAMPLE_RATE, sound));
    placed = to;
  };
  const stop = every(TICK_MS, place);
  place();
  return () => {
    stop();
    for (const take of takeBack.splice(0)) take();
  };
}

/** Marks through `destination` of a real context, at a level of their own: a muted device can be calibrated too. */
export function marksThrough(context: BaseAudioContext, destination: AudioNode): MarkPort {
  const buffers = new Map<MarkSound, AudioBuffer>();
  const bufferOf = (sound: MarkSound): AudioBuffer => {
    const samples = samplesOf(sound);
    const buffer = buffers.get(sound) ?? new AudioBuffer({ length: samples.length, numberOfChannels: 1, sampleRate: SAMPLE_RATE });
    buffer.copyToChannel(samples, 0);
    buffers.set(sound, buffer);
    return buffer;
  };
  return {
    play(at, sound) {
      const source = new AudioBufferSourceNode(context, { buffer: bufferOf(sound) });
      source.connect(destination);
      source.start(at);
      return () => source.disconnect();
    },
  };
}
