import type { Participant, People } from "../wire/frames";
import type { Person } from "./listening";
import { Cell } from "./observed";

/** Who is in the room, as the server attests it. */
export class Presence {
  readonly people = new Cell<readonly Person[]>([]);
  readonly #present = new Map<string, Participant>();
  #mine = "";

  /** `connection`: the one of this page, to be told apart from the others. */
  begin(connection: string): void {
    this.#mine = connection;
  }

  take(frame: People): void {
    if (frame.full) this.#present.clear();
    for (const connection of frame.gone) this.#present.delete(connection);
    for (const participant of frame.present) this.#present.set(participant.connection, participant);
    this.#show();
  }

  clear(): void {
    this.#present.clear();
    this.#show();
  }

  #show(): void {
    const people = [...this.#present.values()].map((each): Person => ({
      connection: each.connection,
      principal: each.principal,
      name: each.name,
      role: each.role,
      isMe: each.connection === this.#mine,
      hasSound: each.sound,
      state: each.state,
      playbackError: each.playbackError,
      checks: each.checks,
      isCoarse: each.coarse,
    }));
    this.people.set(people);
  }
}
