import { packetsOf } from "./container";

// libopus in every browser decodes 20 ms packets at 48 kHz; timestamps only have to grow.
const PACKET_MICROS = 20_000;

// Packets between two rests: 200 ms of sound.
const SLICE_PACKETS = 10;

/** What is wanted of a segment: `frames` after the first `skip` (the pre-roll that lets the decoder settle), scaled. */
export interface Wanted {
  readonly skip: number;
  readonly frames: number;
  readonly gain: number;
}

/** Left and right of a segment, filled in as they come out of the decoder. */
class Gathering {
  readonly channels: [Float32Array, Float32Array];
  readonly #wanted: Wanted;
  #plane = new Float32Array(0);
  #at: number;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    this.channels = [new Float32Array(wanted.frames), new Float32Array(wanted.frames)];
    this.#at = -wanted.skip;
  }

  /** Frames that are still missing. */
  get missing(): number {
    return Math.max(0, this.#wanted.frames - this.#at);
  }

  take(data: AudioData): void {
    const count = data.numberOfFrames;
    if (this.#plane.length !== count) this.#plane = new Float32Array(count);
    if (this.#at + count > 0 && this.missing > 0) {
      for (const [i, channel] of this.channels.entries()) this.#copy(data, i, channel);
    }
    this.#at += count;
    data.close();
  }

  #copy(data: AudioData, plane: number, channel: Float32Array): void {
    const { gain, frames } = this.#wanted;
    data.copyTo(this.#plane, { planeIndex: Math.min(plane, data.numberOfChannels - 1), format: "f32-planar" });
    const last = Math.min(this.#plane.length, frames - this.#at);
    for (let k = Math.max(0, -this.#at); k < last; k += 1) channel[this.#at + k] = (this.#plane[k] ?? 0) * gain;
  }
}

/** Decodes Opus segments with WebCodecs, one at a time. */
export class OpusDecoder {
  #decoder = this.#newDecoder();
  #gathering: Gathering | null = null;

  static get isSupported(): boolean {
    return typeof AudioDecoder !== "undefined";
  }

  /**
   * Left and right of what is `wanted` of one segment.
   *
   * With `description` (OpusHead) the decoder drops its own pre-skip; without it everything would come 312 frames late.
   * `rest`: awaited after every 200 ms of sound, so that decoding ahead of time takes no processor from those who are busy
   * now (the audio thread of a small machine first of all).
   * Throws when the bytes are no segment or decode to too little.
   */
  async decode(
    bytes: Uint8Array,
    description: Uint8Array,
    wanted: Wanted,
    rest: () => Promise<void>,
  ): Promise<[Float32Array, Float32Array]> {
    // Damaged bytes close a decoder for good; the next segment must not suffer for them.
    if (this.#decoder.state === "closed") this.#decoder = this.#newDecoder();
    else this.#decoder.reset();
    const gathering = new Gathering(wanted);
    this.#gathering = gathering;
    this.#decoder.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 2, description });
    for (const [i, data] of packetsOf(bytes).entries()) {
      if (i > 0 && i % SLICE_PACKETS === 0) await rest();
      this.#decoder.decode(
        new EncodedAudioChunk({ type: "key", timestamp: i * PACKET_MICROS, duration: PACKET_MICROS, data }),
      );
    }
    await this.#decoder.flush();
    const { missing, channels } = gathering;
    if (missing > 0) throw new Error(`expected ${wanted.frames} frames from the segment, ${missing} are missing`);
    return channels;
  }

  close(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
  }

  #newDecoder(): AudioDecoder {
    const output = (data: AudioData): void => {
      if (this.#gathering === null) data.close();
      else this.#gathering.take(data);
    };
    // What went wrong comes out of `flush` as a rejection too; this callback is only what the constructor demands.
    return new AudioDecoder({ output, error: () => undefined });
  }
}
