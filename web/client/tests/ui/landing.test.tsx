import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { button, click, openPage, settle } from "./open";

describe("the start page", () => {
  it("begins to listen inside the click, before anything is awaited", async () => {
    const { listening, listened } = await openPage("/");
    click("Listen now");
    // No await in between: a browser unlocks sound only for what the click itself calls.
    expect(listened).toEqual(["demo "]);
    expect(listening.calls).toEqual(["join true"]);
    expect(location.pathname).toBe("/r/demo");
    await settle();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Friday night");
  });

  it("asks for the demo room again when the first answer never came", async () => {
    const { server, listened } = await openPage("/", "wide", (all) => all.server.refusing.set("instance", { code: "down", reason: "Down" }));
    server.refusing.clear();
    click("Listen now");
    await settle();
    expect(listened).toEqual(["demo "]);
  });

  it("plays my own music where there is no demo room", async () => {
    const { listened } = await openPage("/", "wide", ({ server }) => {
      server.facts = { ...server.facts, demo_room: null };
    });
    click("Listen now");
    await settle();
    expect(listened).toEqual(["mine "]);
  });

  it("starts a room under the name typed and goes inside with its invite", async () => {
    const { server, listened, listening } = await openPage("/");
    fireEvent.input(screen.getByLabelText("Name of the room"), { target: { value: " Band practice " } });
    fireEvent.submit(screen.getByLabelText("Name of the room").closest("form")!);
    await settle();
    expect(server.calls).toContain("createRoom Band practice");
    expect(listened).toEqual(["fresh inv"]);
    expect(listening.calls).toEqual(["join true"]);
    expect(location.pathname + location.search).toBe("/r/fresh?i=inv");
  });

  it("says why a room could not be made and stays", async () => {
    const { listened } = await openPage("/", "wide", ({ server }) => {
      server.refusing.set("createRoom", { code: "too-many", reason: "You made many rooms today." });
    });
    fireEvent.submit(screen.getByLabelText("Name of the room").closest("form")!);
    await settle();
    expect(screen.getByRole("alert").textContent).toBe("You made many rooms today.");
    expect(listened).toEqual([]);
    expect(button("Start a room").disabled).toBe(false);
  });

  it("offers no new room where strangers may not make one", async () => {
    await openPage("/", "wide", ({ server }) => {
      server.facts = { ...server.facts, may_create_rooms: false };
    });
    expect(screen.queryByRole("button", { name: "Start a room" })).toBeNull();
  });

  it("leads to my rooms without loading the page anew", async () => {
    await openPage("/", "wide", ({ server }) => {
      server.cards = [{ room: "band", name: "Band practice", is_private: true, is_listed: false }];
    });
    fireEvent.click(screen.getByRole("link", { name: /Band practice/ }));
    await settle();
    expect(location.pathname).toBe("/r/band");
    expect(button("Join with sound")).toBeTruthy();
  });
});
