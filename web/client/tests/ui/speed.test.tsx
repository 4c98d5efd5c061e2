import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { rateWords, withinRate } from "../../src/ui/player/rates";
import { button, change, click, openRoom, press, settle } from "./open";

const slider = () => screen.getByRole("slider", { name: "Speed" });

describe("the speed of the room", () => {
  it("is said by its button, and set by a press", async () => {
    const { listening } = await openRoom();
    click("Speed: 1×");
    click("1.25×");
    expect(listening.calls).toEqual(["vibe 1250"]);
    expect(button("1.25×").getAttribute("aria-pressed")).toBe("true");
    expect(button("Speed: 1.25×").hasAttribute("data-changed")).toBe(true);
    click("1.25×");
    expect(listening.calls).toHaveLength(1);
  });

  it("follows the slider when it is let go, not through every step between", async () => {
    const { listening } = await openRoom();
    click("Speed: 1×");
    fireEvent.input(slider(), { target: { value: "700" } });
    await settle();
    expect(listening.calls).toEqual([]);
    expect(slider().getAttribute("aria-valuetext")).toBe("0.7×");
    // The event itself: the library's `change` is Preact's, which is `input`.
    fireEvent(slider(), new Event("change", { bubbles: true }));
    expect(listening.calls).toEqual(["vibe 700"]);
  });

  it("moves by keys in steps, and stays within what a room can have", async () => {
    const { listening } = await openRoom();
    press(">");
    press("<");
    change(() => listening.transport.set({ ...listening.transport.get(), ratePermille: 1_980 }));
    press(">");
    press(">");
    expect(listening.calls).toEqual(["vibe 1050", "vibe 1000", "vibe 2000"]);
    expect(screen.getByRole("status", { name: "What I did" }).textContent).toBe("Speed 2×");
  });

  it("gives the reason to whoever may not", async () => {
    const { listening } = await openRoom();
    change(() => listening.room.set({ ...listening.room.get()!, may: new Set(["add"]) }));
    click("Speed: 1×");
    expect(screen.getByText("Only hosts control playback in this room", { selector: "p" })).toBeTruthy();
    expect((slider() as HTMLInputElement).disabled).toBe(true);
    press(">");
    expect(listening.calls).toEqual([]);
  });

  it("has no more digits than it needs", () => {
    expect([500, 900, 1_000, 1_250, 1_333].map(rateWords)).toEqual(["0.5×", "0.9×", "1×", "1.25×", "1.33×"]);
    expect([1, 1_000.4, 9_000].map(withinRate)).toEqual([500, 1_000, 2_000]);
  });
});
