/** What the page and the audio thread of effects say to each other. */

/** Names under which the processors are registered. */
export const NAMES = {
  drive: "hathor-drive",
  compressor: "hathor-compressor",
  echo: "hathor-echo",
  limiter: "hathor-limiter",
} as const;

/** What a processor begins with. */
export interface ProcessorOptions<Settings> {
  readonly settings: Settings;
}

/** `close`: it is not needed any more, and nothing keeps it alive. */
export type ToProcessor<Settings> = { readonly kind: "set"; readonly settings: Settings } | { readonly kind: "close" };
