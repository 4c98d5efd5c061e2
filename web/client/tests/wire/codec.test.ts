import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { decodeClient, decodeServer, encode, FrameTooLarge, MalformedFrame } from "../../src/wire/codec";
import { type Frame, MAX_INBOUND_BYTES } from "../../src/wire/frames";
import { CLIENT_LAYOUTS, ORDER_LAYOUTS, SERVER_LAYOUTS } from "../../src/wire/layouts";

interface Vector {
  readonly frame: Record<string, unknown>;
  readonly hex: string;
}
interface Vectors {
  readonly client: readonly Vector[];
  readonly server: readonly Vector[];
  readonly shorter: readonly Vector[];
  readonly longer: readonly Vector[];
  readonly malformed: readonly string[];
}

const vectors = JSON.parse(readFileSync("../../tests/vectors/wire.json", "utf8")) as Vectors;

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const hexOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The vector's record with this side's names and bytes. */
function recordOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(recordOf);
  if (typeof value !== "object" || value === null) return value;
  if ("hex" in value) return bytesOf(String(value.hex));
  const renamed = Object.entries(value).map(([name, field]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    recordOf(field),
  ]);
  return Object.fromEntries(renamed) as unknown;
}

describe("frames as the server writes them", () => {
  it.each(vectors.client)("reads and writes a client's $hex", ({ frame, hex }) => {
    expect(decodeClient(bytesOf(hex))).toEqual(recordOf(frame));
    expect(hexOf(encode(recordOf(frame) as Frame))).toBe(hex);
  });

  it.each(vectors.server)("reads and writes a server's $hex", ({ frame, hex }) => {
    expect(decodeServer(bytesOf(hex))).toEqual(recordOf(frame));
    expect(hexOf(encode(recordOf(frame) as Frame))).toBe(hex);
  });

  it.each([...vectors.shorter, ...vectors.longer])("understands older and newer peers: $hex", ({ frame, hex }) => {
    expect(decodeClient(bytesOf(hex))).toEqual(recordOf(frame));
  });

  it("has a vector for every frame", () => {
    const told = (list: readonly Vector[]) => new Set(list.map(({ frame }) => frame.tag));
    expect(told(vectors.client)).toEqual(new Set(Object.keys(CLIENT_LAYOUTS)));
    expect(told(vectors.server)).toEqual(new Set(Object.keys(SERVER_LAYOUTS)));
    const orders = vectors.client.flatMap(({ frame }) => (frame.order as { tag: string } | undefined)?.tag ?? []);
    expect(new Set(orders)).toEqual(new Set(Object.keys(ORDER_LAYOUTS)));
  });
});

describe("what is no frame", () => {
  it.each(vectors.malformed.map((hex) => ({ hex })))("refuses $hex", ({ hex }) => {
    expect(() => decodeClient(bytesOf(hex))).toThrow(MalformedFrame);
  });

  it("refuses frames of the wrong side", () => {
    expect(() => decodeServer(bytesOf(vectors.client[0]!.hex))).toThrow(MalformedFrame);
    expect(() => decodeClient(bytesOf(vectors.server[0]!.hex))).toThrow(MalformedFrame);
  });

  it("refuses tags that only an object's prototype knows", () => {
    expect(() => decodeClient(bytesOf("91ab636f6e7374727563746f72"))).toThrow(MalformedFrame);
  });

  it("refuses every truncation and survives every damaged byte", () => {
    for (const { hex } of vectors.server) {
      const bytes = bytesOf(hex);
      for (let end = 0; end < bytes.length; end += 1) {
        expect(() => decodeServer(bytes.subarray(0, end))).toThrow(MalformedFrame);
      }
      for (let at = 0; at < bytes.length; at += 1) {
        for (const byte of [0x00, 0x7f, 0x90, 0xc0, 0xc1, 0xcb, 0xd9, 0xdb, 0xff]) {
          const damaged = Uint8Array.from(bytes);
          damaged[at] = byte;
          try {
            decodeServer(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedFrame);
          }
        }
      }
    }
  });

  it("holds both sides to their limits", () => {
    const update = (length: number): Frame => ({ tag: "update", document: "queue:r1", update: new Uint8Array(length), intent: 0 });
    expect(() => encode(update(MAX_INBOUND_BYTES))).toThrow(FrameTooLarge);
    expect(encode(update(MAX_INBOUND_BYTES - 64)).length).toBeLessThanOrEqual(MAX_INBOUND_BYTES);
    expect(() => decodeClient(new Uint8Array(MAX_INBOUND_BYTES + 1))).toThrow(FrameTooLarge);
  });
});
