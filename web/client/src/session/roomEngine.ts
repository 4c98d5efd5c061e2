import type { Stop } from "../connection/timers";
import { readTransport } from "../documents/playback";
import { fromPlain } from "../timeline/plain";
import { isPassing } from "../wire/endings";
import type { CheckOrder, Refused, Welcome, Whole } from "../wire/frames";
import { Commands, sentence } from "./commands";
import { layDesk, type Desk, type DocumentFrame } from "./desk";
import { introduce } from "./introduction";
import type { Me } from "./listening";
import { DeviceMemory } from "./memory";
import { newId } from "./newId";
import { Notices } from "./notices";
import { Cell } from "./observed";
import { Playhead } from "./playhead";
import { Presence } from "./presence";
import { QueueBoard } from "./queueBoard";
import { RoomLink } from "./roomLink";
import { Seat, type Place } from "./seat";
import { SoundChecks } from "./soundChecks";
import { Speaker } from "./speaker";
import type { EngineSurroundings } from "./surroundings";
import { takeTab } from "./tab";

const NOTHING_ALLOWED: ReadonlySet<string> = new Set();
const REFRESH_MS = 250;
const ADOPT_MS = 30_000;

/** Composes the parts and passes what happens from one to the other; decides nothing a part could decide. */
export class RoomEngine {
  readonly me: Cell<Me>;
  readonly notices = new Notices();
  readonly presence = new Presence();
  readonly link: RoomLink;
  readonly seat: Seat;
  readonly playhead: Playhead;
  readonly speaker: Speaker;
  readonly commands: Commands;
  readonly checks: SoundChecks;
  readonly board: QueueBoard;
  readonly #room: string;
  readonly #around: EngineSurroundings;
  readonly #memory: DeviceMemory;
  readonly #stops: Stop[] = [];
  #desk: Desk | null = null;
  #isClosed = false;

  constructor(place: Place, around: EngineSurroundings) {
    this.#room = place.room;
    this.#around = around;
    this.#memory = new DeviceMemory(around.deviceShelf);
    this.me = new Cell(this.#memory.me);
    const heard = {
      welcomed: (welcome: Welcome) => this.#welcomed(welcome),
      received: (frame: Whole) => this.#received(frame),
      lost: () => this.#lost(),
    };
    this.link = new RoomLink(around, heard, () => this.speaker.audioTime());
    const send = this.link.send.bind(this.link);
    this.seat = new Seat({ place, memory: this.#memory, send, entering: () => this.#openDocuments() });
    const { time } = this.link;
    this.playhead = new Playhead(time);
    const isPlaying = (): boolean => this.playhead.view.get().status === "playing";
    const { room } = place;
    this.speaker = new Speaker({ room, around, time, memory: this.#memory, notices: this.notices, send, isPlaying });
    const afterEdits = (action: () => void): void => (this.#desk === null ? action() : this.#desk.queue.afterEdits(action));
    this.commands = new Commands(room, send, afterEdits, this.playhead, this.notices);
    const ask = (order: CheckOrder, refused?: (frame: Refused) => void): void => this.commands.give(order, null, refused);
    const { speaker, presence } = this;
    this.checks = new SoundChecks({ time, timers: around.timers, speaker, presence, openMicrophone: around.openMicrophone, ask });
    this.board = new QueueBoard({
      playhead: this.playhead,
      notices: this.notices,
      by: this.#undoer(),
      isOnline: () => this.link.state.get().state === "online",
      may: () => this.seat.room.get()?.may ?? NOTHING_ALLOWED,
      nameOf: (principal) => this.#memory.nameOf(principal),
    });
    this.#stops.push(
      this.link.state.subscribe(() => this.#linkChanged()),
      this.playhead.view.subscribe(() => this.#playheadChanged()),
      around.timers.every(REFRESH_MS, () => this.playhead.refresh()),
      around.timers.every(4 * REFRESH_MS, () => this.speaker.refresh()),
      around.timers.every(ADOPT_MS, () => void this.#desk?.queue.adopt()),
    );
    this.#lay().catch((reason: unknown) => this.notices.tell("error", `This page cannot work here: ${String(reason)}`));
  }

  // ── taking part ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Enters the room; call it in the click itself when `sound` is wanted. Resolves too when the server is away: it is entered
   * as soon as that is back. Rejects with the server's `{code, reason}`.
   */
  async join(sound: boolean): Promise<void> {
    // Sound first and without waiting: the click that called this unlocks it, and only now.
    const started = sound ? this.speaker.start() : Promise.resolve(false);
    if (!sound) this.speaker.stop();
    const [isSounding] = await Promise.all([started, this.#takeSeat(sound)]);
    if (sound && !isSounding) await this.#takeSeat(false);
  }

  #takeSeat(sound: boolean): Promise<void> {
    const taken = this.seat.take(sound);
    if (this.link.state.get().state === "offline") this.seat.postpone();
    return taken;
  }

  /** Leaves the room; `join` comes back. */
  leave(): void {
    this.speaker.stop();
    this.checks.close();
    this.seat.leave();
    this.#desk?.queue.lost();
    this.presence.clear();
  }

  /** Leaves and lets everything go, for good. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.leave();
    for (const stop of this.#stops.splice(0)) stop();
    this.board.close();
    this.link.close();
    this.#desk?.close();
  }

  /** Rejects with the server's refusal of the name. */
  async rename(name: string): Promise<void> {
    this.#iAm(await this.#around.api.rename(name));
  }

  // ── beginnings ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #lay(): Promise<void> {
    const { openKeeping: open, names, tabShelf, timers, window } = this.#around;
    const [{ keeping, isLasting }, tab] = await Promise.all([open(), takeTab(names, tabShelf)]);
    if (!isLasting) this.notices.tell("info", "This window keeps nothing: edits made offline are lost when it closes.");
    const desk = await layDesk({
      room: this.#room,
      tab: tab.name,
      generation: this.#memory.generation,
      keeping,
      names,
      timers,
      send: (frame) => this.link.send(frame),
      refused: (intent, _code, reason) => this.board.refused(intent, reason),
      failed: () => this.notices.tell("error", "This browser could not keep an edit; it would not survive a reload."),
    });
    if (this.#isClosed) {
      desk.close();
      tab.leave();
      return;
    }
    this.#desk = desk;
    const keep = (): void => desk.keep();
    window.addEventListener("pagehide", keep);
    this.#stops.push(tab.leave, () => window.removeEventListener("pagehide", keep));
    await desk.queue.adopt();
    this.#readRecord();
    this.board.lay(desk);
    this.#introduce();
    this.seat.documentsReady();
  }

  /** A connection is taken only with the cookie that the introduction sets. */
  #introduce(): void {
    const { api, timers } = this.#around;
    const known = (me: Me): void => {
      this.#iAm(me);
      this.link.open();
    };
    this.#stops.push(introduce(() => api.session(), timers, known, () => this.link.unreachable()));
  }

  #iAm(me: Me): void {
    this.me.set({ principal: me.principal, device: me.device, name: me.name });
    this.#memory.me = this.me.get();
    this.board.introduced();
  }

  #undoer() {
    const me = this.me;
    return {
      get principal() {
        return me.get().principal;
      },
      newId,
      utc: () => this.#around.timers.wall() * 1000,
    };
  }

  // ── what the server says ─────────────────────────────────────────────────────────────────────────────────────────

  #welcomed({ connection, principal, device, generation }: Welcome): void {
    this.#desk?.belongTo(generation);
    this.#memory.generation = generation;
    // Two first requests at once make two guests; the one whose cookie stayed is who the server takes us for.
    const { name } = this.me.get();
    if (principal !== this.me.get().principal) this.#iAm({ principal, device, name });
    this.presence.begin(connection);
    this.checks.begin(connection);
    this.seat.connected();
  }

  #openDocuments(): void {
    if (this.#desk === null) return;
    const { playback, queue } = this.#desk;
    this.link.send({ tag: "open", document: playback.document, stateVector: playback.stateVector, clientId: 0 });
    queue.connected();
  }

  #lost(): void {
    this.seat.lost();
    this.#desk?.queue.lost();
    this.commands.lost();
    this.checks.lost();
    this.presence.clear();
  }

  #received(frame: Whole): void {
    switch (frame.tag) {
      case "entered":
        this.seat.entered(frame);
        this.board.show();
        this.speaker.reconnected();
        break;
      case "people":
        this.presence.take(frame);
        this.#memory.keepNames(frame.present);
        this.board.show();
        break;
      case "done":
        this.commands.done(frame);
        break;
      case "refused":
        this.#refused(frame);
        break;
      case "sound-check":
        this.checks.take(frame);
        break;
      case "adjusted":
        this.checks.adjusted(frame);
        break;
      case "left":
        if (frame.code !== "") this.#putOut(frame.code, frame.reason);
        break;
      default:
        if ("document" in frame) this.#documentFrame(frame);
    }
  }

  #documentFrame(frame: DocumentFrame): void {
    this.#desk?.received(frame);
    if (frame.document === this.#desk?.playback.document) this.#readRecord();
  }

  #refused(frame: Refused): void {
    switch (frame.about) {
      case "enter":
        if (isPassing(frame.code)) this.link.retreat(frame.code, frame.reason);
        else this.#putOut(frame.code, frame.reason);
        break;
      case "command":
        this.commands.refused(frame);
        break;
      case "update":
        this.#desk?.queue.rejected(frame);
        break;
      default:
        this.notices.tell("error", sentence(frame.reason));
    }
  }

  #putOut(code: string, reason: string): void {
    this.link.refuse(code, reason);
    this.speaker.stop();
    this.checks.close();
    this.seat.putOut(code, reason);
  }

  // ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #readRecord(): void {
    const record = this.#desk === null ? null : readTransport(this.#desk.playback.doc);
    if (record === null) return;
    const transport = fromPlain(record);
    if (!this.playhead.take(transport)) return;
    this.speaker.follow(transport);
    this.link.setPlaying(transport.status === "playing");
    this.board.show();
  }

  #playheadChanged(): void {
    this.board.show();
    this.speaker.refresh();
  }

  #linkChanged(): void {
    this.board.showSaved();
    const { state, code, reason } = this.link.state.get();
    if (state === "offline") this.seat.postpone();
    if (state !== "refused") return;
    this.speaker.stop();
    this.seat.putOut(code, reason);
  }
}
