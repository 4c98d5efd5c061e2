/** The audio thread of effects: each {@link Core} between its messages and the graph. */

import { CompressorCore } from "./compressor";
import type { Core } from "./core";
import { DriveCore } from "./drive";
import { EchoCore } from "./echo";
import { LimiterCore } from "./limiter";
import { NAMES, type ProcessorOptions, type ToProcessor } from "./processorMessages";
import type { CompressorSettings, DriveSettings, EchoSettings, LimiterSettings } from "./settings";

// TypeScript has no types for the audio thread's global scope.
declare const sampleRate: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
interface Options<Settings> {
  readonly processorOptions: ProcessorOptions<Settings>;
}
declare function registerProcessor<Settings>(name: string, processor: new (options: Options<Settings>) => AudioWorkletProcessor): void;

function register<Settings>(name: string, newCore: (rate: number, settings: Settings) => Core<Settings>): void {
  registerProcessor(
    name,
    class extends AudioWorkletProcessor {
      readonly #core: Core<Settings>;
      #isClosed = false;

      constructor({ processorOptions }: Options<Settings>) {
        super();
        this.#core = newCore(sampleRate, processorOptions.settings);
        this.port.onmessage = ({ data }: MessageEvent<ToProcessor<Settings>>) => {
          if (data.kind === "close") this.#isClosed = true;
          else this.#core.set(data.settings);
        };
      }

      process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
        const [left, right] = outputs[0] ?? [];
        if (left === undefined || right === undefined) return !this.#isClosed;
        // Nothing flows in: what is under way comes out all the same.
        const [inLeft, inRight] = inputs[0] ?? [];
        if (inLeft === undefined || inRight === undefined) {
          left.fill(0);
          right.fill(0);
        } else {
          left.set(inLeft);
          right.set(inRight);
        }
        this.#core.process(left, right);
        return !this.#isClosed;
      }
    },
  );
}

register<DriveSettings | null>(NAMES.drive, (rate, settings) => new DriveCore(rate, settings));
register<CompressorSettings | null>(NAMES.compressor, (rate, settings) => new CompressorCore(rate, settings));
register<EchoSettings | null>(NAMES.echo, (rate, settings) => new EchoCore(rate, settings));
register<LimiterSettings>(NAMES.limiter, (rate, settings) => new LimiterCore(rate, settings));
