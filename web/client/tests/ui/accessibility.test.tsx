import { fireEvent, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it } from "vitest";
import { chainSettings } from "../../src/effects/settings";

import { brokenRules, change, click, openPage, openRoom, press, settle } from "./open";

beforeEach(() => {
  // What index.html brings along.
  document.documentElement.lang = "en";
  document.title = "Hathor";
});

describe("axe finds nothing", () => {
  it("on the start page", async () => {
    await openPage("/", "wide", ({ server }) => {
      server.cards = [{ room: "a", name: "Band practice", is_private: false, is_listed: true }];
    });
    expect(await brokenRules()).toEqual([]);
  });

  it("at the door of a room", async () => {
    await openPage("/r/demo?i=x");
    expect(await brokenRules()).toEqual([]);
  });

  it("at a closed door", async () => {
    await openPage("/r/demo", "wide", ({ server }) => server.refusing.set("glance", { code: "invite-expired", reason: "Expired" }));
    expect(await brokenRules()).toEqual([]);
  });

  for (const width of ["wide", "medium", "phone"] as const) {
    it(`in a room on a ${width} page`, async () => {
      await openRoom(width);
      expect(await brokenRules()).toEqual([]);
    });
  }

  for (const tab of ["Queue", "Library", "People"]) {
    it(`on the ${tab} tab of a phone`, async () => {
      await openRoom("phone");
      fireEvent.click(screen.getByRole("tab", { name: tab }));
      await settle();
      expect(await brokenRules()).toEqual([]);
    });
  }

  it("in an empty room of a guest without rights", async () => {
    await openRoom("wide", ({ listening }) => {
      listening.queue.set([]);
      listening.transport.set({ status: "empty", entry: null, track: null, length: 0, next: null, ratePermille: 1000, pitchCents: 0, keepsFormants: false });
      listening.room.set({ room: "demo", name: "Friday night", role: "guest", may: new Set(), hasSound: false });
    });
    expect(await brokenRules()).toEqual([]);
  });

  it("while reconnecting, with notices, on loose sync", async () => {
    const { listening } = await openRoom();
    change(() => {
      listening.link.set({ state: "offline", code: "", reason: "" });
      listening.saved.set({ state: "offline", waiting: 3 });
      listening.notices.set([{ id: 1, kind: "refused", times: 1, text: "Only hosts may skip." }]);
      listening.sync.set({ ...listening.sync.get(), state: "loose", words: "Loose sync" });
    });
    expect(await brokenRules()).toEqual([]);
  });

  it("with a row's menu, the sync details and the theme menu open", async () => {
    await openRoom();
    fireEvent.click(screen.getAllByRole("button", { name: "More actions" })[1]!);
    expect(await brokenRules()).toEqual([]);
    press("Escape");
    click("Sync: In step · 1.2 ms");
    click("Theme");
    expect(await brokenRules()).toEqual([]);
  });

  it("with the vibe open and every effect on", async () => {
    const { listening } = await openRoom();
    change(() => listening.ownVibe.set({ effects: chainSettings({ equalizer: {}, drive: {}, compressor: {}, echo: {}, reverb: {} }), isBypassed: false }));
    press("v");
    expect(screen.getByRole("dialog", { name: "Vibe" })).toBeTruthy();
    expect(await brokenRules()).toEqual([]);
    fireEvent.click(screen.getByRole("radio", { name: "The room" }));
    expect(await brokenRules()).toEqual([]);
  });

  for (const name of ["Invite", "Room settings", "Keys"]) {
    it(`in the dialog "${name}"`, async () => {
      await openRoom();
      click(name);
      await settle();
      expect(screen.getByRole("dialog")).toBeTruthy();
      expect(await brokenRules()).toEqual([]);
    });
  }
});
