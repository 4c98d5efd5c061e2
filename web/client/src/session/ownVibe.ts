import { type ChainSettings, chainSettings, EffectRefused, isOff } from "../effects/settings";
import type { DeviceMemory } from "./memory";
import type { Notices } from "./notices";
import { Cell } from "./observed";

/** What one person does to the sound of this device; the others hear nothing of it. */
export interface OwnVibeView {
  readonly effects: ChainSettings;
  /** The sound as it came is heard, to compare. */
  readonly isBypassed: boolean;
}

/** What is done to the sound: takes effects at once, rejects with {@link EffectRefused}. */
export type Apply = (effects: ChainSettings) => Promise<void>;

/**
 * Sound passes the chain and nothing is changed: tracks peak at -1 dB at most, so a limiter at 0 dB does nothing. Comparing by taking
 * the chain out would move the sound by its latency, twice.
 */
export const UNTOUCHED: ChainSettings = chainSettings({ limiter: { ceiling_db: 0 } });

/** Effects without those that do nothing. */
export function withoutIdle(effects: ChainSettings): ChainSettings {
  const { equalizer, ...others } = effects;
  return equalizer === undefined || equalizer.gains_db.every((gain) => gain === 0) ? others : effects;
}

/** What the sound has to pass for `view` to be heard. */
export function heardAs({ effects, isBypassed }: OwnVibeView): ChainSettings {
  const kept = withoutIdle(effects);
  return isBypassed && !isOff(kept) ? UNTOUCHED : kept;
}

/** The effects of one person on one device: kept for that person, put on whatever plays here. */
export class OwnVibe {
  readonly view: Cell<OwnVibeView>;
  readonly #memory: DeviceMemory;
  readonly #notices: Notices;
  #apply: Apply | null = null;

  constructor(memory: DeviceMemory, notices: Notices) {
    this.#memory = memory;
    this.#notices = notices;
    this.view = new Cell({ effects: recalled(memory.effects), isBypassed: false });
  }

  /** Sound begins here, and takes effects by `apply`. */
  begin(apply: Apply): void {
    this.#apply = apply;
    if (!isOff(heardAs(this.view.get()))) this.#hear();
  }

  /** No more sound here. */
  end(): void {
    this.#apply = null;
  }

  setEffects(effects: ChainSettings): void {
    this.#memory.effects = effects;
    // Whoever turns a knob wants to hear it.
    this.#change({ effects, isBypassed: false });
  }

  bypass(isBypassed: boolean): void {
    this.#change({ ...this.view.get(), isBypassed });
  }

  #change(view: OwnVibeView): void {
    this.view.set(view);
    this.#hear();
  }

  #hear(): void {
    this.#apply?.(heardAs(this.view.get())).catch((failure: unknown) => {
      this.#notices.tell("error", failure instanceof EffectRefused ? failure.reason : `Effects failed: ${String(failure)}`);
    });
  }
}

/** What was kept, or nothing: another version of the page may have known other effects. */
function recalled(content: unknown): ChainSettings {
  try {
    return chainSettings(content);
  } catch (failure) {
    if (failure instanceof EffectRefused) return {};
    throw failure;
  }
}
