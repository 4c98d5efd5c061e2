import { MalformedFrame } from "./codec";
import { MAX_OUTBOUND_BYTES } from "./frames";
import type { FromServer, Portion, Whole } from "./frames";

/** Documents of which a client holds a beginning; a server finishes one after the other. */
export const MOST_UNFINISHED = 8;

interface Unfinished {
  readonly bytes: Uint8Array;
  length: number;
}

/**
 * What one connection holds of documents whose `opened` or `changed` has not come yet: the twin of `sync/wire/portions.py`, where it is
 * explained. A new connection begins with a new one.
 */
export class Assembly {
  readonly #unfinished = new Map<string, Unfinished>();

  /** The frame to handle: `frame` itself or a whole `opened` or `changed`; null while one is incomplete. Throws {@link MalformedFrame}. */
  take(frame: FromServer): Whole | null {
    if (frame.tag === "portion") {
      this.#keep(frame);
      return null;
    }
    if (frame.tag !== "opened" && frame.tag !== "changed") return frame;
    const held = this.#unfinished.get(frame.document);
    this.#unfinished.delete(frame.document);
    if (frame.tag === "changed") {
      if (held === undefined) return frame;
      append(held, frame.update, frame.document);
      return { ...frame, update: held.bytes.subarray(0, held.length) };
    }
    if (frame.start === 0) return frame;
    // The end of an answer whose beginning was given up for a later one.
    if (held?.length !== frame.start) return null;
    append(held, frame.update, frame.document);
    return { ...frame, update: held.bytes.subarray(0, held.length), start: 0 };
  }

  #keep({ document, start, total, content }: Portion): void {
    if (total > MAX_OUTBOUND_BYTES) throw new MalformedFrame(`a document has at most ${MAX_OUTBOUND_BYTES} bytes`);
    if (start === 0) {
      this.#unfinished.delete(document);
      if (this.#unfinished.size >= MOST_UNFINISHED) throw new MalformedFrame("too many documents come in portions at a time");
      this.#unfinished.set(document, { bytes: new Uint8Array(total), length: 0 });
    }
    const held = this.#unfinished.get(document);
    if (held?.length !== start) throw new MalformedFrame(`bytes of ${document} are missing before ${start}`);
    append(held, content, document);
  }
}

function append(held: Unfinished, content: Uint8Array, document: string): void {
  if (held.length + content.length > held.bytes.length) throw new MalformedFrame(`${document} is longer than announced`);
  held.bytes.set(content, held.length);
  held.length += content.length;
}
