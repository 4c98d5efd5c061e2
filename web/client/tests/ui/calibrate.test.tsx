import { fireEvent, screen } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { FakeListening } from "./fakeListening";
import { brokenRules, button, change, click, openRoom, press } from "./open";

afterEach(() => {
  vi.useRealTimers();
});

async function open(): Promise<FakeListening> {
  const { listening } = await openRoom();
  click("Sync: In step · 1.2 ms");
  click("Calibrate…");
  expect(screen.getByRole("dialog", { name: "Calibrate" })).toBeTruthy();
  return listening;
}

const pad = () => screen.getByRole("button", { name: /^Tap \d+ of 12$/ });

describe("tapping", () => {
  it("measures the output, shows what it would do, and does it only when told", async () => {
    const listening = await open();
    listening.taps = [180, 190, 175, 182, 186, 178, 184, 181, 179, 183, 500, 182].map((late) => late * 1_000);
    click("Start tapping");
    expect(document.activeElement).toBe(pad());
    for (let tap = 0; tap < 12; tap += 1) fireEvent.pointerDown(pad());
    expect(listening.calls).toEqual(["clicks true", "clicks false"]);
    const outcome = screen.getByRole("dialog").textContent;
    expect(outcome).toContain("about 182 ms late");
    expect(outcome).toContain("1 left out");
    click("Apply: offset +182 ms instead of 0 ms");
    expect(listening.calls.at(-1)).toBe("offset 182000");
    expect(button("Start tapping")).toBeTruthy();
  });

  it("works by keyboard, one tap for each press", async () => {
    const listening = await open();
    listening.taps = new Array<number>(12).fill(-20_000);
    click("Start tapping");
    press(" ");
    press(" ", { repeat: true });
    press("Enter");
    press("a");
    expect(pad().textContent).toBe("Tap2 of 12");
  });

  it("adds what it found to the offset that was in force, within what can be set", async () => {
    const listening = await open();
    change(() => listening.sync.set({ ...listening.sync.get(), offset: 4_900_000 }));
    listening.taps = new Array<number>(12).fill(300_000);
    click("Start tapping");
    for (let tap = 0; tap < 12; tap += 1) press(" ");
    expect(button("Apply: offset +5000 ms instead of +4900 ms")).toBeTruthy();
  });

  it("offers nothing to apply when the taps were uneven", async () => {
    const listening = await open();
    listening.taps = [0, 150, 300, 450, 600, -250, -100, 50, 200, 350, 500, 650].map((late) => late * 1_000);
    click("Start tapping");
    for (let tap = 0; tap < 12; tap += 1) press(" ");
    expect(screen.getByRole("dialog").textContent).toContain("too uneven");
    expect(screen.queryByRole("button", { name: /^Apply/ })).toBeNull();
    click("Tap again");
    expect(pad().textContent).toBe("Tap0 of 12");
  });

  it("does not count taps while room time is unknown", async () => {
    await open();
    click("Start tapping");
    press(" ");
    expect(pad().textContent).toBe("Tap0 of 12");
  });

  it("ends with the dialog", async () => {
    const listening = await open();
    click("Start tapping");
    click("Close");
    expect(listening.calls).toEqual(["clicks true", "clicks false"]);
  });
});

describe("the click test", () => {
  it("ends when told, or by itself after half a minute", async () => {
    const listening = await open();
    vi.useFakeTimers();
    click("Play clicks here");
    click("Stop clicking here");
    click("Play clicks here");
    expect(listening.calls).toEqual(["clicks true", "clicks false", "clicks true"]);
    change(() => vi.advanceTimersByTime(30_000));
    expect(listening.calls.at(-1)).toBe("clicks false");
  });
});

it("without sound there is nothing to calibrate, and it says so", async () => {
  const listening = await open();
  change(() => listening.room.set({ ...listening.room.get()!, hasSound: false }));
  expect(screen.getByText(/plays no sound/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Start tapping" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Play clicks here" })).toBeNull();
  // It may still be the one that listens.
  expect(button("Play clicks on all devices")).toBeTruthy();
});

it("breaks no rule of accessibility", async () => {
  await open();
  click("Start tapping");
  document.documentElement.lang = "en";
  expect(await brokenRules()).toEqual([]);
});

it("the keys [ and ] move the offset by five milliseconds, AltGr or not", async () => {
  const { listening } = await openRoom();
  press("]");
  press("]");
  press("[", { ctrlKey: true, altKey: true });
  press("[", { ctrlKey: true });
  press("[", { metaKey: true, altKey: true });
  expect(listening.calls).toEqual(["offset 5000", "offset 10000", "offset 5000"]);
});
