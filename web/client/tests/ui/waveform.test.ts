import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Waveform } from "../../src/ui/player/waveform";

/** What is copied onto the visible canvas: from, to. */
let copied: [number, number][];

function brush(): CanvasRenderingContext2D {
  const nothing = () => undefined;
  const drawImage = (_picture: unknown, from: number, _top: number, width: number) => void copied.push([from, from + width]);
  return { clearRect: nothing, beginPath: nothing, roundRect: nothing, fill: nothing, drawImage } as unknown as CanvasRenderingContext2D;
}

beforeEach(() => {
  copied = [];
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation((() => brush()) as never);
});

afterEach(() => vi.restoreAllMocks());

function waveform(width = 100): Waveform {
  const canvas = document.createElement("canvas");
  Object.defineProperties(canvas, { clientWidth: { value: width }, clientHeight: { value: 20 } });
  const made = new Waveform(canvas);
  made.prepare(null, 1);
  return made;
}

describe("a waveform on its canvas", () => {
  it("shows in this order what has played, what is here, and what is still to come", () => {
    waveform().show(0.25, 0.6);
    expect(copied).toEqual([[0, 25], [25, 60], [60, 100]]);
  });

  it("shows nothing as being here behind the playhead, and nothing beyond the end", () => {
    waveform().show(0.5, 0.2);
    expect(copied).toEqual([[0, 50], [50, 100]]);
    copied = [];
    waveform().show(1.4, 3);
    expect(copied).toEqual([[0, 100]]);
  });

  it("draws again only when something visible has changed", () => {
    const shown = waveform();
    shown.show(0.25, 0.6);
    shown.show(0.2501, 0.6001);
    expect(copied).toHaveLength(3);
    shown.show(0.25, 0.7);
    expect(copied).toHaveLength(6);
  });
});
