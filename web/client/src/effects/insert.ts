import { EffectChain } from "./chain";
import { addProcessors } from "./processors";
import { type ChainSettings, EffectRefused, isOff } from "./settings";
import { FADED_MS, glideTo } from "./smoothing";

/** A chain between two levels: the first lets sound in without a click, the second cuts echoes off when it is left. */
interface Active {
  readonly chain: EffectChain;
  readonly enter: GainNode;
  readonly leave: GainNode;
}

/**
 * The place of effects in a graph: between {@link input} and what comes after it. While nothing is chosen the sound passes
 * through two gains of 1, which change no bit of it, and nothing else exists.
 */
export class EffectInsert {
  readonly input: GainNode;
  readonly #context: BaseAudioContext;
  readonly #direct: GainNode;
  readonly #after: AudioNode;
  readonly #watchers = new Set<AudioNode>();
  #wanted: ChainSettings = {};
  #active: Active | null = null;
  #isOn = false;
  #leaving: ReturnType<typeof setTimeout> | null = null;
  #changes = 0;
  #isClosed = false;

  constructor(context: BaseAudioContext, after: AudioNode) {
    this.#context = context;
    this.#after = after;
    this.input = new GainNode(context);
    this.#direct = new GainNode(context);
    this.input.connect(this.#direct).connect(after);
  }

  /** Frames between {@link input} and what comes after it. */
  get latencyFrames(): number {
    return this.#isOn ? (this.#active?.chain.latencyFrames ?? 0) : 0;
  }

  /** How often the latency has changed. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Chooses effects; `{}` is none. Of calls that overlap the last one counts. Rejects with {@link EffectRefused}
   * (`effects-unavailable`) where the browser gives the page no AudioWorklet: it is insecure, or offline for the first time.
   */
  async set(settings: ChainSettings): Promise<void> {
    this.#wanted = settings;
    if (!isOff(settings) && this.#active === null) await this.#load();
    if (this.#isClosed || this.#wanted !== settings) return;
    if (isOff(settings)) this.#leave();
    else if (this.#active === null) this.#enter(settings);
    else {
      this.#active.chain.set(settings);
      this.#turn(true);
    }
  }

  /** Lets `node` hear what comes out as well; returns what ends that. */
  watch(node: AudioNode): () => void {
    this.#watchers.add(node);
    this.#direct.connect(node);
    this.#active?.leave.connect(node);
    return () => {
      if (!this.#watchers.delete(node) || this.#isClosed) return;
      this.#direct.disconnect(node);
      this.#active?.leave.disconnect(node);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#forget();
    this.input.disconnect();
    this.#direct.disconnect();
  }

  async #load(): Promise<void> {
    try {
      // Not there at all on insecure pages, whatever the types say.
      await addProcessors(this.#context);
    } catch (error) {
      throw new EffectRefused("effects-unavailable", `This browser gives the page no place for effects: ${String(error)}.`);
    }
  }

  #enter(settings: ChainSettings): void {
    const chain = new EffectChain(this.#context, settings);
    const enter = new GainNode(this.#context, { gain: 0 });
    const leave = new GainNode(this.#context);
    this.input.connect(enter).connect(chain.input);
    chain.output.connect(leave).connect(this.#after);
    for (const node of this.#watchers) leave.connect(node);
    glideTo(this.#context, enter.gain, 1);
    this.#active = { chain, enter, leave };
    this.#turn(true);
  }

  #leave(): void {
    if (this.#active === null || !this.#isOn) return;
    this.#turn(false);
    this.#leaving = setTimeout(() => this.#forget(), FADED_MS);
  }

  /** Fades between the sound with and without effects. */
  #turn(isOn: boolean): void {
    if (this.#leaving !== null) clearTimeout(this.#leaving);
    this.#leaving = null;
    if (this.#isOn === isOn || this.#active === null) return;
    this.#isOn = isOn;
    this.#changes += 1;
    glideTo(this.#context, this.#direct.gain, isOn ? 0 : 1);
    glideTo(this.#context, this.#active.leave.gain, isOn ? 1 : 0);
  }

  #forget(): void {
    if (this.#leaving !== null) clearTimeout(this.#leaving);
    this.#leaving = null;
    if (this.#active === null) return;
    this.input.disconnect(this.#active.enter);
    this.#active.enter.disconnect();
    this.#active.chain.close();
    this.#active.leave.disconnect();
    this.#active = null;
  }
}
