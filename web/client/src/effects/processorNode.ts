import { NAMES, type ProcessorOptions, type ToProcessor } from "./processorMessages";

/** An effect that runs as a {@link Core} on the audio thread. */
export class ProcessorNode<Settings> {
  readonly node: AudioWorkletNode;

  /** The context must know the processors already. */
  constructor(context: BaseAudioContext, effect: keyof typeof NAMES, settings: Settings) {
    const processorOptions: ProcessorOptions<Settings> = { settings };
    this.node = new AudioWorkletNode(context, NAMES[effect], {
      numberOfInputs: 1,
      outputChannelCount: [2],
      channelCount: 2,
      channelCountMode: "explicit",
      processorOptions,
    });
  }

  set(settings: Settings): void {
    this.#tell({ kind: "set", settings });
  }

  close(): void {
    this.#tell({ kind: "close" });
    this.node.disconnect();
  }

  #tell(message: ToProcessor<Settings>): void {
    this.node.port.postMessage(message);
  }
}
