import { describe, expect, it } from "vitest";
import estimates from "../../../../tests/vectors/clock_estimate.json";
import exchanges from "../../../../tests/vectors/clock_exchange.json";
import plans from "../../../../tests/vectors/clock_probing.json";
import { ClockEstimate } from "../../src/clock/estimate";
import { exchangeErrorBound, exchangeOffset, exchangeRoundTrip, type Exchange } from "../../src/clock/exchange";
import { ProbePlan } from "../../src/clock/probing";
import { localMicros, micros, serverMicros } from "../../src/units";

type Instants = readonly [number, number, number, number];
type Pairs = readonly (readonly [number, number])[];

function exchangeOf([sent, received, answered, returned]: Instants): Exchange {
  return {
    sent: localMicros(sent),
    received: serverMicros(received),
    answered: serverMicros(answered),
    returned: localMicros(returned),
  };
}

interface ExchangeCase {
  readonly exchange: Instants;
  readonly offset: number;
  readonly round_trip: number;
  readonly error_bound: number;
}

interface Trace {
  readonly name: string;
  readonly resolution: number;
  readonly steps: readonly {
    readonly exchange: Instants;
    readonly jumped: boolean;
    readonly to_peer: Pairs;
    readonly to_local: Pairs;
    readonly error_at: Pairs;
    readonly round_trip: number;
    readonly drift_ppm: number;
  }[];
}

type PlanStep =
  | readonly ["lapsed", number, readonly number[]]
  | readonly ["sent", number, number]
  | readonly ["answered", number, number, boolean]
  | readonly ["burst" | "reconnected" | "play", number]
  | readonly ["rest"]
  | readonly ["next_at", number, number];

interface Plan {
  readonly seed: number;
  readonly start: number;
  readonly steps: readonly PlanStep[];
}

const exchangeCases = exchanges as unknown as readonly ExchangeCase[];
const traces = estimates as unknown as readonly Trace[];
const planCases = plans as unknown as readonly Plan[];

describe("the clock's shared vectors", () => {
  it("compute exchanges as the server does", () => {
    expect(exchangeCases.length).toBeGreaterThan(0);
    for (const { exchange, offset, round_trip, error_bound } of exchangeCases) {
      expect(exchangeOffset(exchangeOf(exchange))).toBe(offset);
      expect(exchangeRoundTrip(exchangeOf(exchange))).toBe(round_trip);
      expect(exchangeErrorBound(exchangeOf(exchange))).toBe(error_bound);
    }
  });

  it.each(traces.map((trace) => [trace.name, trace] as const))("estimate %s to the microsecond", (_, trace) => {
    const estimate = new ClockEstimate(micros(trace.resolution));
    expect(trace.steps.length).toBeGreaterThan(0);
    for (const step of trace.steps) {
      estimate.add(exchangeOf(step.exchange));
      expect(estimate.jumped).toBe(step.jumped);
      expect(estimate.roundTrip).toBe(step.round_trip);
      expect(estimate.driftPpm).toBe(step.drift_ppm);
      for (const [local, peer] of step.to_peer) expect(estimate.toPeer(localMicros(local))).toBe(peer);
      for (const [peer, local] of step.to_local) expect(estimate.toLocal(serverMicros(peer))).toBe(local);
      for (const [local, error] of step.error_at) expect(estimate.errorAt(localMicros(local))).toBe(error);
    }
  });

  it.each(planCases.map((plan) => [plan.seed, plan] as const))("plan the probes of seed %i", (_, plan) => {
    const probing = new ProbePlan(plan.seed, localMicros(plan.start));
    for (const step of plan.steps) carryOut(probing, step);
  });
});

function carryOut(plan: ProbePlan, step: PlanStep): void {
  switch (step[0]) {
    case "lapsed":
      expect(plan.lapsed(localMicros(step[1]))).toEqual(step[2]);
      break;
    case "sent":
      expect(plan.sent(localMicros(step[1]))).toBe(step[2]);
      expect(plan.isUnderWay(step[2])).toBe(true);
      break;
    case "answered":
      expect(plan.answered(step[1], micros(step[2]))).toBe(step[3]);
      break;
    case "burst":
      plan.burst(localMicros(step[1]));
      break;
    case "reconnected":
      plan.reconnected(localMicros(step[1]));
      break;
    case "play":
      plan.play(localMicros(step[1]));
      break;
    case "rest":
      plan.rest();
      break;
    case "next_at":
      expect(plan.nextAt(localMicros(step[1]))).toBe(step[2]);
      break;
  }
}
