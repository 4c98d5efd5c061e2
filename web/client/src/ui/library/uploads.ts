import type { Uploaded } from "../../api/uploads";
import { Cell, type Observed } from "../../session/observed";
import { asRefusal, type Server } from "../server";

/** `checking`: all of it is sent, and the server listens to it. `known`: the library had it already. */
export type UploadState = "waiting" | "sending" | "checking" | "done" | "known" | "refused" | "cancelled";

export interface UploadRow {
  readonly id: number;
  readonly name: string;
  readonly byteCount: number;
  readonly sentBytes: number;
  readonly state: UploadState;
  /** Why it was refused, for people. */
  readonly reason: string;
}

interface Waiting {
  readonly id: number;
  readonly file: File;
  readonly group: string;
  readonly ending: AbortController;
}

/** Files on their way to the library, one after the other; those chosen together lie together on the server. */
export class Uploads {
  readonly #server: Pick<Server, "upload">;
  readonly #mostBytes: number;
  readonly #onTrack: (uploaded: Uploaded) => void;
  readonly #rows = new Cell<readonly UploadRow[]>([]);
  readonly #waiting: Waiting[] = [];
  readonly #endings = new Map<number, AbortController>();
  #isSending = false;
  #count = 0;

  /** `mostBytes`: bound of one file; `onTrack` hears of each that is in the library now. */
  constructor(server: Pick<Server, "upload">, mostBytes: number, onTrack: (uploaded: Uploaded) => void) {
    this.#server = server;
    this.#mostBytes = mostBytes;
    this.#onTrack = onTrack;
  }

  get rows(): Observed<readonly UploadRow[]> {
    return this.#rows;
  }

  /** Files of one choice, in their order. `group`: an id of their own. */
  add(files: readonly File[], group: string): void {
    for (const file of files) {
      const id = ++this.#count;
      const row: UploadRow = { id, name: file.name, byteCount: file.size, sentBytes: 0, state: "waiting", reason: "" };
      // Sending it first would only take longer to say the same.
      const reason = file.size === 0 ? "This file is empty" : file.size > this.#mostBytes ? tooLarge(this.#mostBytes) : "";
      this.#rows.set([...this.#rows.get(), reason === "" ? row : { ...row, state: "refused", reason }]);
      if (reason !== "") continue;
      const ending = new AbortController();
      this.#endings.set(id, ending);
      this.#waiting.push({ id, file, group, ending });
    }
    if (!this.#isSending) void this.#send();
  }

  cancel(id: number): void {
    const row = this.#rows.get().find((each) => each.id === id);
    if (row === undefined || !isOpen(row)) return;
    this.#endings.get(id)?.abort();
    this.#change(id, { state: "cancelled" });
  }

  /** Forgets rows that have ended. */
  clear(): void {
    this.#rows.set(this.#rows.get().filter(isOpen));
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (!next.ending.signal.aborted) await this.#sendOne(next);
      this.#endings.delete(next.id);
    }
    this.#isSending = false;
  }

  async #sendOne({ id, file, group, ending }: Waiting): Promise<void> {
    this.#change(id, { state: "sending" });
    const tell = (sentBytes: number) => {
      const sent = Math.min(sentBytes, file.size);
      if (!ending.signal.aborted) this.#change(id, { sentBytes: sent, state: sent < file.size ? "sending" : "checking" });
    };
    try {
      const uploaded = await this.#server.upload(file, group, tell, ending.signal);
      this.#change(id, { sentBytes: file.size, state: uploaded.is_new ? "done" : "known" });
      this.#onTrack(uploaded);
    } catch (failure) {
      if (!ending.signal.aborted) this.#change(id, { state: "refused", reason: asRefusal(failure).reason });
    }
  }

  #change(id: number, what: Partial<UploadRow>): void {
    this.#rows.set(this.#rows.get().map((row) => (row.id === id ? { ...row, ...what } : row)));
  }
}

/** Whether it is still on its way. */
export function isOpen({ state }: UploadRow): boolean {
  return state === "waiting" || state === "sending" || state === "checking";
}

/** One sentence about all of them, for a status line. */
export function summary(rows: readonly UploadRow[]): string {
  const count = (...states: readonly UploadState[]) => rows.filter(({ state }) => states.includes(state)).length;
  const open = rows.filter(isOpen).length;
  const [there, refused] = [count("done", "known"), count("refused")];
  const files = `${rows.length} ${rows.length === 1 ? "file" : "files"}`;
  const failed = refused === 0 ? "" : `, ${refused} refused`;
  return open > 0 ? `Uploading: ${there} of ${files} done${failed}` : `${there} of ${files} uploaded${failed}`;
}

/** What a row says of itself. */
export function stateWords({ state, reason, sentBytes, byteCount }: UploadRow): string {
  switch (state) {
    case "waiting":
      return "Waiting";
    case "sending":
      return `${Math.floor((100 * sentBytes) / byteCount)} % sent`;
    case "checking":
      return "The server listens to it…";
    case "done":
      return "In the library";
    case "known":
      return "Was in the library already";
    case "refused":
      return reason;
    case "cancelled":
      return "Cancelled";
  }
}

function tooLarge(mostBytes: number): string {
  return `Larger than the ${Math.floor(mostBytes / 1_000_000)} MB that this server takes`;
}
