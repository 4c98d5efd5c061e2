import type { Micros } from "../units";
import { ClockEstimate } from "./estimate";
import type { Exchange } from "./exchange";

/**
 * The clock of one server as this device sees it: an estimate per clock epoch. Twin of `sync/clock/room_clock.py`.
 *
 * Keeps the estimate across reconnections and starts anew when the server names another timebase.
 */
export class RoomClock {
  readonly #resolution: Micros;
  #epoch = "";
  #estimate: ClockEstimate;

  /** `resolution`: granularity of page time. */
  constructor(resolution: Micros) {
    this.#resolution = resolution;
    this.#estimate = new ClockEstimate(resolution);
  }

  /** Name of the timebase that `estimate` speaks of; empty before the first `begin`. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Another object after `begin` with a new epoch: do not keep it. */
  get estimate(): ClockEstimate {
    return this.#estimate;
  }

  /** A connection was welcomed under `epoch`. True if that is a new one, so that all was forgotten. */
  begin(epoch: string): boolean {
    if (epoch === this.#epoch) return false;
    this.#epoch = epoch;
    this.#estimate = new ClockEstimate(this.#resolution);
    return true;
  }

  /** Takes in a reply of a connection welcomed under `epoch`; false and ignored if that is over. */
  add(epoch: string, exchange: Exchange): boolean {
    if (epoch !== this.#epoch) return false;
    this.#estimate.add(exchange);
    return true;
  }
}
