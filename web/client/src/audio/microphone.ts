import type { Block } from "../measuring/tape";
import workletUrl from "./microphoneWorklet.ts?worker&url";

/** Why there is no microphone: `code` is stable, `reason` a sentence for people. */
export class NoMicrophone extends Error {
  readonly code: string;
  readonly reason: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
    this.reason = reason;
  }
}

/** A microphone that is on. */
export interface Microphone {
  /** Samples a second. */
  readonly rate: number;
  /** Lets it go; the browser's mark that it is on disappears. */
  close(): void;
}

/** Call it in the click itself. Rejects with {@link NoMicrophone}. */
export type OpenMicrophone = (hear: (block: Block) => void) => Promise<Microphone>;

// What a browser does to voices (echoes removed, noise suppressed, loudness evened out) also removes or moves chirps.
const AS_IT_IS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 1 } } as const;

const REASONS: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  NotAllowedError: ["microphone-refused", "The browser does not let this page use a microphone. Allow it beside the page's address, then try again."],
  NotFoundError: ["no-microphone", "This device has no microphone. Listen with another one: a phone is best."],
  NotReadableError: ["microphone-busy", "The microphone does not answer: another program may be using it."],
};

/** The microphone of a real page. */
export const openMicrophone: OpenMicrophone = async (hear) => {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!globalThis.isSecureContext || devices === undefined) {
    throw new NoMicrophone("insecure-page", "Browsers give a microphone only to pages over https or on the server's own computer.");
  }
  let stream: MediaStream;
  try {
    stream = await devices.getUserMedia({ audio: AS_IT_IS });
  } catch (error) {
    const [code, reason] = REASONS[error instanceof DOMException ? error.name : ""] ?? ["no-microphone", `The microphone cannot be used: ${String(error)}.`];
    throw new NoMicrophone(code, reason);
  }
  // At the rate of its own: some browsers refuse a stream of another one.
  const context = new AudioContext({ latencyHint: "playback" });
  const close = (): void => {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule(workletUrl);
    await context.resume();
    const node = new AudioWorkletNode(context, "hathor-microphone", { outputChannelCount: [1] });
    node.port.onmessage = ({ data }: MessageEvent<Block>) => hear(data);
    // What leads nowhere is not computed; the node itself puts out silence.
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(node).connect(context.destination);
  } catch (error) {
    close();
    throw new NoMicrophone("no-microphone", `The microphone cannot be heard: ${String(error)}.`);
  }
  return { rate: context.sampleRate, close };
};
