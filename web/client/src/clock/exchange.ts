import { floorDivide, micros, type LocalMicros, type Micros, type ServerMicros } from "../units";

/**
 * One clock probe there and back. Twin of `sync/clock/exchange.py`.
 *
 * `sent` and `returned` are page time; `received` and `answered` server time, all rounded down.
 */
export interface Exchange {
  readonly sent: LocalMicros;
  readonly received: ServerMicros;
  readonly answered: ServerMicros;
  readonly returned: LocalMicros;
}

/** Peer's clock minus ours if both ways took equally long; rounded down. */
export function exchangeOffset(exchange: Exchange): Micros {
  return micros(floorDivide(exchange.received - exchange.sent + (exchange.answered - exchange.returned), 2));
}

/** Time on the way, without the time at the peer. Coarse clocks can make it slightly negative. */
export function exchangeRoundTrip(exchange: Exchange): Micros {
  return micros(exchange.returned - exchange.sent - (exchange.answered - exchange.received));
}

/** Farthest that the offset can be from the truth, for clocks that are read exactly. */
export function exchangeErrorBound(exchange: Exchange): Micros {
  return micros(Math.max(0, floorDivide(exchangeRoundTrip(exchange) + 1, 2)));
}
