import { beforeEach, expect, test } from "vitest";
import { Outlet, type OutletElement } from "../../src/audio/outlet";

class Element implements OutletElement {
  srcObject: MediaProvider | null = null;
  isPlaying = false;

  constructor(readonly answer: Promise<void> = Promise.resolve()) {}

  async play(): Promise<void> {
    await this.answer;
    this.isPlaying = true;
  }

  pause(): void {
    this.isPlaying = false;
  }
}

const stream = {} as MediaStream;
const context = { destination: "speakers", createMediaStreamDestination: () => Object.assign("element", { stream }) };
let to: string;
let elements: Element[];
const node = { connect: (there: unknown) => (to = String(there)), disconnect: () => (to = "nowhere") };

function outletOf(answer?: Promise<void>): Outlet<unknown> {
  return new Outlet<unknown>(context, [node], () => {
    const element = new Element(answer);
    elements.push(element);
    return element;
  });
}

beforeEach(() => {
  to = "";
  elements = [];
});

test("sound leaves straight at first", () => {
  expect(outletOf().isLasting).toBe(false);
  expect(to).toBe("speakers");
});

test("sound that lasts leaves through an element, and comes back", async () => {
  const outlet = outletOf();
  expect(await outlet.setLasting(true)).toBe(true);
  expect([to, outlet.isLasting, elements[0]!.isPlaying, elements[0]!.srcObject]).toEqual(["element", true, true, stream]);
  expect(await outlet.setLasting(true)).toBe(true);
  expect(elements).toHaveLength(1);
  expect(await outlet.setLasting(false)).toBe(true);
  expect([to, outlet.isLasting, elements[0]!.isPlaying, elements[0]!.srcObject]).toEqual(["speakers", false, false, null]);
});

test("a browser that refuses leaves the sound as exact as it was", async () => {
  const outlet = outletOf(Promise.reject(new Error("NotAllowedError")));
  expect(await outlet.setLasting(true)).toBe(false);
  expect([to, outlet.isLasting]).toEqual(["speakers", false]);
});

test("what is called off while the browser thinks stays straight", async () => {
  let answer: () => void = () => undefined;
  const outlet = outletOf(new Promise((resolve) => (answer = resolve)));
  const asked = outlet.setLasting(true);
  await outlet.setLasting(false);
  answer();
  expect(await asked).toBe(false);
  expect([to, outlet.isLasting, elements[0]!.isPlaying]).toEqual(["speakers", false, false]);
});

test("the element goes when the sound ends", async () => {
  const outlet = outletOf();
  await outlet.setLasting(true);
  outlet.close();
  expect([elements[0]!.isPlaying, elements[0]!.srcObject]).toEqual([false, null]);
});
