import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import type { MeasuredDevice, RunningCheck } from "../../src/session/checkViews";
import type { FakeListening } from "./fakeListening";
import { personOf } from "./fakeListening";
import { brokenRules, button, change, click, openRoom } from "./open";

const CLICKS: RunningCheck = { kind: "clicks", name: "Ben", isMine: false, seconds: 24, isHere: true };

async function open(prepare: (listening: FakeListening) => void = () => undefined): Promise<FakeListening> {
  const { listening } = await openRoom("wide", (all) => prepare(all.listening));
  click("Sync: In step · 1.2 ms");
  click("Calibrate…");
  return listening;
}

const asGuest = (listening: FakeListening) => {
  const room = listening.room.get()!;
  listening.room.set({ ...room, role: "guest", may: new Set(["add"]) });
};

describe("a check in the room", () => {
  it("is shown with who started it, and ends here or for all", async () => {
    const { listening } = await openRoom();
    change(() => listening.checks.running.set(CLICKS));
    expect(screen.getByText(/Ben started clicks on all devices; the music is silent here/)).toBeTruthy();
    click("Stop here");
    click("Stop for all");
    expect(listening.calls).toEqual(["stopHere", "stopForAll"]);
    change(() => listening.checks.running.set({ ...CLICKS, isHere: false }));
    expect(screen.queryByRole("button", { name: "Stop here" })).toBeNull();
    change(() => listening.checks.running.set(null));
    expect(screen.queryByText(/started clicks/)).toBeNull();
  });

  it("is ended for all by whom it belongs to and by who may, not by others", async () => {
    const { listening } = await openRoom();
    change(() => asGuest(listening));
    change(() => listening.checks.running.set(CLICKS));
    expect(screen.queryByRole("button", { name: "Stop for all" })).toBeNull();
    expect(button("Stop here")).toBeTruthy();
    change(() => listening.checks.running.set({ ...CLICKS, kind: "chirps", isMine: true }));
    expect(screen.getByText(/You measure the devices of this room/)).toBeTruthy();
    click("Stop for all");
    expect(listening.calls).toEqual(["stopForAll"]);
  });

  it("does not read out its seconds", async () => {
    const { listening } = await openRoom();
    change(() => listening.checks.running.set(CLICKS));
    expect(screen.getByText(/24 s/).getAttribute("aria-hidden")).toBe("true");
  });
});

describe("a changed offset", () => {
  it("says who changed what, and can be kept or undone", async () => {
    const { listening } = await openRoom();
    change(() => listening.checks.adjustment.set({ name: "Ben", isMine: false, before: 30_000, after: -90_000 }));
    expect(screen.getByText("Ben measured this device: its offset is −90 ms now and was +30 ms.")).toBeTruthy();
    click("Undo");
    click("Keep it");
    expect(listening.calls).toEqual(["undoAdjustment", "keepAdjustment"]);
  });
});

describe("clicks on all devices", () => {
  it("are started by who may", async () => {
    const listening = await open();
    click("Play clicks on all devices");
    expect(listening.calls).toEqual(["startClicks"]);
    change(() => listening.checks.running.set({ ...CLICKS, isMine: true }));
    const dialog = screen.getByRole("dialog");
    expect(within(dialog).queryByRole("button", { name: "Play clicks on all devices" })).toBeNull();
    click("Stop for all", dialog);
    expect(listening.calls.at(-1)).toBe("stopForAll");
  });

  it("are not offered to others, who are told why", async () => {
    await open(asGuest);
    expect(screen.queryByRole("button", { name: "Play clicks on all devices" })).toBeNull();
    expect(screen.queryByRole("button", { name: /^Listen and measure/ })).toBeNull();
    expect(screen.getAllByText(/only the host starts clicks or a measurement/)).toHaveLength(2);
    expect(button("Play clicks here")).toBeTruthy();
  });
});

describe("measuring by microphone", () => {
  const twoOfBen = (listening: FakeListening) =>
    listening.people.set([
      personOf("Mira", { isMe: true, principal: "p-me" }),
      personOf("Ben"),
      personOf("Ben", { connection: "c-Ben2" }),
      personOf("Speaker", { checks: false }),
      personOf("Jo", { hasSound: false }),
    ]);

  it("lets choose among the devices that sound and take part", async () => {
    const listening = await open(twoOfBen);
    const boxes = screen.getAllByRole<HTMLInputElement>("checkbox", { name: /./ });
    const named = boxes.map((box) => `${box.closest("label")?.textContent} ${box.checked} ${box.disabled}`);
    expect(named).toEqual([
      "Mira (this device) true false",
      "Ben true false",
      "Ben (device 2) true false",
      "Speaker (takes no part) false true",
    ]);
    fireEvent.click(screen.getByLabelText("Ben"));
    click("Listen and measure (9 s)");
    expect(listening.calls).toEqual(["measure c-Mira,c-Ben2"]);
  });

  it("needs two devices, and twelve are the most", async () => {
    const listening = await open((fake) => fake.people.set([personOf("Mira", { isMe: true })]));
    expect(button("Listen and measure (6 s)").disabled).toBe(true);
    expect(screen.getByText(/at least two must play sound/)).toBeTruthy();
    change(() => listening.people.set(Array.from({ length: 14 }, (_, k) => personOf(`P${k}`))));
    click("Listen and measure (39 s)");
    expect(listening.calls.at(-1)?.split(",")).toHaveLength(12);
    expect(screen.getByText("At most 12 at a time.")).toBeTruthy();
  });

  it("waits while another check runs", async () => {
    await open((fake) => fake.checks.running.set(CLICKS));
    expect(button("Listen and measure (9 s)").disabled).toBe(true);
  });

  it("tells how it goes on, and can be stopped", async () => {
    const listening = await open();
    for (const [state, words] of [
      [{ state: "asking" }, /whether this page may use the microphone/],
      [{ state: "listening", seconds: 7 }, /Please keep quiet/],
      [{ state: "working" }, /Comparing what was heard/],
    ] as const) {
      change(() => listening.checks.measuring.set(state));
      expect(screen.getByText(words)).toBeTruthy();
    }
    change(() => listening.checks.measuring.set({ state: "listening", seconds: 5 }));
    click("Stop measuring");
    expect(listening.calls).toEqual(["forget"]);
    expect(button("Listen and measure (9 s)")).toBeTruthy();
  });

  it("says what went wrong with its code, and tries again", async () => {
    const listening = await open();
    change(() => listening.checks.measuring.set({ state: "failed", code: "insecure-page", reason: "Only over https." }));
    expect(screen.getByText(/Only over https/).textContent).toContain("insecure-page");
    click("Measure again");
    expect(listening.calls).toEqual(["forget"]);
  });

  it("ends with the dialog, but what was found waits", async () => {
    const listening = await open();
    change(() => listening.checks.measuring.set({ state: "listening", seconds: 5 }));
    click("Close");
    expect(listening.calls).toEqual(["forget"]);
    change(() => listening.checks.measuring.set({ state: "measured", devices: FOUND, isOverdriven: false }));
    click("Sync: In step · 1.2 ms");
    click("Calibrate…");
    click("Close");
    expect(listening.calls).toEqual(["forget"]);
  });
});

const FOUND: readonly MeasuredDevice[] = [
  { connection: "c-Mira", name: "Mira", isMe: true, late: 23_000, spread: 100 },
  { connection: "c-Ben", name: "Ben", isMe: false, late: -97_000, spread: 300 },
  { connection: "c-Jo", name: "Jo", isMe: false, late: 23_200, spread: 200 },
  { connection: "c-Kim", name: "Kim", isMe: false, late: null, spread: 0 },
];

describe("the preview", () => {
  const rows = () => within(screen.getByRole("table")).getAllByRole("row").slice(1).map((row) => [...row.children].map((cell) => cell.textContent).join(" | "));

  async function preview(devices = FOUND, isOverdriven = false): Promise<FakeListening> {
    return open((fake) => fake.checks.measuring.set({ state: "measured", devices, isOverdriven }));
  }

  it("shows what was heard and what would be changed, and changes nothing by itself", async () => {
    const listening = await preview();
    expect(rows()).toEqual([
      "Mira (this device) | 0 ms ± 0.1 ms | stays",
      "Ben | −120 ms ± 0.3 ms | −120 ms",
      "Jo | +0.2 ms ± 0.2 ms | none needed",
      "Kim | not heard | –",
    ]);
    expect(screen.getByText(/Not heard: it may be too quiet/)).toBeTruthy();
    expect(listening.calls).toEqual([]);
    click("Apply to 1 device");
    expect(listening.calls).toEqual(["apply c-Ben -120000"]);
  });

  it("lets choose which device stays as it is", async () => {
    const listening = await preview();
    fireEvent.click(screen.getByRole("radio", { name: "Ben stays as it is" }));
    expect(rows().slice(0, 3)).toEqual([
      "Mira (this device) | +120 ms ± 0.1 ms | +120 ms",
      "Ben | 0 ms ± 0.3 ms | stays",
      "Jo | +120 ms ± 0.2 ms | +120 ms",
    ]);
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Kim stays as it is" }).disabled).toBe(true);
    click("Apply to 2 devices");
    expect(listening.calls).toEqual(["apply c-Mira 120000, c-Jo 120200"]);
  });

  it("can be put away", async () => {
    const listening = await preview();
    click("Change nothing");
    expect(listening.calls).toEqual(["forget"]);
  });

  it("offers nothing to apply where all are in step, or nobody was heard", async () => {
    const listening = await preview([FOUND[0]!, FOUND[2]!]);
    expect(screen.queryByRole("button", { name: /^Apply/ })).toBeNull();
    expect(button("Done")).toBeTruthy();
    change(() => listening.checks.measuring.set({ state: "measured", devices: [FOUND[3]!], isOverdriven: false }));
    expect(screen.getByText(/No device was heard/)).toBeTruthy();
    click("Measure again");
    expect(listening.calls).toEqual(["forget"]);
  });

  it("says when the recording was bad", async () => {
    await preview([FOUND[0]!, { ...FOUND[1]!, spread: 14_000 }], true);
    expect(rows()[1]).toBe("Ben | −120 ms ± 14 ms | uneven");
    expect(screen.queryByRole("button", { name: /^Apply/ })).toBeNull();
    expect(button("Measure again")).toBeTruthy();
    expect(screen.getByText(/lay far apart/)).toBeTruthy();
    expect(screen.getByText(/overdriven/)).toBeTruthy();
  });

  it("says what became of it", async () => {
    const listening = await preview();
    change(() => listening.checks.measuring.set({ state: "applied", count: 1 }));
    expect(screen.getByText(/One device was told/)).toBeTruthy();
    change(() => listening.checks.measuring.set({ state: "applied", count: 3 }));
    expect(screen.getByText(/3 devices were told/)).toBeTruthy();
    click("Measure again");
    expect(listening.calls).toEqual(["forget"]);
  });

  it("breaks no rule of accessibility", async () => {
    await preview();
    document.documentElement.lang = "en";
    expect(await brokenRules()).toEqual([]);
  });
});
