import workletUrl from "./worklet.ts?worker&url";

/** Brings the processors of effects to a context; once is enough, twice does no harm. Rejects on insecure pages. */
export async function addProcessors(context: BaseAudioContext): Promise<void> {
  await context.audioWorklet.addModule(workletUrl);
}
