import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { trackOf } from "./fakeServer";
import { openRoom, press, rowsOf, settle, titlesOf } from "./open";

const field = () => screen.getByRole<HTMLInputElement>("searchbox", { name: "Search the library" });
const type = async (text: string) => {
  fireEvent.input(field(), { target: { value: text } });
  await settle(150);
};

describe("the library", () => {
  it("lists everything before anybody types", async () => {
    await openRoom();
    expect(titlesOf("Search results")).toHaveLength(5);
    expect(screen.getByText("5 tracks in the library")).toBeTruthy();
  });

  it("searches while typing, asking once for what was typed quickly", async () => {
    const { server } = await openRoom();
    server.calls.length = 0;
    fireEvent.input(field(), { target: { value: "n" } });
    fireEvent.input(field(), { target: { value: "no" } });
    await type("nor");
    expect(server.calls).toEqual(["search nor 0"]);
    expect(titlesOf("Search results")).toEqual(["Northern Line"]);
    expect(screen.getByText("1 track for “nor”")).toBeTruthy();
  });

  it("adds with buttons of stable names that are told apart by the title", async () => {
    const { listening } = await openRoom();
    const row = rowsOf("Search results")[2]!;
    const add = within(row).getByRole("button", { name: "Add to queue" });
    expect(document.getElementById(add.getAttribute("aria-describedby")!)?.textContent).toBe("Paper Lanterns");
    fireEvent.click(add);
    fireEvent.click(within(row).getByRole("button", { name: "Play next" }));
    expect(listening.calls).toEqual(["add t2 end", "add t2 next"]);
    expect(screen.getByRole("status", { name: "What I did" }).textContent).toBe("Paper Lanterns plays next");
  });

  it("adds the first result on Enter and plays it next on Shift+Enter", async () => {
    const { listening } = await openRoom();
    field().focus();
    await type("slow");
    press("Enter");
    press("Enter", { shiftKey: true });
    expect(listening.calls).toEqual(["add t4 end", "add t4 next"]);
  });

  it("does not add an old result for a word that is still being looked up", async () => {
    const { listening } = await openRoom();
    field().focus();
    fireEvent.input(field(), { target: { value: "slow" } });
    press("Enter");
    expect(listening.calls).toEqual([]);
  });

  it("walks from the field through the results and back", async () => {
    await openRoom();
    field().focus();
    press("ArrowDown");
    press("ArrowDown");
    expect(rowsOf("Search results")[1]!.contains(document.activeElement)).toBe(true);
    press("ArrowUp");
    press("ArrowUp");
    expect(document.activeElement).toBe(field());
  });

  it("clears on Escape", async () => {
    await openRoom();
    field().focus();
    await type("slow");
    press("Escape");
    await settle(150);
    expect(field().value).toBe("");
    expect(titlesOf("Search results")).toHaveLength(5);
  });

  it("says that nothing was found, and what to try", async () => {
    await openRoom();
    await type("zzz");
    expect(screen.getByText("Nothing found for “zzz”")).toBeTruthy();
    expect(screen.getByText("Try fewer letters, or only the artist.")).toBeTruthy();
  });

  it("says why it failed and tries again", async () => {
    const { server } = await openRoom();
    server.refusing.set("search", { code: "overloaded", reason: "Busy right now." });
    await type("slow");
    expect(screen.getByText("Busy right now.")).toBeTruthy();
    server.refusing.clear();
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await settle();
    expect(titlesOf("Search results")).toEqual(["Slow Copper"]);
  });

  it("shows more of a long answer on request", async () => {
    await openRoom("wide", ({ server }) => {
      server.tracks = Array.from({ length: 70 }, (_, index) => trackOf(`m${index}`, `Piece ${index}`));
    });
    expect(rowsOf("Search results")).toHaveLength(50);
    fireEvent.click(screen.getByRole("button", { name: "Show more (20 left)" }));
    await settle();
    expect(rowsOf("Search results")).toHaveLength(70);
    expect(screen.queryByRole("button", { name: /Show more/ })).toBeNull();
  });

  it("bars what cannot be played, with the reason", async () => {
    const { listening } = await openRoom("wide", ({ server }) => {
      server.tracks = [trackOf("t8", "Broken Bell", "Sable Arc", { is_available: false, note: "The file is damaged" })];
    });
    const row = rowsOf("Search results")[0]!;
    expect(row.textContent).toContain("The file is damaged");
    fireEvent.click(within(row).getByRole("button", { name: "Add to queue" }));
    expect(listening.calls).toEqual([]);
  });

  it("bars adding for a role that may not", async () => {
    const { listening } = await openRoom("wide", (all) => {
      all.listening.room.set({ ...all.listening.room.get()!, may: new Set(["control"]) });
    });
    fireEvent.click(within(rowsOf("Search results")[0]!).getByRole("button", { name: "Add to queue" }));
    field().focus();
    press("Enter");
    expect(listening.calls).toEqual([]);
  });
});
