import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { trackOf } from "./fakeServer";
import { change, click, openPage, settle } from "./open";

describe("the door of a room", () => {
  it("shows what plays inside and who is there", async () => {
    await openPage("/r/demo?i=x", "wide", ({ server }) => {
      server.tracks = [trackOf("t9", "Undertow", "Sable Arc")];
      server.inside = { ...server.inside, track: "t9", is_playing: true, participants: 5, listeners: 4, people: ["Ada", "Ben", "Cleo", "Dan", "Eve"] };
    });
    await settle(30);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Friday night");
    expect(screen.getByText("Ada, Ben, Cleo and 2 others are inside · 4 listening")).toBeTruthy();
    expect(screen.getByText("Playing: Undertow, Sable Arc")).toBeTruthy();
  });

  it("counts a single person in the singular", async () => {
    await openPage("/r/demo", "wide", ({ server }) => {
      server.inside = { ...server.inside, participants: 1, listeners: 0, people: ["Ada"] };
    });
    expect(screen.getByText("Ada is inside")).toBeTruthy();
  });

  it("joins with sound inside the click, with the invite of the link", async () => {
    const { listened, listening } = await openPage("/r/demo?i=secret");
    click("Join with sound");
    expect(listened).toEqual(["demo secret"]);
    expect(listening.calls).toEqual(["join true"]);
  });

  it("joins muted", async () => {
    const { listening } = await openPage("/r/demo");
    click("Join muted");
    expect(listening.calls).toEqual(["join false"]);
  });

  it("takes a new nickname along, and leaves an unchanged one alone", async () => {
    const { listening } = await openPage("/r/demo");
    expect(screen.getByLabelText<HTMLInputElement>("Your name").value).toBe("Mira");
    fireEvent.input(screen.getByLabelText("Your name"), { target: { value: "Zoe" } });
    click("Join with sound");
    await settle();
    expect(listening.calls).toEqual(["join true", "rename Zoe"]);
  });

  it.each([
    ["unknown-room", "There is no such room"],
    ["invite-expired", "This link has expired"],
    ["invite-required", "This room is by invitation"],
    ["kicked", "The host asked you to leave"],
    ["room-full", "The room is full"],
    ["something-new", "You cannot enter this room"],
  ])("explains the refusal %s and shows a way out", async (code, title) => {
    await openPage("/r/demo", "wide", ({ server }) => server.refusing.set("glance", { code, reason: "No." }));
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(title);
    click("Go to the start page");
    await settle();
    expect(location.pathname).toBe("/");
    expect(screen.getByRole("button", { name: "Listen now" })).toBeTruthy();
  });

  it("tries again on request", async () => {
    const { server } = await openPage("/r/demo", "wide", (all) => all.server.refusing.set("glance", { code: "room-full", reason: "Full" }));
    server.refusing.clear();
    click("Try again");
    await settle();
    expect(screen.getByRole("button", { name: "Join with sound" })).toBeTruthy();
  });

  it("explains a join that the server refuses, and closes the engine", async () => {
    const { listening } = await openPage("/r/demo", "wide", (all) => {
      all.listening.joining = Promise.reject(Object.assign(new Error("no"), { code: "room-full", reason: "Full" }));
      all.listening.joining.catch(() => undefined);
    });
    click("Join with sound");
    await settle();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("The room is full");
    expect(listening.calls).toContain("close");
  });

  it("shows that the host removed me, in the middle of listening", async () => {
    const { listening } = await openPage("/r/demo");
    click("Join with sound");
    await settle();
    change(() => listening.link.set({ state: "refused", code: "kicked", reason: "Kicked" }));
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("The host asked you to leave");
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });

  it("knows no such page", async () => {
    await openPage("/somewhere/else");
    expect(screen.getByRole("button", { name: "Go to the start page" })).toBeTruthy();
  });
});
