import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { button, change, click, openRoom, press, settle } from "./open";

describe("a room", () => {
  it("leaves when another page is opened", async () => {
    const { listening, navigation } = await openRoom();
    change(() => navigation.go("/"));
    await settle();
    expect(listening.calls).toContain("close");
    expect(screen.getByRole("button", { name: "Listen now" })).toBeTruthy();
  });

  it("puts its name into the title of the page", async () => {
    await openRoom();
    expect(document.title).toBe("Friday night · Hathor");
  });

  it.each([
    ["saved", 0, "Saved"],
    ["saving", 1, "Saving…"],
    ["offline", 0, "Offline"],
    ["offline", 1, "Offline, 1 edit waiting"],
    ["offline", 3, "Offline, 3 edits waiting"],
  ] as const)("says about saving: %s with %d waiting", async (state, waiting, words) => {
    const { listening } = await openRoom();
    change(() => listening.saved.set({ state, waiting }));
    expect(screen.getByText(words)).toBeTruthy();
  });

  it("says that it reconnects, only after it has been online", async () => {
    const { listening } = await openRoom("wide", (all) => all.listening.link.set({ state: "connecting", code: "", reason: "" }));
    expect(screen.queryByText(/Reconnecting/)).toBeNull();
    change(() => listening.link.set({ state: "online", code: "", reason: "" }));
    change(() => listening.link.set({ state: "offline", code: "", reason: "" }));
    expect(screen.getByText(/Reconnecting… The music goes on/)).toBeTruthy();
    change(() => listening.sync.set({ ...listening.sync.get(), state: "buffering" }));
    expect(screen.getByText(/Reconnecting… The music waits/)).toBeTruthy();
    change(() => listening.link.set({ state: "online", code: "", reason: "" }));
    expect(screen.queryByText(/Reconnecting/)).toBeNull();
  });

  it("says what is wrong when the server is there and cannot save, with the code to look for", async () => {
    const { listening } = await openRoom();
    change(() => listening.link.set({ state: "offline", code: "storage-full", reason: "The disk is full." }));
    expect(screen.getByText(/The server's disk is full: nothing new can be saved/).textContent).toContain("storage-full");
    change(() => listening.link.set({ state: "offline", code: "lost", reason: "" }));
    expect(screen.queryByText(/disk is full/)).toBeNull();
  });

  it("shows notices until they are put away", async () => {
    const { listening } = await openRoom();
    change(() => listening.notices.set([{ id: 7, kind: "refused", times: 1, text: "Only hosts may skip." }]));
    expect(screen.getByRole("log", { name: "Notices" }).textContent).toBe("Only hosts may skip.");
    change(() => listening.notices.set([{ id: 7, kind: "refused", times: 2, text: "Only hosts may skip." }]));
    expect(screen.getByRole("log", { name: "Notices" }).textContent).toBe("Only hosts may skip.×2, 2 times");
    click("Dismiss");
    expect(listening.calls).toContain("dismiss 7");
    expect(screen.queryByText("Only hosts may skip.")).toBeNull();
  });

  it("turns sound on for somebody who joined muted", async () => {
    const { listening } = await openRoom("wide", (all) => {
      all.listening.join = (sound) => {
        all.listening.calls.push(`join ${sound}`);
        return Promise.resolve();
      };
      all.listening.room.set({ ...all.listening.room.get()!, hasSound: false });
    });
    click("Turn sound on");
    expect(listening.calls).toEqual(["join true"]);
  });

  it("tells how to tighten loose sync and links to the secure page of the same room", async () => {
    const { listening } = await openRoom();
    change(() => listening.sync.set({ ...listening.sync.get(), state: "loose" }));
    expect(button("Sync: Loose sync").dataset.quality).toBe("fair");
    click("Tighten sync");
    expect(screen.getByRole("link", { name: "Open the secure page" }).getAttribute("href")).toBe("https://hathor.test:8443/r/demo");
  });

  it("changes its theme and remembers it on the page", async () => {
    await openRoom();
    click("Theme");
    fireEvent.click(screen.getByRole("radio", { name: "Light" }));
    expect(document.documentElement.dataset.theme).toBe("light");
    press("Escape");
    expect(screen.queryByRole("radio", { name: "Light" })).toBeNull();
    expect(document.activeElement).toBe(button("Theme"));
  });

  it("speaks of what others change, once a second at most, and not of what I do", async () => {
    const { listening } = await openRoom();
    await settle(1_100);
    const news = () => screen.getByRole("status", { name: "What others did" }).textContent;
    const row = listening.queue.get()[3]!;
    change(() => listening.others([...listening.queue.get(), { ...row, entry: "x1", track: "t0", addedByName: "Ben" }]));
    change(() => listening.others([...listening.queue.get(), { ...row, entry: "x2", track: "t1", addedByName: "Ben" }]));
    expect(news()).toBe("");
    await settle(1_100);
    expect(news()).toBe("Ben added Amber Stairwell and 1 more");
  });
});

describe("the phone", () => {
  it("shows one panel at a time, with the player above the tabs elsewhere", async () => {
    const { listening } = await openRoom("phone");
    expect(screen.getByRole("slider", { name: "Seek" })).toBeTruthy();
    fireEvent.click(screen.getByRole("tab", { name: "Queue" }));
    expect(screen.queryByRole("slider", { name: "Seek" })).toBeNull();
    expect(screen.getByRole("list", { name: "Queue" })).toBeTruthy();
    click("Pause");
    expect(listening.calls).toEqual(["pause"]);
    fireEvent.click(screen.getByRole("button", { name: /Show the player/ }));
    expect(screen.getByRole("slider", { name: "Seek" })).toBeTruthy();
  });

  it("walks through its tabs with the arrow keys", async () => {
    await openRoom("phone");
    screen.getByRole("tab", { name: "Now" }).focus();
    press("ArrowLeft");
    expect(screen.getByRole("tab", { name: "People" }).getAttribute("aria-selected")).toBe("true");
    press("Home");
    expect(screen.getByRole("tab", { name: "Now" })).toBe(document.activeElement);
  });

  it("reaches the page of keys from the theme menu", async () => {
    await openRoom("phone");
    click("Theme");
    click("Keys");
    expect(screen.getByRole("dialog", { name: "Keys" })).toBeTruthy();
  });
});

describe("the middle width", () => {
  it("folds the library away and opens it over the stage", async () => {
    await openRoom("medium");
    expect(screen.queryByRole("searchbox")).toBeNull();
    click("Library");
    await settle();
    expect(document.activeElement).toBe(screen.getByRole("searchbox", { name: "Search the library" }));
    click("Library");
    expect(screen.queryByRole("searchbox")).toBeNull();
  });
});
