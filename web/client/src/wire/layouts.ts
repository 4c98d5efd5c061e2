/** What each frame looks like on the wire: its fields in their order. New ones are only ever appended, with a default. */

import type { FromClient, FromServer, Order, Participant } from "./frames";

/** `whole`: 0 … 2^53-1; `signed`: also negative; `texts`: list of texts; with "?": or nil. */
export type FieldType =
  | "whole?"
  | "signed?"
  | "flag?"
  | "whole"
  | "signed"
  | "text"
  | "flag"
  | "binary"
  | "texts"
  | "order"
  | "participants"
  | "listener-state"
  | "check-kind";

/** Name, type, and, for fields that an old peer may leave out, the default. */
export type Field<Record> = readonly [name: Exclude<keyof Record & string, "tag">, type: FieldType, otherwise?: unknown];

type Layouts<Union extends { readonly tag: string }> = {
  readonly [Tag in Union["tag"]]: readonly Field<Extract<Union, { readonly tag: Tag }>>[];
};

const NOTHING = new Uint8Array(0);

export const ORDER_LAYOUTS: Layouts<Order> = {
  play: [["entry", "text", ""], ["position", "whole", 0]],
  pause: [],
  seek: [["position", "whole"]],
  next: [],
  previous: [],
  vibe: [
    ["tempoPermille", "whole?", null],
    ["pitchCents", "signed?", null],
    ["keepsFormants", "flag?", null],
    ["onBeat", "flag", false],
  ],
  "vibe-reset": [],
  "set-rate": [["permille", "whole"]],
  "start-clicks": [],
  "start-chirps": [["devices", "texts"]],
  "stop-check": [],
  adjust: [["device", "text"], ["change", "signed"]],
};

export const CLIENT_LAYOUTS: Layouts<FromClient> = {
  hello: [
    ["protocol", "whole"],
    ["software", "text"],
    ["ticket", "text", ""],
    ["portions", "flag", false],
    ["checks", "flag", false],
  ],
  probe: [["seq", "whole"], ["sent", "whole"]],
  enter: [["room", "text"], ["invite", "text", ""], ["sound", "flag", false]],
  leave: [["room", "text"]],
  open: [["document", "text"], ["stateVector", "binary", NOTHING], ["clientId", "whole", 0]],
  close: [["document", "text"]],
  update: [["document", "text"], ["update", "binary"], ["intent", "whole", 0]],
  command: [["room", "text"], ["seq", "whole"], ["order", "order"]],
  report: [
    ["room", "text"],
    ["state", "listener-state"],
    ["playbackError", "signed", 0],
    ["clockError", "whole", 0],
    ["roundTrip", "whole", 0],
    ["leadNeeded", "signed", 0],
    ["firstSegment", "flag", false],
    ["entry", "text", ""],
    ["coarse", "flag", false],
  ],
};

export const PARTICIPANT_LAYOUT: readonly Field<Participant>[] = [
  ["connection", "text"],
  ["principal", "text"],
  ["name", "text"],
  ["role", "text"],
  ["device", "text"],
  ["sound", "flag"],
  ["state", "text", "silent"],
  ["playbackError", "signed", 0],
  ["clockError", "whole", 0],
  ["checks", "flag", false],
  ["coarse", "flag", false],
];

export const SERVER_LAYOUTS: Layouts<FromServer> = {
  welcome: [
    ["protocol", "whole"],
    ["connection", "text"],
    ["principal", "text"],
    ["device", "text"],
    ["clockEpoch", "text"],
    ["ticket", "text"],
    ["heartbeat", "whole"],
    ["server", "text", ""],
    ["generation", "whole", 0],
  ],
  "probe-reply": [["seq", "whole"], ["sent", "whole"], ["received", "whole"], ["answered", "whole"]],
  entered: [["room", "text"], ["name", "text"], ["role", "text"], ["may", "texts"]],
  left: [["room", "text"], ["code", "text", ""], ["reason", "text", ""]],
  portion: [["document", "text"], ["start", "whole"], ["total", "whole"], ["content", "binary"]],
  opened: [
    ["document", "text"],
    ["clientId", "whole"],
    ["update", "binary"],
    ["stateVector", "binary"],
    ["start", "whole", 0],
  ],
  changed: [["document", "text"], ["update", "binary"]],
  saved: [["document", "text"], ["intent", "whole"]],
  done: [["room", "text"], ["seq", "whole"]],
  refused: [["about", "text"], ["subject", "text"], ["seq", "whole"], ["code", "text"], ["reason", "text"]],
  people: [["room", "text"], ["full", "flag"], ["present", "participants"], ["gone", "texts"]],
  "sound-check": [
    ["room", "text"],
    ["kind", "check-kind"],
    ["by", "text"],
    ["name", "text"],
    ["startsAt", "whole"],
    ["endsAt", "whole"],
    ["devices", "texts"],
    ["slot", "whole"],
    ["rounds", "whole"],
  ],
  adjusted: [["room", "text"], ["by", "text"], ["name", "text"], ["change", "signed"]],
  ending: [["code", "text"], ["reason", "text"], ["retryAfter", "signed"]],
};
