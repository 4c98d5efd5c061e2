import { beforeEach, expect, it } from "vitest";
import { KeepAwake } from "../../../src/ui/system/keepAwake";
import { FakeListening, queueOf } from "../fakeListening";
import { FakeDocument, FakeScreen } from "../fakeSystem";

let screen: FakeScreen;
let page: FakeDocument;
let listening: FakeListening;

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  screen = new FakeScreen();
  page = new FakeDocument();
  listening = new FakeListening();
  listening.queue.set(queueOf(["t0", "t1"]));
});

const open = () => new KeepAwake({ wake: screen, document: page }, listening);

it("keeps the screen on while the room plays, and lets it sleep when it pauses", async () => {
  open();
  await settle();
  expect(screen.asked).toBe(0);
  listening.begin("e0");
  await settle();
  expect(screen.held).toBe(1);
  listening.pause();
  expect(screen.held).toBe(0);
});

it("asks again when the page is seen again: browsers let the lock go with the page", async () => {
  listening.begin("e0");
  open();
  await settle();
  page.turn("hidden");
  screen.held = 0;
  page.turn("visible");
  await settle();
  expect([screen.held, screen.asked]).toEqual([1, 2]);
});

it("has no right to the battery while this device is silent", async () => {
  listening.room.set({ ...listening.room.get()!, hasSound: false });
  listening.begin("e0");
  open();
  await settle();
  expect(screen.asked).toBe(0);
});

it("lets go what came too late", async () => {
  let grant: () => void = () => undefined;
  screen.waiting = new Promise((resolve) => (grant = resolve));
  listening.begin("e0");
  const awake = open();
  listening.pause();
  listening.play();
  awake.close();
  grant();
  await settle();
  await settle();
  expect([screen.asked, screen.held]).toEqual([1, 0]);
});

it("does without when the browser says no, or has none", async () => {
  screen.isRefusing = true;
  listening.begin("e0");
  open();
  await settle();
  screen.isRefusing = false;
  listening.pause();
  listening.play();
  await settle();
  expect(screen.held).toBe(1);
  new KeepAwake({ wake: null, document: page }, listening).close();
});
