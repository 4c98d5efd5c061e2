import { decode, encode as pack } from "@msgpack/msgpack";

import { CHECK_KINDS, type Frame, type FromClient, type FromServer, LISTENER_STATES, MAX_INBOUND_BYTES, MAX_OUTBOUND_BYTES } from "./frames";
import { CLIENT_LAYOUTS, type Field, type FieldType, ORDER_LAYOUTS, PARTICIPANT_LAYOUT, SERVER_LAYOUTS } from "./layouts";

/** Bytes that are no frame of this protocol; `code` is that of the server's refusal. */
export class MalformedFrame extends Error {
  readonly code = "malformed-frame";
}

/** A frame beyond the size limit of the side that receives it. */
export class FrameTooLarge extends Error {
  readonly code = "frame-too-large";
}

const PRESENT = { "whole?": "whole", "signed?": "signed", "flag?": "flag" } as const;

type Layout = readonly Field<Record<string, unknown>>[];

const CLIENT: Readonly<Record<string, Layout>> = CLIENT_LAYOUTS;
const SERVER: Readonly<Record<string, Layout>> = SERVER_LAYOUTS;
const ORDERS: Readonly<Record<string, Layout>> = ORDER_LAYOUTS;

/** Bytes of `frame`. Throws {@link FrameTooLarge}. */
export function encode(frame: Frame): Uint8Array<ArrayBuffer> {
  const isClients = frame.tag in CLIENT;
  const layout = (isClients ? CLIENT : SERVER)[frame.tag];
  if (layout === undefined) throw new TypeError(`no frame is called ${frame.tag}`);
  const bytes = pack([frame.tag, ...itemsOf(frame, layout)]);
  const limit = isClients ? MAX_INBOUND_BYTES : MAX_OUTBOUND_BYTES;
  if (bytes.length > limit) throw new FrameTooLarge(`a frame has at most ${limit} bytes, not ${bytes.length}`);
  return bytes;
}

/** The frame that the server sent. Binary fields are views into `bytes`. Throws {@link MalformedFrame}, {@link FrameTooLarge}. */
export function decodeServer(bytes: Uint8Array): FromServer {
  return decodeWith(bytes, SERVER, MAX_OUTBOUND_BYTES) as unknown as FromServer;
}

/** The frame that a client sent; for tests and tools. Throws as {@link decodeServer}. */
export function decodeClient(bytes: Uint8Array): FromClient {
  return decodeWith(bytes, CLIENT, MAX_INBOUND_BYTES) as unknown as FromClient;
}

function decodeWith(bytes: Uint8Array, layouts: Readonly<Record<string, Layout>>, limit: number): Record<string, unknown> {
  if (bytes.length > limit) throw new FrameTooLarge(`a frame has at most ${limit} bytes, not ${bytes.length}`);
  let items: unknown;
  try {
    items = decode(bytes);
  } catch (error) {
    throw new MalformedFrame("no MessagePack value", { cause: error });
  }
  return tagged(items, layouts);
}

function tagged(items: unknown, layouts: Readonly<Record<string, Layout>>): Record<string, unknown> {
  const tag: unknown = Array.isArray(items) ? items[0] : undefined;
  const layout = typeof tag === "string" && Object.hasOwn(layouts, tag) ? layouts[tag] : undefined;
  if (layout === undefined) throw new MalformedFrame("a frame is an array that begins with a known tag");
  return { tag, ...recordOf((items as unknown[]).slice(1), layout) };
}

/** Items beyond the layout come from a newer peer and are ignored; missing ones get their default. */
function recordOf(items: readonly unknown[], layout: Layout): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  layout.forEach(([name, type, otherwise], index) => {
    if (index < items.length) record[name] = checked(items[index], type, name);
    else if (otherwise !== undefined) record[name] = otherwise;
    else throw new MalformedFrame(`field ${name} is missing`);
  });
  return record;
}

function checked(value: unknown, type: FieldType, name: string): unknown {
  switch (type) {
    case "whole?":
    case "signed?":
    case "flag?":
      return value === null ? null : checked(value, PRESENT[type], name);
    case "whole":
      if (Number.isSafeInteger(value) && (value as number) >= 0) return value;
      break;
    case "signed":
      if (Number.isSafeInteger(value)) return value;
      break;
    case "text":
      if (typeof value === "string") return value;
      break;
    case "flag":
      if (typeof value === "boolean") return value;
      break;
    case "binary":
      if (value instanceof Uint8Array) return value;
      break;
    case "texts":
      if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
      break;
    case "order":
      return tagged(value, ORDERS);
    case "participants":
      if (Array.isArray(value)) return value.map(participantOf);
      break;
    case "listener-state":
      if ((LISTENER_STATES as readonly unknown[]).includes(value)) return value;
      break;
    case "check-kind":
      if ((CHECK_KINDS as readonly unknown[]).includes(value)) return value;
      break;
  }
  throw new MalformedFrame(`field ${name} is no ${type}`);
}

function participantOf(items: unknown): Record<string, unknown> {
  if (!Array.isArray(items)) throw new MalformedFrame("a participant is an array");
  return recordOf(items, PARTICIPANT_LAYOUT);
}

function itemsOf(record: object, layout: Layout): unknown[] {
  const values = record as Readonly<Record<string, unknown>>;
  return layout.map(([name, type]) => {
    const value = values[name];
    if (type === "order") {
      const order = value as { readonly tag: string };
      return [order.tag, ...itemsOf(order, ORDERS[order.tag] ?? [])];
    }
    if (type === "participants") return (value as readonly object[]).map((each) => itemsOf(each, PARTICIPANT_LAYOUT as Layout));
    return value;
  });
}
