import { packetsOf } from "./container";

// libopus in every browser decodes 20 ms packets at 48 kHz; timestamps only have to grow.
const PACKET_MICROS = 20_000;

/** Decodes Opus segments with WebCodecs, one at a time. */
export class OpusDecoder {
  #decoder = this.#newDecoder();
  #heard: AudioData[] = [];

  static get isSupported(): boolean {
    return typeof AudioDecoder !== "undefined";
  }

  /**
   * Left and right of one segment, `frames` each, scaled by `gain`.
   *
   * `skip`: frames before the first wanted one (the pre-roll that lets the decoder settle). With `description`
   * (OpusHead) the decoder drops its own pre-skip; without it everything would come 312 frames late.
   * Throws when the bytes are no segment or decode to too little.
   */
  async decode(
    bytes: Uint8Array,
    description: Uint8Array,
    skip: number,
    frames: number,
    gain: number,
  ): Promise<[Float32Array, Float32Array]> {
    // Damaged bytes close a decoder for good; the next segment must not suffer for them.
    if (this.#decoder.state === "closed") this.#decoder = this.#newDecoder();
    else this.#decoder.reset();
    for (const left of this.#heard.splice(0)) left.close();
    this.#decoder.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 2, description });
    packetsOf(bytes).forEach((data, i) => {
      this.#decoder.decode(
        new EncodedAudioChunk({ type: "key", timestamp: i * PACKET_MICROS, duration: PACKET_MICROS, data }),
      );
    });
    await this.#decoder.flush();
    return gather(this.#heard.splice(0), skip, frames, gain);
  }

  close(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
  }

  #newDecoder(): AudioDecoder {
    // What went wrong comes out of `flush` as a rejection too; this callback is only what the constructor demands.
    return new AudioDecoder({ output: (data) => this.#heard.push(data), error: () => undefined });
  }
}

function gather(heard: readonly AudioData[], skip: number, frames: number, gain: number): [Float32Array, Float32Array] {
  const channels: [Float32Array, Float32Array] = [new Float32Array(frames), new Float32Array(frames)];
  let at = -skip;
  for (const data of heard) {
    const count = data.numberOfFrames;
    if (at + count > 0 && at < frames) {
      channels.forEach((channel, i) => {
        const plane = new Float32Array(count);
        data.copyTo(plane, { planeIndex: Math.min(i, data.numberOfChannels - 1), format: "f32-planar" });
        const first = Math.max(0, -at);
        const last = Math.min(count, frames - at);
        for (let k = first; k < last; k += 1) channel[at + k] = (plane[k] ?? 0) * gain;
      });
    }
    at += count;
    data.close();
  }
  if (at < frames) throw new Error(`expected ${skip + frames} frames from the segment, decoded ${at + skip}`);
  return channels;
}
