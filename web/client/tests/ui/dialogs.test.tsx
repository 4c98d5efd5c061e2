import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { button, click, openRoom, press, settle } from "./open";

describe("the invitation", () => {
  const open = async (prepare?: Parameters<typeof openRoom>[1]) => {
    const opened = await openRoom("wide", prepare);
    click("Invite");
    await settle();
    return opened;
  };
  const link = () => screen.getByLabelText<HTMLInputElement>("Link to this room").value;

  it("shows the link and its picture", async () => {
    await open();
    expect(link()).toBe("http://localhost/r/demo?i=t0");
    expect(screen.getByRole<HTMLImageElement>("img", { name: /QR code/ }).getAttribute("src")).toBe("/api/rooms/demo/qr.svg?i=t0");
  });

  it("copies the link, and says how to do it by hand where the browser refuses", async () => {
    await open();
    const copied: string[] = [];
    Object.defineProperty(navigator, "clipboard", {
      configurable: true,
      value: { writeText: (text: string) => (copied.push(text) > 1 ? Promise.reject(new Error("denied")) : Promise.resolve()) },
    });
    click("Copy link");
    await settle();
    expect(copied).toEqual(["http://localhost/r/demo?i=t0"]);
    expect(screen.getByText("Copied")).toBeTruthy();
    click("Copy link");
    await settle();
    expect(screen.getByText(/copy it by hand/)).toBeTruthy();
  });

  it("makes a new link and says that the old one ended", async () => {
    await open();
    click("Make a new link");
    await settle();
    expect(link()).toBe("http://localhost/r/demo?i=t1");
    expect(screen.getByText("A new link: the old one no longer works")).toBeTruthy();
  });

  it("passes on the link that let me in where I may make none", async () => {
    const { server } = await open(({ listening }) => listening.room.set({ ...listening.room.get()!, may: new Set() }));
    expect(link()).toMatch(/\/r\/demo$/);
    expect(server.calls).not.toContain("invite");
    expect(screen.queryByRole("button", { name: "Make a new link" })).toBeNull();
  });

  it("gives the focus back to the button that opened it", async () => {
    await openRoom();
    button("Invite").focus();
    click("Invite");
    await settle();
    click("Close");
    await settle();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(button("Invite"));
  });
});

describe("the room settings", () => {
  const open = async (prepare?: Parameters<typeof openRoom>[1]) => {
    const opened = await openRoom("wide", prepare);
    click("Room settings");
    await settle();
    return opened;
  };
  const toggle = (name: string) => screen.getByRole<HTMLInputElement>("switch", { name });

  it("lets nobody change what is not known yet", async () => {
    const { server } = await openRoom();
    server.refusing.set("glance", { code: "unreachable", reason: "Away" });
    click("Room settings");
    await settle();
    expect(toggle("Guests may edit the whole queue").disabled).toBe(true);
  });

  it("show what holds now and change it at once", async () => {
    const { server } = await open();
    expect(toggle("Guests may control playback").checked).toBe(true);
    expect(toggle("Guests may edit the whole queue").checked).toBe(false);
    fireEvent.click(toggle("Guests may edit the whole queue"));
    await settle();
    expect(server.calls).toContain('configure demo {"guests_edit":true}');
    expect(screen.getAllByText("Saved")).toHaveLength(2);
  });

  it("rename the room", async () => {
    const { server } = await open();
    const field = screen.getByLabelText("Name of the room");
    fireEvent.input(field, { target: { value: "Kitchen" } });
    fireEvent.submit(field.closest("form")!);
    await settle();
    expect(server.calls).toContain('configure demo {"name":"Kitchen"}');
  });

  it("go back to the truth when the server refuses", async () => {
    const { server } = await open();
    server.refusing.set("configure", { code: "not-permitted", reason: "Hosts only." });
    fireEvent.click(toggle("Guests may control playback"));
    await settle();
    expect(screen.getByText("Hosts only.")).toBeTruthy();
    expect(toggle("Guests may control playback").checked).toBe(true);
  });

  it("are not offered to those who may not change them", async () => {
    await openRoom("wide", ({ listening }) => listening.room.set({ ...listening.room.get()!, may: new Set() }));
    expect(screen.queryByRole("button", { name: "Room settings" })).toBeNull();
  });
});

describe("the page of keys", () => {
  it("switches single keys off", async () => {
    const { listening, preferences } = await openRoom();
    press("?");
    fireEvent.click(screen.getByRole("switch", { name: "Single-key shortcuts" }));
    expect(preferences.choices.get().singleKeys).toBe(false);
    click("Close");
    await settle();
    press("m");
    press(" ");
    expect(listening.calls).toEqual([]);
  });
});
