/** The audio thread: a {@link WorkletCore} between its messages and the sound card. */

import type { FromWorklet, ToWorklet } from "./segmentMessages";
import { DriftSteering } from "./steering";
import { WorkletCore } from "./workletCore";

// TypeScript has no types for the audio thread's global scope.
declare const currentFrame: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

// Ten times a second is what the page needs to steer and to show; more would only cost messages.
const STATUS_FRAMES = 4_800;

class HathorPlayer extends AudioWorkletProcessor {
  readonly #steering = new DriftSteering();
  readonly #core = new WorkletCore(this.#steering);
  #reportedAt = 0;
  #isClosed = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#take(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [left, right] = outputs[0] ?? [];
    if (left === undefined || right === undefined) return !this.#isClosed;
    this.#core.render(currentFrame, left, right);
    if (currentFrame - this.#reportedAt >= STATUS_FRAMES) {
      this.#reportedAt = currentFrame;
      const message: FromWorklet = { kind: "status", status: this.#core.status(currentFrame) };
      this.port.postMessage(message);
    }
    return !this.#isClosed;
  }

  #take(message: ToWorklet): void {
    switch (message.kind) {
      case "chunks":
        message.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#take(data);
        break;
      case "chunk":
        this.#core.add(message.chunk, currentFrame);
        break;
      case "program":
        this.#steering.clockError = message.clockError;
        this.#steering.mode = message.mode;
        this.#core.follow(message.program, message.isShifted);
        break;
      case "close":
        this.#isClosed = true;
        break;
    }
  }
}

registerProcessor("hathor-player", HathorPlayer);
