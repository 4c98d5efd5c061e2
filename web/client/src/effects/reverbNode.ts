import { impulseResponse, responseFrames } from "./impulseResponse";
import type { ReverbSettings, Space } from "./settings";
import { FADED_MS, glideTo } from "./smoothing";

/** A space that is heard, or fades. Its level is before it: sound that began at once would be a click in it. */
interface Hall {
  readonly space: Space;
  readonly convolver: ConvolverNode;
  readonly level: GainNode;
}

/** Sound beside its convolution with the response of a space; another space is faded to. No latency. */
export class ReverbNode {
  readonly input: GainNode;
  readonly output: GainNode;
  readonly #context: BaseAudioContext;
  readonly #dry: GainNode;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #hall: Hall | null = null;

  constructor(context: BaseAudioContext, settings: ReverbSettings | undefined) {
    this.#context = context;
    this.input = new GainNode(context);
    this.output = new GainNode(context);
    const [dry, wet] = levelsOf(settings);
    this.#dry = new GainNode(context, { gain: dry });
    this.input.connect(this.#dry).connect(this.output);
    if (settings !== undefined) this.#hall = this.#newHall(settings.space, wet);
  }

  set(settings: ReverbSettings | undefined): void {
    const [dry, wet] = levelsOf(settings);
    glideTo(this.#context, this.#dry.gain, dry);
    if (this.#hall !== null && this.#hall.space !== settings?.space) this.#leave();
    if (settings === undefined) return;
    this.#hall ??= this.#newHall(settings.space, 0);
    glideTo(this.#context, this.#hall.level.gain, wet);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.input.disconnect();
    this.output.disconnect();
  }

  #newHall(space: Space, wet: number): Hall {
    const context = this.#context;
    const response = impulseResponse(space, context.sampleRate);
    const buffer = new AudioBuffer({ length: response[0].length, numberOfChannels: 2, sampleRate: context.sampleRate });
    response.forEach((channel, i) => buffer.copyToChannel(channel, i));
    // Responses have unit energy already; the browser's own scaling would be another one.
    const convolver = new ConvolverNode(context, { buffer, disableNormalization: true });
    const level = new GainNode(context, { gain: wet });
    this.input.connect(level).connect(convolver).connect(this.output);
    return { space, convolver, level };
  }

  /** Lets the space fade as a space does; its convolution is the dearest of all effects, so then it is taken away. */
  #leave(): void {
    const hall = this.#hall;
    if (hall === null) return;
    this.#hall = null;
    glideTo(this.#context, hall.level.gain, 0);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.input.disconnect(hall.level);
      hall.level.disconnect();
      hall.convolver.disconnect();
    }, FADED_MS + (1000 * responseFrames(hall.space, this.#context.sampleRate)) / this.#context.sampleRate);
    this.#timers.add(timer);
  }
}

/** Cosine and sine: sound and space have little in common, so their powers add. */
function levelsOf(settings: ReverbSettings | undefined): [dry: number, wet: number] {
  const turn = ((settings?.mix ?? 0) * Math.PI) / 2;
  return [settings?.mix === 1 ? 0 : Math.cos(turn), Math.sin(turn)];
}
