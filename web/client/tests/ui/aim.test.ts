import { describe, expect, it } from "vitest";

import { Aim } from "../../src/ui/room/aim";
import { FakeListening } from "./fakeListening";

function follow() {
  const listening = new FakeListening();
  const clock = { now: 1_000 };
  const aim = new Aim(listening.transport, () => clock.now);
  aim.follow();
  const turn = (status: "playing" | "paused", length = 0) => listening.transport.set({ ...listening.transport.get(), status, length });
  return { aim, clock, turn };
}

describe("what a press was aimed at", () => {
  it("is what the button was before, for a moment after somebody else turned it", () => {
    const { aim, clock, turn } = follow();
    expect(aim.isStale).toBe(false);
    turn("playing");
    expect(aim.isStale).toBe(true);
    clock.now += 299;
    expect(aim.isStale).toBe(true);
    clock.now += 1;
    expect(aim.isStale).toBe(false);
    turn("paused");
    expect(aim.isStale).toBe(true);
  });

  it("is the button as it is after one's own turn, and after changes that do not turn it", () => {
    const { aim, clock, turn } = follow();
    turn("playing");
    aim.own();
    expect(aim.isStale).toBe(false);
    clock.now += 5_000;
    turn("playing", 7);
    expect(aim.isStale).toBe(false);
    turn("paused");
    expect(aim.isStale).toBe(true);
  });
});
