import { beforeEach, describe, expect, test } from "vitest";
import { Connection } from "../../src/connection/socket";
import type { Wire } from "../../src/connection/socket";
import { decodeClient, encode } from "../../src/wire/codec";
import type { FromClient, FromServer } from "../../src/wire/frames";
import { FakeTimers } from "../fakes/timers";

class FakeWire implements Wire {
  binaryType: BinaryType = "blob";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent<ArrayBuffer>) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: FromClient[] = [];
  closed = 0;

  send(data: Uint8Array<ArrayBuffer>): void {
    this.sent.push(decodeClient(data));
  }

  close(): void {
    this.closed += 1;
  }

  say(frame: FromServer): void {
    this.onmessage?.({ data: encode(frame).slice().buffer } as MessageEvent<ArrayBuffer>);
  }

  end(code: number): void {
    this.onclose?.({ code, reason: "" } as CloseEvent);
  }
}

const WELCOME: FromServer = {
  tag: "welcome",
  protocol: 1,
  connection: "c1",
  principal: "me",
  device: "dev",
  clockEpoch: "e1",
  ticket: "t1",
  heartbeat: 15_000_000,
  server: "fake",
  generation: 0,
};

let timers: FakeTimers;
let wires: FakeWire[];
let story: string[];
let connection: Connection;

beforeEach(() => {
  timers = new FakeTimers();
  wires = [];
  story = [];
  const dial = (): Wire => {
    const wire = new FakeWire();
    wires.push(wire);
    return wire;
  };
  connection = new Connection(
    { dial, timers, random: () => 0, software: "test", ticket: "t0" },
    {
      welcomed: ({ connection: name }) => story.push(`welcomed ${name}`),
      received: (frame) => story.push(frame.tag),
      lost: () => story.push("lost"),
    },
  );
  connection.open();
});

const wire = (): FakeWire => wires.at(-1)!;

function greet(): void {
  wire().onopen?.(new Event("open"));
  wire().say(WELCOME);
}

/** Breaks the wire and lets time pass until the next attempt; returns the pause in milliseconds. */
function breakAndWait(): number {
  const before = wires.length;
  wire().end(1006);
  let pause = 0;
  for (; wires.length === before && pause < 60_000; pause += 50) timers.pass(50);
  return pause;
}

describe("greeting", () => {
  test("says hello with its ticket and is online when welcomed", () => {
    expect(connection.send({ tag: "leave", room: "r" })).toBe(false);
    greet();
    expect(wire().binaryType).toBe("arraybuffer");
    expect(wire().sent).toEqual([{ tag: "hello", protocol: 1, software: "test", ticket: "t0", portions: true, checks: true }]);
    expect(connection.link.get().state).toBe("online");
    expect(connection.send({ tag: "leave", room: "r" })).toBe(true);
    wire().say({ tag: "done", room: "r", seq: 1 });
    expect(story).toEqual(["welcomed c1", "done"]);
  });

  test("takes documents in portions, and forgets half of one with its connection", () => {
    greet();
    const half: FromServer = { tag: "portion", document: "queue:r", start: 0, total: 4, content: new Uint8Array([1, 2]) };
    const end: FromServer = {
      tag: "opened",
      document: "queue:r",
      clientId: 3,
      update: new Uint8Array([3, 4]),
      stateVector: new Uint8Array([0]),
      start: 2,
    };
    wire().say(half);
    expect(story).toEqual(["welcomed c1"]);
    wire().say(end);
    expect(story).toEqual(["welcomed c1", "opened"]);
    wire().say(half);
    breakAndWait();
    greet();
    wire().say(end);
    expect(story).toEqual(["welcomed c1", "opened", "lost", "welcomed c1"]);
  });

  test("a handshake that does not come is given up", () => {
    timers.pass(10_000);
    expect(connection.link.get().state).toBe("offline");
    timers.pass(1_000);
    expect(wires).toHaveLength(2);
    expect(story).toEqual([]);
  });
});

describe("coming back", () => {
  test("after a loss with growing pauses, under the new ticket, all over again", () => {
    greet();
    wire().end(1006);
    expect(story).toEqual(["welcomed c1", "lost"]);
    for (const pause of [250, 375, 562.5, 843.75]) {
      const before = wires.length;
      timers.pass(pause - 1);
      expect(wires).toHaveLength(before);
      timers.pass(1);
      expect(wires).toHaveLength(before + 1);
      wire().end(1006);
    }
    timers.pass(4_000);
    greet();
    expect(wire().sent[0]).toMatchObject({ tag: "hello", ticket: "t1" });
  });

  test("pauses stay short for a minute and never exceed a quarter of one", () => {
    const pauses = Array.from({ length: 30 }, () => breakAndWait());
    expect(Math.max(...pauses.slice(0, 20))).toBe(2_000);
    expect(pauses.at(-1)).toBe(15_000);
  });

  test("a connection that stood is forgiven its earlier failures", () => {
    for (let i = 0; i < 5; i += 1) breakAndWait();
    greet();
    timers.pass(6_000);
    expect(breakAndWait()).toBe(250);
  });

  test("as late as the server asks", () => {
    greet();
    wire().say({ tag: "ending", code: "overloaded", reason: "later", retryAfter: 5_000_000 });
    wire().end(4503);
    expect(connection.link.get()).toEqual({ state: "offline", code: "overloaded", reason: "later" });
    timers.pass(4_999);
    expect(wires).toHaveLength(1);
    timers.pass(1);
    expect(wires).toHaveLength(2);
  });

  test("never, when the server says so, by frame or by close code", () => {
    greet();
    wire().say({ tag: "ending", code: "kicked", reason: "out", retryAfter: -1 });
    wire().end(4403);
    expect(connection.link.get()).toEqual({ state: "refused", code: "kicked", reason: "out" });
    timers.pass(600_000);
    connection.hurry();
    expect(wires).toHaveLength(1);
  });

  test("at once when the network is back", () => {
    for (let i = 0; i < 6; i += 1) breakAndWait();
    wire().end(1006);
    const before = wires.length;
    connection.hurry();
    expect(wires).toHaveLength(before + 1);
    connection.hurry();
    expect(wires).toHaveLength(before + 1);
  });

  test("a page that slept through its welcome does not dial twice", () => {
    wire().end(1006);
    connection.hurry();
    timers.pass(5_000);
    expect(wires).toHaveLength(2);
  });
});

describe("dead links", () => {
  test("three heartbeats of silence are the end of it", () => {
    greet();
    timers.pass(44_000);
    expect(connection.link.get().state).toBe("online");
    timers.pass(2_000);
    expect(connection.link.get().state).toBe("offline");
    expect(wires[0]!.closed).toBe(1);
    expect(story.at(-1)).toBe("lost");
  });

  test("nonsense from the server is one, too", () => {
    greet();
    wire().onmessage?.({ data: new Uint8Array([0xc1]).buffer } as MessageEvent<ArrayBuffer>);
    expect(connection.link.get().state).toBe("offline");
    timers.pass(2_000);
    expect(wires).toHaveLength(2);
  });

  test("what an abandoned wire still says is not heard", () => {
    greet();
    const old = wire();
    connection.giveUp();
    timers.pass(1_000);
    greet();
    old.say({ tag: "done", room: "r", seq: 9 });
    old.end(4403);
    expect(connection.link.get().state).toBe("online");
    expect(story).toEqual(["welcomed c1", "lost", "welcomed c1"]);
  });

  test("closing is for good", () => {
    greet();
    connection.close();
    timers.pass(60_000);
    expect(wires).toHaveLength(1);
    expect(wires[0]!.closed).toBe(1);
    expect(connection.welcome).toBeNull();
  });
});
