import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { button, change, click, openRoom, press, settle } from "./open";

const slider = () => screen.getByRole("slider", { name: "Seek" });

describe("the transport", () => {
  it("pauses, plays, and goes to the next and the previous track", async () => {
    const { listening } = await openRoom();
    click("Pause");
    click("Play");
    click("Next");
    click("Previous");
    expect(listening.calls).toEqual(["pause", "play", "next", "previous"]);
  });

  it("gives the reason when the role forbids it, and does nothing", async () => {
    const { listening } = await openRoom("wide", (all) => {
      all.listening.room.set({ ...all.listening.room.get()!, role: "guest", may: new Set(["add"]) });
    });
    for (const name of ["Previous", "Pause", "Next"]) {
      expect(button(name).getAttribute("aria-disabled")).toBe("true");
      expect(document.getElementById(button(name).getAttribute("aria-describedby")!)?.textContent).toBe(
        "Only hosts control playback in this room",
      );
      click(name);
    }
    expect(slider().getAttribute("aria-disabled")).toBe("true");
    slider().focus();
    press("ArrowRight");
    press(" ");
    expect(listening.calls).toEqual([]);
  });

  it("does not take a press for the opposite when somebody else has just pressed", async () => {
    const { listening } = await openRoom();
    change(() => listening.transport.set({ ...listening.transport.get(), status: "paused" }));
    click("Play");
    expect(listening.calls).toEqual([]);
    expect(screen.getByRole("status", { name: "What I did" }).textContent).toBe("It is paused already");
    await settle(320);
    click("Play");
    click("Pause");
    expect(listening.calls).toEqual(["play", "pause"]);
  });

  it("gives the reason when there is nothing to play", async () => {
    await openRoom("wide", ({ listening }) => {
      listening.queue.set([]);
      listening.transport.set({ status: "empty", entry: null, track: null, length: 0, next: null, ratePermille: 1000, pitchCents: 0, keepsFormants: false });
    });
    expect(button("Play").title).toBe("Nothing is queued yet");
    expect(button("Next").title).toBe("Nothing comes after this track");
    expect(button("Previous").title).toBe("Nothing has played yet");
  });
});

describe("the seek bar", () => {
  it("says in words where the room is", async () => {
    const { listening } = await openRoom();
    listening.at = 72_000_000;
    change(() => listening.transport.set({ ...listening.transport.get(), status: "paused" }));
    expect(slider().getAttribute("aria-valuetext")).toBe("1 minute 12 of 3 minutes 40");
    expect(slider().getAttribute("aria-valuenow")).toBe("72");
    expect(slider().getAttribute("aria-valuemax")).toBe("220");
  });

  it("seeks by five seconds and to both ends by keyboard", async () => {
    const { listening } = await openRoom();
    listening.at = 72_000_000;
    slider().focus();
    press("ArrowRight");
    press("ArrowRight");
    press("ArrowLeft");
    press("Home");
    press("ArrowLeft");
    press("End");
    expect(listening.calls).toEqual([
      "seek 77000000",
      "seek 82000000",
      "seek 77000000",
      "seek 0",
      "seek 0",
      "seek 220000000",
    ]);
  });

  it("seeks where the pointer is let go, and only then", async () => {
    const { listening } = await openRoom();
    const element = slider();
    element.getBoundingClientRect = () => new DOMRect(100, 0, 440, 72);
    element.setPointerCapture = () => undefined;
    fireEvent.pointerDown(element, { clientX: 210, button: 0, pointerId: 1 });
    fireEvent.pointerMove(element, { clientX: 320, pointerId: 1 });
    expect(listening.calls).toEqual([]);
    fireEvent.pointerUp(element, { clientX: 320, pointerId: 1 });
    expect(listening.calls).toEqual(["seek 110000000"]);
  });

  it("forgets a drag that the browser took away", async () => {
    const { listening } = await openRoom();
    const element = slider();
    element.setPointerCapture = () => undefined;
    fireEvent.pointerDown(element, { clientX: 210, button: 0, pointerId: 1 });
    fireEvent.pointerCancel(element, { pointerId: 1 });
    fireEvent.pointerUp(element, { clientX: 320, pointerId: 1 });
    expect(listening.calls).toEqual([]);
  });
});

describe("the volume", () => {
  it("follows the slider and is mine alone", async () => {
    const { listening } = await openRoom();
    fireEvent.input(screen.getByRole("slider", { name: "Volume" }), { target: { value: "80" } });
    expect(listening.calls).toEqual(["volume 0.8"]);
  });

  it("comes back after muting as it was", async () => {
    const { listening } = await openRoom();
    click("Mute");
    click("Unmute");
    expect(listening.calls).toEqual(["volume 0", "volume 0.5"]);
  });
});

describe("the sync pill", () => {
  it.each([
    ["in-step", 9_000, "good", "In step · 9.0 ms"],
    ["in-step", -22_000, "fair", "In step · 22 ms"],
    ["in-step", 41_000, "poor", "In step · 41 ms"],
    ["buffering", 0, "poor", "Buffering"],
    ["catching-up", 180_000, "poor", "Catching up · 180 ms"],
    ["silent", 0, "silent", "Ready; nothing plays"],
  ] as const)("is honest about %s at %d µs", async (state, playbackError, quality, words) => {
    const { listening } = await openRoom();
    change(() => listening.sync.set({ ...listening.sync.get(), state, playbackError, words: "Ready; nothing plays" }));
    expect(button(`Sync: ${words}`).dataset.quality).toBe(quality);
  });

  it("opens what it rests on, nudges the offset, and gives the focus back", async () => {
    const { listening } = await openRoom();
    click("Sync: In step · 1.2 ms");
    const details = screen.getByRole("dialog", { name: "Sync of this device" });
    expect(details.textContent).toContain("± 0.2 ms");
    expect(details.textContent).toContain("32 ms");
    click("+10 ms");
    click("−1 ms");
    click("Reset");
    expect(listening.calls).toEqual(["offset 10000", "offset 9000", "offset 0"]);
    press("Escape");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(button("Sync: In step · 1.2 ms"));
  });

  it("tells the whole way of the sound, and what is corrected why", async () => {
    const { listening } = await openRoom();
    click("Sync: In step · 1.2 ms");
    const facts = () => [...document.querySelectorAll(".sync-details .fact")].map((fact) => fact.textContent);
    expect(facts()).toEqual([
      "Distance from the room+1.2 ms",
      "Clock, certified± 0.2 ms",
      "Round trip8.4 ms",
      "Drift of this output+140 ppm",
      "Output latency32 ms",
      "Sound formatOpus 160 kbit/s",
      "Data while it plays1.2 MB a minute",
      "Connection carries24 Mbit/s",
      "Correction now+152 ppm",
    ]);
    expect(screen.getByRole("dialog").textContent).toContain("Drawing 1.2 ms in.");
    change(() => listening.sync.set({ ...listening.sync.get(), isLatencyAssumed: true, correcting: { kind: "jumped", by: 48_000 } }));
    expect(facts()[4]).toBe("Output latency32 ms (assumed)");
    expect(facts().at(-1)).toBe("Correction nowjumped");
    expect(screen.getByRole("dialog").textContent).toContain("Jumped 48 ms forward");
  });

  it("lets this device choose how good its sound is, and says what that takes", async () => {
    const { listening } = await openRoom();
    click("Sync: In step · 1.2 ms");
    const radio = (name: RegExp) => screen.getByRole<HTMLInputElement>("radio", { name });
    const words = () => screen.getByRole("dialog").textContent;
    expect(radio(/^Automatic/).checked).toBe(true);
    fireEvent.click(radio(/^FLAC/));
    expect(words()).toContain("about six times the data");
    const sync = () => listening.sync.get();
    change(() => listening.sync.set({ ...sync(), supply: { ...sync().supply, fetched: "flac", bytesPerMinute: 7_100_000 } }));
    expect(words()).toContain("Opus 160 kbit/s, FLAC, lossless next");
    expect(words()).toContain("Now 7.1 MB a minute while it plays.");
    fireEvent.click(screen.getByRole("switch", { name: /^Data saver/ }));
    expect(listening.calls).toEqual(["setWish flac", "setWish flac saving"]);
    expect(radio(/^FLAC/).closest("fieldset")!.disabled).toBe(true);
    change(() => listening.sync.set({ ...sync(), supply: { ...sync().supply, kilobitsPerSecond: 640, isFixed: true } }));
    expect(words()).toContain("This page plays FLAC");
    expect(words()).toContain("640 kbit/s");
    expect(screen.queryByRole("switch", { name: /^Data saver/ })).toBeNull();
  });

  it("lets this device choose what comes first, and says the rule", async () => {
    const { listening } = await openRoom();
    click("Sync: In step · 1.2 ms");
    const radio = (name: string) => screen.getByRole<HTMLInputElement>("radio", { name });
    expect(radio("Sync first").checked).toBe(true);
    fireEvent.click(radio("Quality first"));
    expect(listening.calls).toEqual(["mode quality"]);
    expect(radio("Quality first").checked).toBe(true);
    expect(screen.getByRole("dialog").textContent).toContain("more than 100\u00a0ms off");
  });

  it("keeps playing when locked if told so, and says that this is loose", async () => {
    const { listening } = await openRoom();
    click("Sync: In step · 1.2 ms");
    fireEvent.click(screen.getByRole("switch", { name: "Keep playing when locked" }));
    expect(listening.calls).toEqual(["lasting true"]);
    change(() => listening.sync.set({ ...listening.sync.get(), state: "loose", looseBecause: "lasting" }));
    expect(button("Sync: Loose sync").dataset.quality).toBe("fair");
    // Nothing to tighten by other means: the switch is the means.
    expect(screen.queryByRole("button", { name: "Tighten sync" })).toBeNull();
    fireEvent.click(screen.getByRole("switch", { name: "Keep playing when locked" }));
    expect(listening.calls).toEqual(["lasting true", "lasting false"]);
  });

  it("boasts of no tenths where the browser tells its output only coarsely", async () => {
    const { listening } = await openRoom();
    change(() => listening.sync.set({ ...listening.sync.get(), isCoarse: true }));
    expect(button("Sync: In step, coarsely").dataset.quality).toBe("fair");
    change(() => listening.sync.set({ ...listening.sync.get(), playbackError: 60_000 }));
    expect(button("Sync: In step, coarsely").dataset.quality).toBe("poor");
  });

  it("names the output that the offset is kept for", async () => {
    const { listening } = await openRoom();
    click("Sync: In step · 1.2 ms");
    expect(screen.getByRole("dialog").textContent).toContain("Kept for this device.");
    change(() => listening.sync.set({ ...listening.sync.get(), output: "Headset" }));
    expect(screen.getByRole("dialog").textContent).toContain("Kept for Headset.");
  });

  it("closes when something else is pressed", async () => {
    await openRoom();
    click("Sync: In step · 1.2 ms");
    fireEvent.pointerDown(document.body);
    await settle();
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
