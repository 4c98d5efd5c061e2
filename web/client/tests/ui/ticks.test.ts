import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Ticks } from "../../src/ui/player/ticks";

class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";

  show(state: DocumentVisibilityState): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

const ticksOf = (page: Page) => new Ticks(page);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("tells all listeners in the same moment, four times a second", () => {
  const ticks = ticksOf(new Page());
  const heard: string[] = [];
  ticks.listen((tick) => heard.push(`a${tick}`));
  ticks.listen((tick) => heard.push(`b${tick}`));
  heard.length = 0;
  vi.advanceTimersByTime(500);
  expect(heard).toEqual(["a2", "b2", "a3", "b3"]);
});

it("stands still while the page is hidden, and is up to date the moment it is seen", () => {
  const page = new Page();
  const ticks = ticksOf(page);
  let heard = 0;
  ticks.listen(() => (heard += 1));
  page.show("hidden");
  heard = 0;
  vi.advanceTimersByTime(5_000);
  expect([heard, vi.getTimerCount()]).toEqual([0, 0]);
  page.show("visible");
  expect(heard).toBe(1);
  vi.advanceTimersByTime(250);
  expect(heard).toBe(2);
});

it("ends with its last listener, and begins anew with the next", () => {
  const page = new Page();
  const ticks = ticksOf(page);
  const heard: string[] = [];
  const endA = ticks.listen(() => heard.push("a"));
  const endB = ticks.listen(() => heard.push("b"));
  endA();
  heard.length = 0;
  vi.advanceTimersByTime(250);
  expect(heard).toEqual(["b"]);
  endB();
  page.show("visible");
  expect(vi.getTimerCount()).toBe(0);
  ticks.listen(() => heard.push("c"));
  vi.advanceTimersByTime(250);
  expect(heard).toEqual(["b", "c", "c"]);
});
