import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";

import { change, click, openRoom, press, rowsOf, settle, titlesOf } from "./open";

const menuOf = (index: number) => fireEvent.click(screen.getAllByRole("button", { name: "More actions" })[index]!);
const choose = (name: string) => fireEvent.click(screen.getByRole("menuitem", { name }));

describe("the queue", () => {
  it("shows now, next and later, and folds the past away", async () => {
    await openRoom();
    expect(titlesOf("Queue")).toEqual(["Low Tide Signal", "Paper Lanterns", "Northern Line", "Slow Copper"]);
    expect(screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent)).toEqual(
      expect.arrayContaining(["Now", "Next", "Later 2"]),
    );
    expect(screen.queryByRole("list", { name: "History" })).toBeNull();
    click("History 1");
    expect(titlesOf("History")).toEqual(["Amber Stairwell"]);
  });

  it("moves rows with Alt and the arrow keys and keeps the focus on them", async () => {
    const { listening } = await openRoom();
    rowsOf("Queue")[3]!.focus();
    press("ArrowUp", { altKey: true });
    press("ArrowUp", { altKey: true });
    press("ArrowUp", { altKey: true });
    expect(listening.calls).toEqual(["move e4 e3", "move e4 e2"]);
    expect(titlesOf("Queue")).toEqual(["Low Tide Signal", "Slow Copper", "Paper Lanterns", "Northern Line"]);
    expect(document.activeElement).toBe(rowsOf("Queue")[1]);
    expect(screen.getByRole("status", { name: "What I did" }).textContent).toBe("Already the next track");
    press("ArrowDown", { altKey: true });
    expect(listening.calls.at(-1)).toBe("move e4 e3");
    expect(screen.getByRole("status", { name: "What I did" }).textContent).toBe("Moved Slow Copper to 2 of 3");
  });

  it("moves and removes by buttons in the row's menu", async () => {
    const { listening } = await openRoom();
    menuOf(1);
    choose("Move down");
    menuOf(3);
    choose("Move up");
    menuOf(3);
    choose("Move to the top");
    menuOf(2);
    choose("Remove");
    expect(listening.calls).toEqual(["move e2 e4", "move e4 e2", "move e2 e3", "remove e3"]);
    expect(screen.queryByRole("menu")).toBeNull();
  });

  it("bars moving the last row down and says so to assistive tools", async () => {
    const { listening } = await openRoom();
    menuOf(3);
    expect(screen.getByRole("menuitem", { name: "Move down" }).getAttribute("aria-disabled")).toBe("true");
    choose("Move down");
    expect(listening.calls).toEqual([]);
  });

  it("walks its menu by keyboard and gives the focus back on Escape", async () => {
    await openRoom();
    menuOf(2);
    expect(document.activeElement).toBe(screen.getByRole("menuitem", { name: "Play now" }));
    press("ArrowDown");
    expect(document.activeElement).toBe(screen.getByRole("menuitem", { name: "Move up" }));
    press("End");
    expect(document.activeElement).toBe(screen.getByRole("menuitem", { name: "Remove" }));
    press("Escape");
    expect(document.activeElement).toBe(screen.getAllByRole("button", { name: "More actions" })[2]);
  });

  it("removes with Del, hands the focus to the row in its place, and takes it back", async () => {
    const { listening } = await openRoom();
    rowsOf("Queue")[2]!.focus();
    press("Delete");
    expect(titlesOf("Queue")).toEqual(["Low Tide Signal", "Paper Lanterns", "Slow Copper"]);
    expect(screen.getByText("Removed Northern Line", { selector: ".snackbar span" })).toBeTruthy();
    expect(document.activeElement).toBe(rowsOf("Queue")[2]);
    click("Undo");
    expect(titlesOf("Queue")).toEqual(["Low Tide Signal", "Paper Lanterns", "Northern Line", "Slow Copper"]);
    expect(listening.calls).toEqual(["remove e3", "undo"]);
  });

  it("undoes with Ctrl+Z and with Cmd+Z", async () => {
    const { listening } = await openRoom();
    rowsOf("Queue")[2]!.focus();
    press("Delete");
    press("Delete");
    press("z", { ctrlKey: true });
    press("z", { metaKey: true });
    expect(listening.calls).toEqual(["remove e3", "remove e4", "undo", "undo"]);
    press("z", { ctrlKey: true });
    expect(listening.calls).toHaveLength(4);
    expect(screen.getByRole("status", { name: "What I did" }).textContent).toBe("Nothing to undo");
  });

  it("keeps the focus where it is when others move and add rows", async () => {
    const { listening } = await openRoom();
    rowsOf("Queue")[3]!.focus();
    const rows = listening.queue.get();
    change(() => listening.others([rows[0]!, rows[1]!, rows[4]!, rows[3]!, rows[2]!]));
    expect(titlesOf("Queue")[1]).toBe("Slow Copper");
    expect(document.activeElement?.textContent).toContain("Slow Copper");
  });

  it("neither moves nor removes what is not mine to edit", async () => {
    const { listening } = await openRoom("wide", (all) => {
      all.listening.queue.set(all.listening.queue.get().map((row) => ({ ...row, mayEdit: false })));
    });
    rowsOf("Queue")[2]!.focus();
    press("Delete");
    press("ArrowUp", { altKey: true });
    expect(listening.calls).toEqual([]);
    expect(document.querySelector(".row-grip .icon")).toBeNull();
    menuOf(2);
    expect(screen.getByRole("menuitem", { name: "Remove" }).getAttribute("aria-disabled")).toBe("true");
  });

  it("plays a row now, and adds a past one again", async () => {
    const { listening } = await openRoom();
    menuOf(2);
    choose("Play now");
    expect(listening.calls).toEqual(["playEntry e3"]);
    click("History 3");
    menuOf(0);
    choose("Add again");
    expect(listening.calls.at(-1)).toBe("add t0 end");
  });

  it("is one stop for the Tab key, and the arrow keys walk its rows", async () => {
    await openRoom();
    const stops = () => rowsOf("Queue").map((row) => row.tabIndex);
    expect(stops()).toEqual([0, -1, -1, -1]);
    rowsOf("Queue")[0]!.focus();
    press("ArrowDown");
    press("ArrowDown");
    expect(document.activeElement).toBe(rowsOf("Queue")[2]);
    expect(stops()).toEqual([-1, -1, 0, -1]);
    press("Enter");
    expect(screen.getByRole("menu")).toBeTruthy();
  });

  it("says what to do when it is empty", async () => {
    await openRoom("wide", ({ listening }) => listening.queue.set([]));
    expect(screen.getByText("Nothing is queued. The first track starts the room.")).toBeTruthy();
    fireEvent.click(screen.getAllByRole("button", { name: "Find music" })[0]!);
    await settle();
    expect(document.activeElement).toBe(screen.getByRole("searchbox"));
  });
});

describe("dragging a row", () => {
  const layOut = () => {
    for (const [index, row] of rowsOf("Queue").entries()) {
      const inner = row.querySelector<HTMLElement>(".row")!;
      inner.getBoundingClientRect = () => new DOMRect(0, 100 + index * 50, 300, 50);
    }
    const area = document.querySelector<HTMLElement>(".queue")!;
    area.getBoundingClientRect = () => new DOMRect(0, 0, 300, 800);
    const row = rowsOf("Queue")[3]!.querySelector<HTMLElement>(".row")!;
    row.setPointerCapture = () => undefined;
    return row.querySelector<HTMLElement>(".row-grip")!;
  };

  it("drops it where the line shows", async () => {
    const { listening } = await openRoom();
    const grip = layOut();
    fireEvent.pointerDown(grip, { clientY: 275, button: 0, pointerId: 1 });
    fireEvent.pointerMove(grip, { clientY: 272, pointerId: 1 });
    expect(rowsOf("Queue")[3]!.hasAttribute("data-dragging")).toBe(false);
    fireEvent.pointerMove(grip, { clientY: 160, pointerId: 1 });
    expect(rowsOf("Queue")[3]!.hasAttribute("data-dragging")).toBe(true);
    const line = document.querySelector<HTMLElement>(".drop-line")!;
    expect(line.hasAttribute("data-shown")).toBe(true);
    expect(line.style.getPropertyValue("--at")).toBe("150px");
    fireEvent.pointerUp(grip, { pointerId: 1 });
    expect(listening.calls).toEqual(["move e4 e2"]);
    expect(line.hasAttribute("data-shown")).toBe(false);
    expect(document.querySelector("[data-dragging]")).toBeNull();
  });

  it("does nothing on the row's own place, on Escape, or when the browser takes the pointer", async () => {
    const { listening } = await openRoom();
    const grip = layOut();
    fireEvent.pointerDown(grip, { clientY: 275, button: 0, pointerId: 1 });
    fireEvent.pointerMove(grip, { clientY: 290, pointerId: 1 });
    fireEvent.pointerUp(grip, { pointerId: 1 });
    fireEvent.pointerDown(grip, { clientY: 275, button: 0, pointerId: 1 });
    fireEvent.pointerMove(grip, { clientY: 160, pointerId: 1 });
    press("Escape");
    fireEvent.pointerUp(grip, { pointerId: 1 });
    fireEvent.pointerDown(grip, { clientY: 275, button: 0, pointerId: 1 });
    fireEvent.pointerMove(grip, { clientY: 160, pointerId: 1 });
    fireEvent.pointerCancel(grip, { pointerId: 1 });
    expect(listening.calls).toEqual([]);
  });

  it.each([
    ["mouse", ".row-title", ["move e4 e2"]],
    ["mouse", ".row-actions button", []],
    ["touch", ".row-title", []],
    ["touch", ".row-grip", ["move e4 e2"]],
  ])("a %s on %s", async (pointerType, part, calls) => {
    const { listening } = await openRoom();
    const held = layOut().closest(".row")!.querySelector(part)!;
    fireEvent.pointerDown(held, { clientY: 275, button: 0, pointerId: 1, pointerType });
    fireEvent.pointerMove(held, { clientY: 160, pointerId: 1, pointerType });
    fireEvent.pointerUp(held, { pointerId: 1, pointerType });
    expect(listening.calls).toEqual(calls);
  });

  it("never lands above what plays", async () => {
    const { listening } = await openRoom();
    const grip = layOut();
    fireEvent.pointerDown(grip, { clientY: 275, button: 0, pointerId: 1 });
    fireEvent.pointerMove(grip, { clientY: 20, pointerId: 1 });
    fireEvent.pointerUp(grip, { pointerId: 1 });
    expect(listening.calls).toEqual(["move e4 e2"]);
  });
});

describe("a long queue", () => {
  // Looking rows up by role takes seconds in a simulated page: the elements are enough here.
  const items = () => [...document.querySelectorAll<HTMLElement>('ol[aria-label="Queue"] > li')];

  it("arrives in portions, and keeps every row in place that stays when one goes", async () => {
    const { listening } = await openRoom("wide", (all) => {
      const [row] = all.listening.queue.get();
      all.listening.others(Array.from({ length: 130 }, (_, index) => ({ ...row!, entry: `n${index}`, track: `t${index % 5}` })));
    });
    expect(items().length).toBeGreaterThan(50);
    await vi.waitFor(async () => {
      await settle(20);
      expect(items()).toHaveLength(130);
    }, 10_000);
    const kept = items()[100]!.querySelector(".row");
    change(() => listening.others(listening.queue.get().filter((row) => row.entry !== "n5")));
    expect(items()).toHaveLength(129);
    expect(items()[99]!.querySelector(".row")).toBe(kept);
  }, 20_000);
});
