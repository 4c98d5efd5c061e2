import { DRIVE_LATENCY_FRAMES } from "./drive";
import { limiterLatencyFrames } from "./limiter";
import { ProcessorNode } from "./processorNode";
import { ReverbNode } from "./reverbNode";
import {
  BANDS_HZ,
  type ChainSettings,
  type CompressorSettings,
  type DriveSettings,
  type EchoSettings,
  type LimiterSettings,
  NUMBERS,
} from "./settings";
import { glideTo } from "./smoothing";

/** Loudness that the gain of a manifest brings tracks to (`hathor_rt/library/gain.py`). */
export const TRACKS_LUFS = -14;

// An octave between the points of half the gain in dB.
const QUALITY = Math.SQRT2;

const STANDARD_LIMITER: LimiterSettings = {
  ceiling_db: NUMBERS.limiter.ceiling_db[2],
  release_seconds: NUMBERS.limiter.release_seconds[2],
};

/**
 * Frames between what goes into each part of a chain and the same as it comes out; they add up. A part that is off is as
 * late as it is when it is on, so that switching it never moves the sound in time.
 */
export function latenciesOf(rate: number) {
  return { equalizer: 0, drive: DRIVE_LATENCY_FRAMES, compressor: 0, echo: 0, reverb: 0, loudness: 0, limiter: limiterLatencyFrames(rate) };
}

/**
 * All effects in their order as nodes of a graph: equalizer → drive → compressor → echo → reverb → loudness → limiter. What
 * is off passes sound unchanged; whatever changes, changes without a click. `media/effects/chain.py` renders the same.
 */
export class EffectChain {
  readonly input: GainNode;
  readonly latencyFrames: number;
  readonly #context: BaseAudioContext;
  readonly #bands: readonly BiquadFilterNode[];
  readonly #drive: ProcessorNode<DriveSettings | null>;
  readonly #compressor: ProcessorNode<CompressorSettings | null>;
  readonly #echo: ProcessorNode<EchoSettings | null>;
  readonly #reverb: ReverbNode;
  readonly #gain: GainNode;
  readonly #limiter: ProcessorNode<LimiterSettings>;

  /** The context must know the processors already ({@link addProcessors}). */
  constructor(context: BaseAudioContext, settings: ChainSettings) {
    this.#context = context;
    this.latencyFrames = Object.values(latenciesOf(context.sampleRate)).reduce((sum, each) => sum + each, 0);
    // Two channels from here on, whatever flows in: one would be another signal for a convolution.
    this.input = new GainNode(context, { channelCount: 2, channelCountMode: "explicit" });
    this.#bands = BANDS_HZ.map(
      (frequency, i) => new BiquadFilterNode(context, { type: "peaking", frequency, Q: QUALITY, gain: bandOf(settings, i) }),
    );
    this.#drive = new ProcessorNode(context, "drive", settings.drive ?? null);
    this.#compressor = new ProcessorNode(context, "compressor", settings.compressor ?? null);
    this.#echo = new ProcessorNode(context, "echo", settings.echo ?? null);
    this.#reverb = new ReverbNode(context, settings.reverb);
    this.#gain = new GainNode(context, { gain: gainOf(settings) });
    this.#limiter = new ProcessorNode(context, "limiter", settings.limiter ?? STANDARD_LIMITER);
    const row = [...this.#bands, this.#drive.node, this.#compressor.node, this.#echo.node];
    row.reduce<AudioNode>((from, to) => from.connect(to), this.input).connect(this.#reverb.input);
    this.#reverb.output.connect(this.#gain).connect(this.#limiter.node);
  }

  /** The end of it. */
  get output(): AudioNode {
    return this.#limiter.node;
  }

  set(settings: ChainSettings): void {
    this.#bands.forEach((band, i) => glideTo(this.#context, band.gain, bandOf(settings, i)));
    this.#drive.set(settings.drive ?? null);
    this.#compressor.set(settings.compressor ?? null);
    this.#echo.set(settings.echo ?? null);
    this.#reverb.set(settings.reverb);
    glideTo(this.#context, this.#gain.gain, gainOf(settings));
    this.#limiter.set(settings.limiter ?? STANDARD_LIMITER);
  }

  /** Lets everything go, at once. */
  close(): void {
    for (const each of [this.#drive, this.#compressor, this.#echo, this.#reverb, this.#limiter]) each.close();
    for (const each of [this.input, ...this.#bands, this.#gain]) each.disconnect();
  }
}

function bandOf(settings: ChainSettings, band: number): number {
  return settings.equalizer?.gains_db[band] ?? 0;
}

function gainOf({ loudness }: ChainSettings): number {
  return loudness === undefined ? 1 : 10 ** ((loudness.target_lufs - TRACKS_LUFS) / 20);
}
