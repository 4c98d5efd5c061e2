import { describe, expect, it } from "vitest";

import { uploadFile, type Sender } from "../../src/api/uploads";

const FILE = new File(["sound"], "Café / Song.flac");

class FakeSender {
  readonly said: unknown[] = [];
  status = 0;
  responseText = "";
  readonly upload = { onprogress: null as ((event: { loaded: number }) => void) | null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;

  open(...how: readonly unknown[]): void {
    this.said.push(how);
  }

  setRequestHeader(): void {
    // Not looked at.
  }

  send(body: unknown): void {
    this.said.push(body);
  }

  abort(): void {
    this.said.push("abort");
    this.onabort?.();
  }

  answer(status: number, text: string): void {
    this.status = status;
    this.responseText = text;
    this.onload?.();
  }
}

function sending(signal = new AbortController().signal) {
  const sender = new FakeSender();
  const told: number[] = [];
  const answer = uploadFile(FILE, "g1", (bytes) => told.push(bytes), signal, sender as unknown as Sender);
  return { sender, told, answer };
}

describe("an upload", () => {
  it("sends the file itself, under its name, and tells how far it is", async () => {
    const { sender, told, answer } = sending();
    expect(sender.said).toEqual([["POST", "/api/uploads/g1/Caf%C3%A9%20%2F%20Song.flac"], FILE]);
    sender.upload.onprogress?.({ loaded: 3 });
    sender.answer(201, '{"track":"t1","title":"Song","is_new":true,"digest":""}');
    expect(await answer).toMatchObject({ track: "t1", title: "Song", is_new: true });
    expect(told).toEqual([3]);
  });

  it("rejects with the server's refusal, whatever stands in its place", async () => {
    const refused = sending();
    refused.sender.answer(415, '{"code":"not-sound","reason":"No sound."}');
    await expect(refused.answer).rejects.toMatchObject({ code: "not-sound", reason: "No sound.", status: 415 });
    const proxy = sending();
    proxy.sender.answer(413, "<html>Too large</html>");
    await expect(proxy.answer).rejects.toMatchObject({ code: "http-413" });
    const broken = sending();
    broken.sender.onerror?.();
    await expect(broken.answer).rejects.toMatchObject({ code: "unreachable" });
  });

  it("ends when told to, and is not begun afterwards", async () => {
    const ending = new AbortController();
    const { sender, answer } = sending(ending.signal);
    ending.abort();
    expect(sender.said.at(-1)).toBe("abort");
    await expect(answer).rejects.toMatchObject({ code: "cancelled" });
    const late = sending(ending.signal);
    await expect(late.answer).rejects.toMatchObject({ code: "cancelled" });
    expect(late.sender.said).toHaveLength(1);
  });
});
