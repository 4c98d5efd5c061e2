import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { button, change, click, openRoom, press, rowsOf, settle, titlesOf } from "./open";

const openPeople = async (prepare?: Parameters<typeof openRoom>[1]) => {
  const opened = await openRoom("wide", prepare);
  fireEvent.click(screen.getByRole("tab", { name: "People" }));
  return opened;
};

describe("the people", () => {
  it("are listed with role, step and a mark on me", async () => {
    await openPeople();
    expect(titlesOf("People")).toEqual(["Mirayouhost", "Benmember", "Jo"]);
    const states = rowsOf("People").map((row) => row.querySelector(".person-state")?.textContent);
    expect(states).toEqual(["In step · 2.0 ms", "In step · 23 ms", "Controls only, no sound"]);
    const rings = rowsOf("People").map((row) => row.querySelector<HTMLElement>(".avatar")?.dataset.quality);
    expect(rings).toEqual(["good", "fair", "silent"]);
  });

  it("are told as coarse when their browsers are, and so am I", async () => {
    const { listening } = await openPeople();
    change(() => listening.people.set(listening.people.get().map((person) => ({ ...person, isCoarse: true }))));
    const states = rowsOf("People").map((row) => row.querySelector(".person-state")?.textContent);
    expect(states).toEqual(["In step, coarsely", "In step, coarsely", "Controls only, no sound"]);
    const rings = rowsOf("People").map((row) => row.querySelector<HTMLElement>(".avatar")?.dataset.quality);
    expect(rings).toEqual(["fair", "fair", "silent"]);
  });

  it("are unknown, not gone, while the server is away", async () => {
    const { listening } = await openPeople();
    change(() => listening.people.set([]));
    expect(screen.getByText("Nobody is here yet.")).toBeTruthy();
    change(() => listening.link.set({ state: "offline", code: "", reason: "" }));
    expect(screen.getByText("Who is here shows again when the server is back.")).toBeTruthy();
  });

  it("are removed by a host in two steps, never by one slip", async () => {
    const { server } = await openPeople();
    click("Remove Ben from the room");
    expect(server.calls.filter((call) => call.startsWith("kick"))).toEqual([]);
    click("Remove");
    await settle();
    expect(server.calls).toContain("kick demo p-Ben");
  });

  it("stay when the host thinks better of it", async () => {
    const { server } = await openPeople();
    click("Remove Ben from the room");
    click("Keep");
    expect(button("Remove Ben from the room")).toBeTruthy();
    expect(server.calls.some((call) => call.startsWith("kick"))).toBe(false);
  });

  it("stay when the server refuses, and the host hears why", async () => {
    await openPeople(({ server }) => server.refusing.set("kick", { code: "too-many", reason: "Slow down." }));
    click("Remove Ben from the room");
    click("Remove");
    await settle();
    expect(screen.getByText("Slow down.")).toBeTruthy();
  });

  it("cannot be removed by guests, nor can I remove myself", async () => {
    await openPeople(({ listening }) => listening.room.set({ ...listening.room.get()!, may: new Set(["add"]) }));
    expect(screen.queryByRole("button", { name: /from the room/ })).toBeNull();
  });

  it("rename themselves in place", async () => {
    const { listening } = await openPeople();
    click("Change my name");
    const field = screen.getByLabelText("My name");
    fireEvent.input(field, { target: { value: "Zoe" } });
    fireEvent.submit(field.closest("form")!);
    await settle();
    expect(listening.calls).toEqual(["rename Zoe"]);
    expect(screen.queryByLabelText("My name")).toBeNull();
  });

  it("hear why a name is refused", async () => {
    const { listening } = await openPeople();
    listening.rename = () => Promise.reject(Object.assign(new Error("no"), { code: "bad-name", reason: "That name is too odd." }));
    click("Change my name");
    fireEvent.input(screen.getByLabelText("My name"), { target: { value: "???" } });
    fireEvent.submit(screen.getByLabelText("My name").closest("form")!);
    await settle();
    expect(screen.getByRole("alert").textContent).toBe("That name is too odd.");
    screen.getByLabelText("My name").focus();
    press("Escape");
    expect(screen.queryByLabelText("My name")).toBeNull();
  });
});
