/** Renders effects faster than they sound, for tests that drive a browser. Samples travel as base64 of 32-bit floats. */

import { EffectChain, latenciesOf } from "../../src/effects/chain";
import { EffectInsert } from "../../src/effects/insert";
import { addProcessors } from "../../src/effects/processors";
import { chainSettings } from "../../src/effects/settings";

/** Left and right. */
type Pair = readonly [left: string, right: string];

/** Settings from a second on. */
type Change = readonly [second: number, settings: unknown];

function floatsOf(text: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

function textOf(samples: Float32Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function play(context: OfflineAudioContext, sound: Pair, into: AudioNode): void {
  const channels = sound.map(floatsOf);
  const buffer = new AudioBuffer({ length: channels[0]!.length, numberOfChannels: 2, sampleRate: context.sampleRate });
  channels.forEach((channel, i) => buffer.copyToChannel(channel, i));
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(into);
  source.start();
}

function pairOf(buffer: AudioBuffer): Pair {
  return [textOf(buffer.getChannelData(0)), textOf(buffer.getChannelData(1))];
}

/** `frames` frames of what a chain makes of a sound, as late as it comes out. */
async function render(sound: Pair, rate: number, frames: number, settings: unknown): Promise<Pair> {
  const context = new OfflineAudioContext(2, frames, rate);
  await addProcessors(context);
  const chain = new EffectChain(context, chainSettings(settings));
  chain.output.connect(context.destination);
  play(context, sound, chain.input);
  return pairOf(await context.startRendering());
}

/** What comes out of an insert, or of a chain that begins with the first settings, while they are changed. */
async function change(sound: Pair, rate: number, changes: readonly Change[], how: "insert" | "chain"): Promise<Pair> {
  const context = new OfflineAudioContext(2, floatsOf(sound[0]).length, rate);
  await addProcessors(context);
  const insert = how === "insert" ? new EffectInsert(context, context.destination) : null;
  const chain = new EffectChain(context, chainSettings(changes[0]?.[1] ?? {}));
  if (insert === null) chain.output.connect(context.destination);
  play(context, sound, insert === null ? chain.input : insert.input);
  for (const [second, settings] of changes) {
    if (second === 0) {
      await insert?.set(chainSettings(settings));
      continue;
    }
    void context.suspend(second).then(async () => {
      if (insert === null) chain.set(chainSettings(settings));
      else await insert.set(chainSettings(settings));
      await context.resume();
    });
  }
  return pairOf(await context.startRendering());
}

Object.assign(globalThis, { effects: { render, change, latenciesOf } });
