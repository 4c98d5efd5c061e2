import type { Listening, QueueRow } from "../../session/listening";
import { Cell } from "../../session/observed";
import { signedMilliseconds } from "../durations";
import { withinOffset } from "../player/offsets";
import { rateWords, RATE_STEP, withinRate } from "../player/rates";
import { Aim } from "./aim";

/** A short message at the bottom of the page, with a way back where there is one. */
export interface Snack {
  readonly id: number;
  readonly text: string;
  readonly mayUndo: boolean;
}

const FIVE_SECONDS = 5_000_000;
const VOLUME_STEP = 0.05;
// The smallest step that an ear finds between two speakers in one room.
const OFFSET_STEP = 5_000;

/**
 * What a person does in a room, put into words: every action that could surprise is said aloud and can be taken back.
 * Sits between the controls and {@link Listening}, so a button, a key and a drag do and say the same.
 */
export class Desk {
  /** Seen at the bottom of the page. */
  readonly snack = new Cell<Snack | null>(null);
  /** Heard from a screen reader. */
  readonly said = new Cell<string>("");
  /** Entries that this page has just touched: their changes are no news. */
  readonly touched = new Set<string>();
  /** What a press of play or pause meant. */
  readonly aim: Aim;
  readonly #listening: Listening;
  readonly #titleOf: (track: string) => string;
  #snacks = 0;
  #beforeMute = 0.5;

  constructor(listening: Listening, titleOf: (track: string) => string) {
    this.#listening = listening;
    this.#titleOf = titleOf;
    this.aim = new Aim(listening.transport);
  }

  add(track: string, place: "end" | "next"): void {
    this.#listening.add([track], place);
    const title = this.#titleOf(track);
    this.#tell(place === "next" ? `${title} plays next` : `Added ${title} to the queue`, true);
  }

  remove(row: QueueRow): void {
    if (!row.mayEdit) { this.say("Your role does not allow removing this track"); return; }
    this.touched.add(row.entry);
    this.#listening.remove(row.entry);
    this.#tell(`Removed ${this.#titleOf(row.track)}`, true);
  }

  /** Puts `row` before the entry `before`, at the end when that is null. */
  moveTo(row: QueueRow, before: string | null): void {
    if (!row.mayEdit) { this.say("Your role does not allow moving this track"); return; }
    this.touched.add(row.entry);
    this.#listening.move(row.entry, before);
    const rest = upcoming(this.#listening.queue.get()).filter((other) => other.entry !== row.entry);
    const index = before === null ? rest.length : rest.findIndex((other) => other.entry === before);
    this.say(`Moved ${this.#titleOf(row.track)} to ${index + 1} of ${rest.length + 1}`);
  }

  /** One place up (-1) or down (1) among what is still to come. */
  moveBy(row: QueueRow, step: -1 | 1): void {
    const rows = upcoming(this.#listening.queue.get());
    const index = rows.findIndex((other) => other.entry === row.entry);
    if (index < 0) return;
    const target = index + step;
    if (target < 0) { this.say("Already the next track"); return; }
    if (target >= rows.length) { this.say("Already the last track"); return; }
    this.moveTo(row, (step < 0 ? rows[target] : rows[target + 1])?.entry ?? null);
  }

  undo(): void {
    if (!this.#listening.canUndo.get()) { this.say("Nothing to undo"); return; }
    this.#listening.undo();
    this.#tell("Undone", false);
  }

  playOrPause(): void {
    const isPlaying = this.#listening.transport.get().status === "playing";
    if (this.aim.isStale) { this.say(isPlaying ? "It plays already" : "It is paused already"); return; }
    if (isPlaying) this.#listening.pause();
    else this.#listening.play();
    this.aim.own();
  }

  seekBy(seconds: -1 | 1): void {
    const { length } = this.#listening.transport.get();
    const position = this.#listening.position() + seconds * FIVE_SECONDS;
    this.#listening.seek(Math.max(0, length > 0 ? Math.min(length, position) : position));
  }

  /** The nearest speed the room can have, in thousandths. */
  setRate(permille: number): void {
    const rate = withinRate(permille);
    if (rate === this.#listening.transport.get().ratePermille) return;
    this.#listening.vibe({ tempo: rate });
    this.say(`Speed ${rateWords(rate)}`);
  }

  /** Steps of five percent, down (-1) or up (1). */
  rateBy(steps: -1 | 1): void {
    this.setRate(this.#listening.transport.get().ratePermille + steps * RATE_STEP);
  }

  toggleMute(): void {
    const volume = this.#listening.volume.get();
    if (volume > 0) this.#beforeMute = volume;
    this.#listening.setVolume(volume > 0 ? 0 : this.#beforeMute);
    this.say(volume > 0 ? "Muted" : "Sound on");
  }

  volumeBy(steps: number): void {
    const volume = Math.round((this.#listening.volume.get() + steps * VOLUME_STEP) * 100) / 100;
    this.#listening.setVolume(Math.min(1, Math.max(0, volume)));
    this.say(`Volume ${Math.round(this.#listening.volume.get() * 100)} percent`);
  }

  /** Five milliseconds of this output's offset, down (-1) or up (1). */
  nudgeBy(steps: -1 | 1): void {
    this.#listening.setOffset(withinOffset(this.#listening.sync.get().offset + steps * OFFSET_STEP));
    this.say(`Offset ${signedMilliseconds(this.#listening.sync.get().offset)}`);
  }

  say(words: string): void {
    // The same words twice would stay unheard: live regions only speak of changes.
    this.said.set(this.said.get() === words ? `${words}\u00a0` : words);
  }

  /** Says it and shows it. */
  #tell(text: string, mayUndo: boolean): void {
    this.say(text);
    this.snack.set({ id: ++this.#snacks, text, mayUndo });
  }
}

/** Rows that have not played yet: the only ones whose order matters. */
export function upcoming(rows: readonly QueueRow[]): readonly QueueRow[] {
  return rows.filter((row) => row.place === "next" || row.place === "later");
}
