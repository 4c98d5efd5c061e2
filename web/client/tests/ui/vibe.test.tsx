import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";

import { BANDS_HZ, chainSettings, NUMBERS } from "../../src/effects/settings";
import { preset } from "../../src/effects/presets";
import { EFFECTS, switched, turned, valueOf } from "../../src/ui/vibe/knobs";
import { centsOf, centWords, partsOf, pitchOnTape, semitoneWords, tempoOnTape } from "../../src/ui/vibe/pitch";
import { responseDb } from "../../src/ui/vibe/response";
import { bandWords, decibels, hertzAt, shareOf } from "../../src/ui/vibe/scale";
import type { FakeListening } from "./fakeListening";
import { button, change, click, openRoom, press, settle } from "./open";

const panel = () => screen.getByRole("dialog", { name: "Vibe" });
const slider = (name: string) => within(panel()).getByRole<HTMLInputElement>("slider", { name });
const radio = (name: string) => within(panel()).getByRole<HTMLInputElement>("radio", { name });
const effects = (listening: FakeListening) => listening.ownVibe.get().effects;

async function openVibe() {
  const opened = await openRoom();
  click("Vibe: as it is");
  return opened;
}

describe("the vibe of this device", () => {
  it("is opened by V and closed by Escape, which gives the focus back", async () => {
    await openRoom();
    press("v");
    expect(document.activeElement).toBe(panel());
    press("Escape");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(button("Vibe: as it is"));
  });

  it("takes a preset at a tap, and says so on its button", async () => {
    const { listening } = await openVibe();
    expect(button("None").getAttribute("aria-pressed")).toBe("true");
    click("Small speaker");
    expect(effects(listening)).toEqual(preset("small-speaker"));
    expect(button("Small speaker").getAttribute("aria-pressed")).toBe("true");
    expect(button("Vibe: small speaker").hasAttribute("data-changed")).toBe(true);
    click("None");
    expect(effects(listening)).toEqual({});
  });

  it("has ten bands that say what they are and stand at, and one button to level them", async () => {
    const { listening } = await openVibe();
    expect(BANDS_HZ.map((hertz) => slider(`${bandWords(hertz).replace("k", " kilo")}hertz`).value)).toEqual(BANDS_HZ.map(() => "0"));
    fireEvent.input(slider("63hertz"), { target: { value: "4.5" } });
    fireEvent.input(slider("16 kilohertz"), { target: { value: "-12" } });
    expect(effects(listening).equalizer?.gains_db).toEqual([0, 4.5, 0, 0, 0, 0, 0, 0, 0, -12]);
    expect(slider("63hertz").getAttribute("aria-valuetext")).toBe("+4.5 dB");
    expect(button("Vibe: my own")).toBeTruthy();
    fireEvent.dblClick(slider("63hertz"));
    expect(effects(listening).equalizer?.gains_db[1]).toBe(0);
    click("Flat");
    expect(effects(listening).equalizer?.gains_db.every((gain) => gain === 0)).toBe(true);
    expect((button("Flat")).disabled).toBe(true);
  });

  it("compares with the sound as it came, once there is something to compare", async () => {
    const { listening } = await openVibe();
    expect(radio("A · Original").closest("fieldset")!.disabled).toBe(true);
    click("Hall");
    expect(radio("B · My sound").checked).toBe(true);
    fireEvent.click(radio("A · Original"));
    expect(listening.calls.at(-1)).toBe("bypass true");
    expect(button("Vibe: hall, bypassed")).toBeTruthy();
    fireEvent.click(radio("B · My sound"));
    expect(listening.calls.at(-1)).toBe("bypass false");
  });

  it("switches effects on as they come, and shows what can be turned", async () => {
    const { listening } = await openVibe();
    expect(within(panel()).queryByRole("slider", { name: "Repeats" })).toBeNull();
    fireEvent.click(within(panel()).getByRole("switch", { name: "Echo" }));
    expect(effects(listening)).toEqual(chainSettings({ echo: {} }));
    fireEvent.input(slider("Repeats"), { target: { value: "0.5" } });
    expect(slider("Repeats").getAttribute("aria-valuetext")).toBe("50 %");
    fireEvent.click(within(panel()).getByRole("switch", { name: "Reverb" }));
    fireEvent.click(radio("Cathedral"));
    expect(effects(listening)).toEqual(chainSettings({ echo: { feedback: 0.5 }, reverb: { space: "cathedral" } }));
    fireEvent.click(within(panel()).getByRole("switch", { name: "Echo" }));
    expect(effects(listening)).toEqual(chainSettings({ reverb: { space: "cathedral" } }));
  });

  it("shows how loud it is while it is looked at, and lets the analysers go", async () => {
    const { listening } = await openRoom();
    const close = vi.fn();
    const looks: ((now: number) => void)[] = [];
    vi.stubGlobal("requestAnimationFrame", (look: (now: number) => void) => looks.push(look));
    listening.looking = { stepHz: 12, spectrumLength: 2_048, spectrum: (into) => void into.fill(-30), peaks: () => [0.5, 0.25], close };
    click("Vibe: as it is");
    await settle();
    for (const look of looks.splice(0)) look(1_000);
    const meter = within(panel()).getByRole("meter", { name: "Level on this device" });
    expect([meter.getAttribute("aria-valuenow"), meter.getAttribute("aria-valuetext")]).toEqual(["-6", "-6 decibels"]);
    press("Escape");
    // The meter and the spectrum.
    expect(close).toHaveBeenCalledTimes(2);
    vi.unstubAllGlobals();
  });

  it("says when this device is silent", async () => {
    const { listening } = await openVibe();
    change(() => listening.room.set({ ...listening.room.get()!, hasSound: false }));
    expect(panel().textContent).toContain("Sound is off on this device.");
  });
});

describe("the vibe of the room", () => {
  const open = async () => {
    const opened = await openVibe();
    fireEvent.click(radio("The room"));
    return opened;
  };

  it("is turned in tempo, semitones and cents, and told on the button", async () => {
    const { listening } = await open();
    fireEvent.input(slider("Tempo"), { target: { value: "800" } });
    fireEvent.input(slider("Pitch"), { target: { value: "-3" } });
    fireEvent.input(slider("Fine"), { target: { value: "20" } });
    expect(listening.calls).toEqual(["vibe 800", "vibe -300", "vibe -280"]);
    expect([slider("Pitch"), slider("Fine")].map((each) => each.getAttribute("aria-valuetext"))).toEqual(["−3 semitones", "+20 cents"]);
    expect(button("Vibe: the room at 0.8×, −280 cents").hasAttribute("data-changed")).toBe(true);
    click("As it was recorded");
    expect(listening.calls.at(-1)).toBe("resetVibe");
    expect((button("As it was recorded")).disabled).toBe(true);
  });

  it("stands where it was turned to until the room has it, and goes back if somebody else turned it", async () => {
    const { listening } = await open();
    vi.useFakeTimers();
    vi.spyOn(listening, "vibe").mockImplementation(() => undefined);
    fireEvent.input(slider("Tempo"), { target: { value: "800" } });
    await vi.advanceTimersByTimeAsync(100);
    change(() => listening.transport.set({ ...listening.transport.get(), ratePermille: 950 }));
    expect(slider("Tempo").value).toBe("800");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(slider("Tempo").value).toBe("950");
    vi.useRealTimers();
  });

  it("is put back by turning where resetting is for hosts", async () => {
    const { listening } = await open();
    change(() => listening.room.set({ ...listening.room.get()!, may: new Set(["vibe"]) }));
    fireEvent.input(slider("Tempo"), { target: { value: "800" } });
    click("As it was recorded");
    expect(listening.calls.at(-1)).toBe("vibe 1000 0 false");
  });

  it("turns pitch with tempo and tempo with pitch once they are linked", async () => {
    const { listening } = await open();
    fireEvent.click(within(panel()).getByRole("switch", { name: "Link pitch to tempo" }));
    fireEvent.input(slider("Tempo"), { target: { value: "500" } });
    fireEvent.input(slider("Pitch"), { target: { value: "12" } });
    expect(listening.calls).toEqual(["vibe 500 -1200", "vibe 2000 1200"]);
  });

  it("changes on the beat if that is wanted, and keeps formants", async () => {
    const { listening } = await open();
    const vibe = vi.spyOn(listening, "vibe");
    fireEvent.click(within(panel()).getByRole("switch", { name: "On the beat" }));
    fireEvent.click(within(panel()).getByRole("switch", { name: "Keep formants" }));
    expect(vibe).toHaveBeenCalledWith({ formants: true, onTheBeat: true });
  });

  it("is seen, not turned, by those who may not", async () => {
    const { listening } = await open();
    change(() => listening.room.set({ ...listening.room.get()!, may: new Set(["add"]) }));
    expect(["Tempo", "Pitch", "Fine"].map((name) => slider(name).disabled)).toEqual([true, true, true]);
    expect(panel().textContent).toContain("Only hosts bend what this room plays.");
    expect(screen.queryByRole("button", { name: "As it was recorded" })).toBeNull();
  });

  it("parts of a pitch make it again, and tape ties it to tempo", () => {
    for (const cents of [-1200, -1150, -51, -50, 0, 49, 50, 730, 1200]) {
      const { semitones, fine } = partsOf(cents);
      expect(centsOf(semitones, fine)).toBe(cents);
      expect(Math.abs(fine)).toBeLessThanOrEqual(50);
      expect(Math.abs(pitchOnTape(tempoOnTape(cents)) - cents)).toBeLessThanOrEqual(2);
    }
    expect([pitchOnTape(500), pitchOnTape(1000), pitchOnTape(2000)]).toEqual([-1200, 0, 1200]);
    expect([semitoneWords(1), semitoneWords(-1), semitoneWords(0), centWords(7)]).toEqual(["+1 semitone", "−1 semitone", "0 semitones", "+7 cents"]);
  });
});

describe("the picture of the equalizer", () => {
  it("stands in the columns of its bands", () => {
    expect(BANDS_HZ.map((hertz) => Math.round(shareOf(hertz) * 100))).toEqual([5, 15, 25, 35, 45, 55, 65, 75, 85, 95]);
    expect(hertzAt(shareOf(440))).toBeCloseTo(440);
    expect(BANDS_HZ.map(bandWords)).toEqual(["31", "63", "125", "250", "500", "1k", "2k", "4k", "8k", "16k"]);
    expect([3, -4.5, 0].map(decibels)).toEqual(["+3 dB", "−4.5 dB", "0 dB"]);
  });

  it("is the gain of a band at its centre, half of it half an octave away, and nothing far off", () => {
    const gains = BANDS_HZ.map((hertz) => (hertz === 1000 ? 12 : 0));
    expect(responseDb(gains, 1000)).toBeCloseTo(12, 6);
    expect(responseDb(gains, 1000 * Math.SQRT2)).toBeCloseTo(6, 1);
    expect(Math.abs(responseDb(gains, 60))).toBeLessThan(0.1);
    expect(responseDb(gains.map((gain) => -gain), 1000)).toBeCloseTo(-12, 6);
  });
});

describe("knobs", () => {
  it("stay within what the effects take, and stand at their defaults", () => {
    for (const { effect, knobs } of EFFECTS) {
      for (const knob of knobs) {
        expect(valueOf({}, effect, knob)).toBe(knob.range[2]);
        for (const end of knob.range.slice(0, 2)) {
          expect(valueOf(turned(switched({}, effect, true), effect, knob.name, end), effect, knob)).toBe(end);
          expect(knob.shown(end)).not.toBe("");
        }
      }
    }
    expect(() => turned({ echo: chainSettings({ echo: {} }).echo! }, "echo", "mix", NUMBERS.echo.mix[1] + 1)).toThrow();
  });
});
