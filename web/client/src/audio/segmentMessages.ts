import type { Chunk, ChunkName } from "./chunkStore";
import type { Want } from "./fetchPlan";
import type { Arrival } from "./arrivals";
import type { Program } from "./line";
import type { Rung, RungWish } from "./rungs";
import type { SyncMode } from "./sound";
import type { CoreStatus } from "./workletCore";

/** Page → segment worker. `chunks` is the worker's end of a channel that leads straight into the audio thread. */
export type ToFetcher =
  | { readonly kind: "setup"; readonly room: string; readonly origin: string; readonly chunks: MessagePort; readonly wish: RungWish; readonly start: Rung }
  | { readonly kind: "wish"; readonly wish: RungWish }
  | { readonly kind: "want"; readonly wants: readonly Want[] }
  | { readonly kind: "dropped"; readonly names: readonly ChunkName[] };

/** Segment worker → page. */
export type FromFetcher =
  /** A FLAC segment that this worker cannot decode (no WebCodecs): the page decodes it. */
  | { readonly kind: "encoded"; readonly name: ChunkName; readonly start: number; readonly frames: number; readonly gain: number; readonly bytes: ArrayBuffer }
  /** `kilobitsPerSecond`: what the line carries, null while unknown. */
  | { readonly kind: "arrived"; readonly arrival: Arrival; readonly kilobitsPerSecond: number | null }
  /** What is fetched from now on. `isFixed`: it is all that this browser plays. */
  | { readonly kind: "rung"; readonly rung: Rung; readonly isFixed: boolean }
  | { readonly kind: "trouble"; readonly track: string; readonly code: string; readonly reason: string };

/** Page or worker → audio thread. */
export type ToWorklet =
  | { readonly kind: "chunks"; readonly port: MessagePort }
  | { readonly kind: "chunk"; readonly chunk: Chunk }
  /** `isShifted`: the output or the clock shifted since the last one. */
  | { readonly kind: "program"; readonly program: Program; readonly clockError: number; readonly mode: SyncMode; readonly isShifted: boolean }
  | { readonly kind: "close" };

/** Audio thread → page. */
export interface FromWorklet {
  readonly kind: "status";
  readonly status: CoreStatus;
}
