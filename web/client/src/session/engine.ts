import type { Order } from "../wire/frames";
import { localFromMilliseconds } from "../units";
import { nearBeat } from "./beats";
import type { Listening } from "./listening";
import type { Wish } from "./playhead";
import { RoomEngine } from "./roomEngine";
import type { Place } from "./seat";
import type { EngineSurroundings } from "./surroundings";
import { VibeTurns } from "./vibeTurns";

/** Begins to take part in a room; silent, and not yet inside, until `join`. */
export function createListening(place: Place, around: EngineSurroundings): Listening {
  const engine = new RoomEngine(place, around);
  const { seat, board, playhead, speaker, commands, notices, presence, link } = engine;
  const command = (order: Order, wish: Wish | null): void => commands.give(order, wish);
  const turns = new VibeTurns(command, around.timers);
  return {
    me: engine.me,
    link: link.state,
    saved: board.saved,
    room: seat.room,
    transport: playhead.view,
    queue: board.rows,
    people: presence.people,
    sync: speaker.sync,
    notices: notices.shown,
    volume: speaker.volume,
    ownVibe: speaker.vibe.view,
    canUndo: board.canUndo,
    checks: engine.checks,

    position: () => playhead.position(),
    buffered: () => speaker.bufferedTo(playhead.view.get().entry),
    join: (sound) => engine.join(sound),
    leave: () => engine.leave(),

    play: () => command({ tag: "play", entry: "", position: 0 }, { status: "playing" }),
    playEntry: (entry) => command({ tag: "play", entry, position: 0 }, null),
    pause: () => command({ tag: "pause" }, { status: "paused" }),
    seek: (position) => {
      const wanted = Math.max(0, Math.round(position));
      command({ tag: "seek", position: wanted }, { position: wanted });
    },
    next: () => command({ tag: "next" }, null),
    previous: () => command({ tag: "previous" }, null),
    vibe: (change) => turns.turn(change),
    resetVibe: () => turns.reset(),

    add: (tracks, place) => board.add(tracks, place),
    remove: (entry) => board.remove(entry),
    move: (entry, before) => board.move(entry, before),
    undo: () => board.undo(),

    setVolume: (volume) => speaker.setVolume(volume),
    setMode: (mode) => speaker.setMode(mode),
    setEffects: (effects) => speaker.vibe.setEffects(effects),
    bypass: (isBypassed) => speaker.vibe.bypass(isBypassed),
    levels: () => speaker.levels(),
    setWish: (wish) => speaker.setWish(wish),
    setClicks: (isOn) => speaker.setClicks(isOn),
    beatDistance: (milliseconds) => {
      const { time } = link;
      return time.isKnown ? nearBeat(time.toRoom(localFromMilliseconds(milliseconds))) : null;
    },
    setLasting: (isWanted) => void speaker.setLasting(isWanted),
    setOffset: (offset) => speaker.setOffset(offset),
    rename: (name) => engine.rename(name),
    dismiss: (notice) => notices.dismiss(notice),
    close: () => {
      turns.close();
      engine.close();
    },
  };
}
