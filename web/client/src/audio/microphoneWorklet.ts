/** The audio thread of a microphone: hands on what it hears, with the number of each block's first frame. */

declare const currentFrame: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

// Twenty-odd messages a second; the blocks of 128 frames that browsers make would be 375.
const BLOCK_FRAMES = 2_048;

class HathorMicrophone extends AudioWorkletProcessor {
  #samples = new Float32Array(BLOCK_FRAMES);
  #filled = 0;
  #begins = 0;

  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    // Until the stream flows there is no channel.
    if (input === undefined) return true;
    if (this.#filled === 0) this.#begins = currentFrame;
    this.#samples.set(input, this.#filled);
    this.#filled += input.length;
    if (this.#filled < BLOCK_FRAMES) return true;
    const samples = this.#samples;
    this.port.postMessage({ frame: this.#begins, samples }, [samples.buffer]);
    this.#samples = new Float32Array(BLOCK_FRAMES);
    this.#filled = 0;
    return true;
  }
}

registerProcessor("hathor-microphone", HathorMicrophone);
