import { beatsBetween } from "../session/beats";
import { SAMPLE_RATE, serverMicros } from "../units";
import type { ServerMicros } from "../units";

// Beats are placed this far ahead: late enough to use the freshest clock, early enough for timers of a busy page.
const AHEAD_MICROS = 1_200_000;
// A beat that is nearer than this would be cut at its start.
const LEAST_AHEAD_MICROS = 20_000;
const TICK_MS = 200;

const CLICK_SECONDS = 0.03;
const CLICK_HERTZ = 1_800;
const DECAY_SECONDS = 0.004;

/** A short, dry click: full level within half a millisecond, gone after 20 ms, so that its instant is plain to the ear. */
export function clickSamples(): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(CLICK_SECONDS * SAMPLE_RATE));
  return samples.map((_, i) => {
    const at = i / SAMPLE_RATE;
    return Math.min(1, at / 0.0005) * Math.exp(-at / DECAY_SECONDS) * Math.sin(2 * Math.PI * CLICK_HERTZ * at);
  });
}

/** Where clicks are put; times are seconds of audio time. */
export interface ClickPort {
  /** Plays the click at `at`; returns what takes it back. */
  play(at: number): () => void;
}

/** What a click track goes by. */
export interface ClickSettings {
  readonly port: ClickPort;
  /** Room time now; null while it is not known. */
  readonly now: () => ServerMicros | null;
  /** The context frame that is heard at a room instant, the device's offset included. */
  readonly frameAt: (roomInstant: ServerMicros) => number;
  readonly every: (milliseconds: number, action: () => void) => () => void;
}

/** Clicks at the room's whole seconds, on this device, until it is ended. Returns what ends it. */
export function startClicks({ port, now, frameAt, every }: ClickSettings): () => void {
  const takeBack: (() => void)[] = [];
  let placed: ServerMicros | null = null;
  const place = (): void => {
    const here = now();
    if (here === null) return;
    const to = serverMicros(here + AHEAD_MICROS);
    const from = serverMicros(Math.max(here + LEAST_AHEAD_MICROS, placed ?? -Infinity));
    for (const beat of beatsBetween(from, to)) takeBack.push(port.play(frameAt(beat) / SAMPLE_RATE));
    placed = to;
  };
  const stop = every(TICK_MS, place);
  place();
  return () => {
    stop();
    for (const take of takeBack.splice(0)) take();
  };
}

/** Clicks through `destination` of a real context, at a level of its own: a muted device can be calibrated too. */
export function clicksOf(context: BaseAudioContext, destination: AudioNode): ClickPort {
  const buffer = new AudioBuffer({ length: Math.round(CLICK_SECONDS * SAMPLE_RATE), numberOfChannels: 1, sampleRate: SAMPLE_RATE });
  buffer.copyToChannel(clickSamples(), 0);
  return {
    play(at) {
      const source = new AudioBufferSourceNode(context, { buffer });
      const gain = new GainNode(context, { gain: 0.5 });
      source.connect(gain).connect(destination);
      source.start(at);
      return () => source.disconnect();
    },
  };
}
