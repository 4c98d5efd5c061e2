/** The parts of a browser that players are made of: an output in virtual time, its nodes, worklet, worker and devices. */

import { vi } from "vitest";
import type { RoomTime, SoundSettings } from "../../src/audio/sound";
import { empty, play, type Transport } from "../../src/timeline/transport";
import { localMicros, positionMicros, sampleCount, serverMicros } from "../../src/units";

/** What was asked of a gain or of a source, in order: `["setValueAtTime", 0, 1.5]`. */
export type Call = readonly [name: string, ...values: number[]];

class FakeParam {
  readonly calls: Call[] = [];
  setValueAtTime = (value: number, at: number) => void this.calls.push(["setValueAtTime", value, at]);
  linearRampToValueAtTime = (value: number, at: number) => void this.calls.push(["linearRampToValueAtTime", value, at]);
  setTargetAtTime = (value: number, at: number, constant: number) => void this.calls.push(["setTargetAtTime", value, at, constant]);
  cancelScheduledValues = (at: number) => void this.calls.push(["cancelScheduledValues", at]);
}

export class FakeNode {
  to: unknown = null;
  connect(to: unknown): unknown {
    this.to = to;
    return to;
  }
  disconnect(): void {
    this.to = null;
  }
}

export class FakeGain extends FakeNode {
  readonly gain = new FakeParam();
}

export class FakeSource extends FakeNode {
  readonly calls: Call[] = [];
  constructor(
    readonly page: AudioPage,
    readonly options: { readonly buffer: FakeBuffer; readonly playbackRate?: number },
  ) {
    super();
    page.sources.push(this);
  }
  start = (at: number) => void this.calls.push(["start", at]);
  stop = (at: number) => void this.calls.push(["stop", at]);
}

export class FakeBuffer {
  readonly numberOfChannels = 2;
  readonly #channels: Float32Array[];
  constructor(readonly options: { readonly length: number }) {
    this.#channels = [new Float32Array(options.length), new Float32Array(options.length)];
  }
  getChannelData(channel: number): Float32Array {
    return this.#channels[channel]!;
  }
  copyToChannel(): void {
    // What clicks sound like is tested where they are made.
  }
}

export class FakeContext extends EventTarget {
  readonly destination = { name: "destination" };
  readonly stream = { stream: { name: "stream" } };
  readonly sampleRate = 48_000;
  readonly baseLatency = 0.02;
  readonly outputLatency = 0.06;
  readonly audioWorklet = { addModule: () => Promise.resolve() };
  state = "running";
  sinkId = "";
  resumed = 0;
  constructor(readonly page: AudioPage) {
    super();
    page.context = this;
  }
  get currentTime(): number {
    return (this.page.now() - 500 - this.page.lost) / 1000;
  }
  getOutputTimestamp() {
    return { contextTime: this.currentTime - 0.06, performanceTime: this.page.now() };
  }
  resume(): Promise<void> {
    this.resumed += 1;
    return this.page.refusal === null ? Promise.resolve() : Promise.reject(this.page.refusal);
  }
  close(): Promise<void> {
    this.state = "closed";
    return Promise.resolve();
  }
  createMediaStreamDestination() {
    return this.stream;
  }
  decodeAudioData(): Promise<FakeBuffer> {
    return Promise.resolve(new FakeBuffer({ length: 192_000 }));
  }
}

interface Message {
  readonly kind: string;
  readonly [name: string]: unknown;
}

/** One end of a pair, of which the other is the test. */
export class FakePort {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  readonly told: Message[] = [];
  postMessage(message: Message): void {
    this.told.push(message);
  }
  terminate = vi.fn();
  of(kind: string): Message[] {
    return this.told.filter((message) => message.kind === kind);
  }
}

/** Takes the place of a page's audio; page time is vitest's. `lost`: milliseconds of sound that the output stood still. */
export class AudioPage {
  context: FakeContext | null = null;
  readonly port = new FakePort();
  readonly worker = new FakePort();
  readonly sources: FakeSource[] = [];
  readonly gains: FakeGain[] = [];
  readonly devices = Object.assign(new EventTarget(), {
    label: "Speakers",
    enumerateDevices: () => Promise.resolve([{ kind: "audiooutput", deviceId: "default", label: this.devices.label }]),
  });
  readonly element = { srcObject: null as unknown, play: vi.fn(() => Promise.resolve()), pause: vi.fn() };
  lost = 0;
  refusal: Error | null = null;

  now(): number {
    return performance.now();
  }

  install(): void {
    install(this);
  }

  restore(): void {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  }
}

function install(page: AudioPage): void {
  const { port, worker, gains, element } = page;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  vi.advanceTimersByTime(1_000);
  vi.stubGlobal("AudioContext", class extends FakeContext { constructor() { super(page); } });
  vi.stubGlobal("AudioWorkletNode", class extends FakeNode { readonly port = port; });
  vi.stubGlobal("GainNode", class extends FakeGain { constructor() { super(); gains.push(this); } });
  vi.stubGlobal("AudioBuffer", FakeBuffer);
  vi.stubGlobal("AudioBufferSourceNode", class extends FakeSource {
    constructor(_context: unknown, options: FakeSource["options"]) { super(page, options); }
  });
  // Called with `new`, these hand out what the test holds the other end of.
  vi.stubGlobal("Worker", function () { return worker; });
  vi.stubGlobal("Audio", function () { return element; });
  vi.stubGlobal("MessageChannel", class { readonly port1 = "port1"; readonly port2 = "port2"; });
  Object.defineProperty(navigator, "mediaDevices", { value: page.devices, configurable: true });
}

/** Room time that is page time; what it is called, and how often it jumped, the test says. */
export class PlainTime implements RoomTime {
  isReady = true;
  epoch = "e1";
  jumps = 0;
  error = 500;
  toPage = (instant: number) => localMicros(instant);
  toRoom = (instant: number) => serverMicros(Math.floor(instant));
}

export function settingsOf(time: RoomTime) {
  return { room: "r", time, volume: 0.5, offset: 0, mode: "sync", wish: { choice: "auto", isSaving: false }, start: "opus-160", trouble: vi.fn<SoundSettings["trouble"]>() } satisfies SoundSettings;
}

/** A minute of track "a" that plays from page time `at` (microseconds) on. */
export function playing(at: number, epoch = "e1"): Transport {
  return play(empty(epoch), { entry: "e", track: "a", order: "V", frames: sampleCount(60 * 48_000) }, positionMicros(0), serverMicros(at));
}
