import type { Stop } from "../connection/timers";
import { sentence } from "./commands";
import type { Desk } from "./desk";
import type { Intent, Undoer } from "./intents";
import { wordsOf } from "./intents";
import type { QueueRow, SavedState } from "./listening";
import type { Notices } from "./notices";
import { Cell } from "./observed";
import type { Playhead } from "./playhead";
import { QueueEdits } from "./queueEdits";
import { rowsOf } from "./rows";

/** What a board is made with. */
export interface BoardSettings {
  readonly playhead: Playhead;
  readonly notices: Notices;
  readonly by: Undoer;
  readonly isOnline: () => boolean;
  readonly may: () => ReadonlySet<string>;
  readonly nameOf: (principal: string) => string;
}

/** The queue as the page shows it and works on it: rows, what waits to be saved, edits and their undoing. */
export class QueueBoard {
  readonly rows = new Cell<readonly QueueRow[]>([]);
  readonly saved = new Cell<SavedState>({ state: "saved", waiting: 0 });
  readonly canUndo = new Cell(false);
  readonly #settings: BoardSettings;
  #desk: Desk | null = null;
  readonly #edits: Promise<QueueEdits>;
  #letEdit: ((edits: QueueEdits) => void) | null = null;
  #laid: QueueEdits | null = null;
  #stops: Stop[] = [];

  constructor(settings: BoardSettings) {
    this.#settings = settings;
    this.#edits = new Promise((resolve) => (this.#letEdit = resolve));
  }

  /** The documents are there. What was asked for before is done as soon as it is known, too, who we are. */
  lay(desk: Desk): void {
    this.#desk = desk;
    const edits = new QueueEdits(desk.queue, this.#settings.by);
    this.#stops = [
      desk.queue.shown.subscribe(() => this.show()),
      desk.outbox.waiting.subscribe(() => this.showSaved()),
      edits.canUndo.subscribe(() => this.canUndo.set(edits.canUndo.get())),
    ];
    this.#laid = edits;
    this.introduced();
    this.show();
    this.showSaved();
  }

  /** Who we are may be known now: an entry without its author would be refused. */
  introduced(): void {
    if (this.#laid !== null && this.#settings.by.principal !== "") this.#letEdit?.(this.#laid);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  add(tracks: readonly string[], place: "end" | "next"): void {
    this.#edit((edits) => edits.add(tracks, place, this.#settings.playhead.playing?.current ?? null));
  }

  remove(entry: string): void {
    this.#edit((edits) => edits.remove(entry));
  }

  move(entry: string, before: string | null): void {
    this.#edit((edits) => edits.move(entry, before));
  }

  undo(): void {
    this.#edit((edits) => edits.undo());
  }

  refused(intent: Intent, reason: string): void {
    this.#edit((edits) => edits.refused(intent));
    this.#settings.notices.tell("refused", `${wordsOf(intent)} was refused: ${sentence(reason)}`);
  }

  /** Rows anew: the queue changed, or what plays, or what we may, or a name. */
  show(): void {
    if (this.#desk === null) return;
    const { playhead, by, may, nameOf } = this.#settings;
    const playing = playhead.playing;
    const context = { current: playing?.current ?? null, next: playing?.next ?? null, me: by.principal, may: may(), nameOf };
    this.rows.set(rowsOf(this.#desk.queue.shown.get(), context));
  }

  showSaved(): void {
    const waiting = this.#desk?.outbox.waiting.get().length ?? 0;
    const state = waiting === 0 ? "saved" : this.#settings.isOnline() ? "saving" : "offline";
    const before = this.saved.get();
    if (before.state !== state || before.waiting !== waiting) this.saved.set({ state, waiting });
  }

  #edit(action: (edits: QueueEdits) => void): void {
    void this.#edits.then(action);
  }
}
