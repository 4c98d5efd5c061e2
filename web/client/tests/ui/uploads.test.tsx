import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";

import { brokenRules, change, click, openRoom, settle, type Opened } from "./open";

const fileOf = (name: string, size = 100) => new File([new Uint8Array(size)], name, { type: "audio/flac" });
const rows = () => within(screen.getByRole("list", { name: "Uploads" })).getAllByRole("listitem");
const words = () => rows().map((row) => row.querySelector(".upload-state")?.textContent);
const chooser = () => screen.getByLabelText<HTMLInputElement>("Music files to upload");

async function openUploading(): Promise<Opened> {
  return openRoom("wide", ({ server }) => (server.facts = { ...server.facts, may_upload: true }));
}

/** As the browser names it: the testing library capitalises events whose handlers the simulated page does not know. */
function fire(element: Element, name: string, more: Readonly<Record<string, unknown>>): void {
  element.dispatchEvent(Object.assign(new Event(name, { bubbles: true, cancelable: true }), more));
}

async function choose(...files: readonly File[]): Promise<void> {
  Object.defineProperty(chooser(), "files", { value: files, configurable: true });
  fire(chooser(), "change", {});
  await settle();
}

describe("uploading", () => {
  it("is not offered to those who may not", async () => {
    await openRoom();
    expect(screen.queryByRole("button", { name: "Upload music" })).toBeNull();
  });

  it("sends files one after the other, tells how far each is, and finds what is new", async () => {
    const { server } = await openUploading();
    await choose(fileOf("a.flac"), fileOf("b.flac"));
    expect(words()).toEqual(["0 % sent", "Waiting"]);
    change(() => server.uploads.get("a.flac")!.tell(42));
    expect(words()[0]).toBe("42 % sent");
    expect(within(rows()[0]!).getByRole<HTMLProgressElement>("progressbar", { name: "a.flac" }).value).toBe(42);
    change(() => server.uploads.get("a.flac")!.tell(100));
    expect(words()[0]).toBe("The server listens to it…");
    server.calls.length = 0;
    server.uploads.get("a.flac")!.end({ track: "t9", title: "A", is_new: true });
    await settle();
    expect(server.calls).toEqual(["search  0", "upload b.flac"]);
    server.uploads.get("b.flac")!.end({ track: "t1", title: "B", is_new: false });
    await settle();
    expect(words()).toEqual(["In the library", "Was in the library already"]);
    expect(screen.getByText("2 of 2 files uploaded")).toBeTruthy();
    expect(new Set(server.groups).size).toBe(1);
  });

  it("says of each file why it was refused, and goes on with the next", async () => {
    const { server } = await openUploading();
    await choose(fileOf("a.exe"), fileOf("b.flac"));
    server.uploads.get("a.exe")!.refuse({ code: "not-sound", reason: "This is no sound file." });
    await settle();
    expect(words()).toEqual(["This is no sound file.", "0 % sent"]);
    expect(screen.getByText("Uploading: 0 of 2 files done, 1 refused")).toBeTruthy();
  });

  it("does not send what is empty or too large", async () => {
    const { server } = await openUploading();
    server.calls.length = 0;
    await choose(fileOf("empty.mp3", 0), fileOf("huge.wav", 1_000_001));
    expect(words()).toEqual(["This file is empty", "Larger than the 1 MB that this server takes"]);
    expect(server.calls).toEqual([]);
  });

  it("cancels what is under way and what waits", async () => {
    const { server } = await openUploading();
    await choose(fileOf("a.flac"), fileOf("b.flac"), fileOf("c.flac"));
    server.calls.length = 0;
    fireEvent.click(within(rows()[1]!).getByRole("button", { name: "Cancel upload" }));
    fireEvent.click(within(rows()[0]!).getByRole("button", { name: "Cancel upload" }));
    await settle();
    expect(words()).toEqual(["Cancelled", "Cancelled", "0 % sent"]);
    expect(server.calls).toEqual(["abort a.flac", "upload c.flac"]);
    click("Clear");
    expect(words()).toEqual(["0 % sent"]);
  });

  it("takes files that are dropped on the library", async () => {
    const { server } = await openUploading();
    const library = screen.getByRole("region", { name: "Library" });
    const dataTransfer = { types: ["Files"], files: [fileOf("a.flac")], dropEffect: "none" };
    fire(library, "dragover", { dataTransfer });
    await settle();
    expect(library.getAttribute("data-dropping")).toBe("true");
    fire(library, "drop", { dataTransfer });
    await settle();
    expect(library.getAttribute("data-dropping")).toBeNull();
    expect(server.uploads.has("a.flac")).toBe(true);
  });

  it("breaks no rule of accessibility", async () => {
    const { server } = await openUploading();
    await choose(fileOf("a.flac"), fileOf("b.flac"), fileOf("empty.mp3", 0));
    change(() => server.uploads.get("a.flac")!.tell(42));
    document.documentElement.lang = "en";
    expect(await brokenRules()).toEqual([]);
  });
});
