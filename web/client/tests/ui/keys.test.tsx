import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { button, openRoom, press, settle } from "./open";

describe("the keys of a room", () => {
  it("play, seek, skip, and set the volume", async () => {
    const { listening } = await openRoom();
    listening.at = 60_000_000;
    press(" ");
    press(" ");
    press("ArrowRight");
    press("ArrowLeft");
    press("ArrowRight", { shiftKey: true });
    press("ArrowLeft", { shiftKey: true });
    press("ArrowUp");
    press("ArrowDown");
    press("m");
    press("M");
    expect(listening.calls).toEqual([
      "pause",
      "play",
      "seek 65000000",
      "seek 60000000",
      "next",
      "previous",
      "volume 0.55",
      "volume 0.5",
      "volume 0",
      "volume 0.5",
    ]);
  });

  it("never seek before the start or past the end", async () => {
    const { listening } = await openRoom();
    listening.at = 2_000_000;
    press("ArrowLeft");
    listening.at = 219_000_000;
    press("ArrowRight");
    expect(listening.calls).toEqual(["seek 0", "seek 220000000"]);
  });

  it("open panels, the search and the page of keys", async () => {
    await openRoom();
    press("p");
    expect(screen.getByRole("list", { name: "People" })).toBeTruthy();
    press("q");
    expect(screen.getByRole("list", { name: "Queue" })).toBeTruthy();
    press("/");
    await settle();
    expect(document.activeElement).toBe(screen.getByRole("searchbox"));
    screen.getByRole("searchbox").blur();
    press("?");
    expect(screen.getByRole("dialog", { name: "Keys" })).toBeTruthy();
  });

  it("are silent while somebody types", async () => {
    const { listening } = await openRoom();
    screen.getByRole("searchbox").focus();
    for (const key of [" ", "m", "q", "ArrowRight", "?"]) press(key);
    press("z", { ctrlKey: true });
    expect(listening.calls).toEqual([]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("leave Space to buttons and arrows to sliders", async () => {
    const { listening } = await openRoom();
    button("Invite").focus();
    press(" ");
    screen.getByRole("slider", { name: "Volume" }).focus();
    press("ArrowRight");
    press("ArrowUp");
    expect(listening.calls).toEqual([]);
  });

  it("are silent while a dialog is open", async () => {
    const { listening } = await openRoom();
    fireEvent.click(button("Invite"));
    await settle();
    button("Close").focus();
    press("m");
    expect(listening.calls).toEqual([]);
  });

  it("leave the browser's own shortcuts alone", async () => {
    const { listening } = await openRoom();
    press("p", { ctrlKey: true });
    press("m", { metaKey: true });
    press("ArrowLeft", { altKey: true });
    expect(listening.calls).toEqual([]);
    expect(screen.queryByRole("list", { name: "People" })).toBeNull();
  });
});
