/** Draws a waveform in three colours on a canvas; knows nothing of the page around it. */

const BAR = 3;
const GAP = 2;
/** What is drawn while there are no peaks: a calm, even band. */
const QUIET = 0.12;

/** Quiet and loud parts lie further apart than in the bytes: a modern master would be one even block otherwise. */
const CONTRAST = 1.5;
const LOWEST = 0.04;

/** Heights 0 … 1 of `count` bars from one-byte peaks: the mean of the peaks in each bar, the loudest bar at 1. */
export function barHeights(peaks: Uint8Array | null, count: number): readonly number[] {
  if (peaks === null || peaks.length === 0) return new Array<number>(count).fill(QUIET);
  const means = Array.from({ length: count }, (_, bar) => {
    const start = Math.floor((bar * peaks.length) / count);
    const end = Math.max(start + 1, Math.floor(((bar + 1) * peaks.length) / count));
    return peaks.subarray(start, end).reduce((sum, peak) => sum + peak, 0) / (end - start);
  });
  const loudest = means.reduce((most, mean) => Math.max(most, mean), 1);
  return means.map((mean) => Math.max(LOWEST, (mean / loudest) ** CONTRAST));
}

/** How many bars fit into `width` CSS pixels. */
export function barCount(width: number): number {
  return Math.max(1, Math.floor((width + GAP) / (BAR + GAP)));
}

/** Three pictures are drawn once; a frame then only copies a part of each: played, here already, still to come. */
export class Waveform {
  readonly #canvas: HTMLCanvasElement;
  #played: HTMLCanvasElement | null = null;
  #here: HTMLCanvasElement | null = null;
  #ahead: HTMLCanvasElement | null = null;
  #shown = "";

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Draws anew for other peaks, another size or other colours. */
  prepare(peaks: Uint8Array | null, scale: number): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#canvas.width = Math.max(1, Math.round(width * scale));
    this.#canvas.height = Math.max(1, Math.round(height * scale));
    const heights = barHeights(peaks, barCount(width));
    // A canvas cannot read light-dark() or custom properties: real properties of the element carry the colours, resolved.
    const style = getComputedStyle(this.#canvas);
    this.#played = this.#picture(heights, style.color, scale);
    this.#here = this.#picture(heights, style.borderBottomColor, scale);
    this.#ahead = this.#picture(heights, style.borderTopColor, scale);
    this.#shown = "";
  }

  /** `played` and `here` are shares of the track, 0 … 1; what is here begins at the playhead. Cheap when nothing visible changed. */
  show(played: number, here: number): void {
    const { width, height } = this.#canvas;
    const edge = edgeAt(played, width);
    const end = Math.max(edge, edgeAt(here, width));
    const shown = `${edge}/${end}`;
    if (shown === this.#shown) return;
    const brush = this.#canvas.getContext("2d");
    if (brush === null) return;
    brush.clearRect(0, 0, width, height);
    copy(brush, this.#played, 0, edge);
    copy(brush, this.#here, edge, end);
    copy(brush, this.#ahead, end, width);
    this.#shown = shown;
  }

  #picture(heights: readonly number[], colour: string, scale: number): HTMLCanvasElement {
    const picture = document.createElement("canvas");
    picture.width = this.#canvas.width;
    picture.height = this.#canvas.height;
    const brush = picture.getContext("2d");
    if (brush === null) return picture;
    brush.fillStyle = colour;
    brush.beginPath();
    const step = picture.width / heights.length;
    for (const [index, share] of heights.entries()) {
      const height = Math.max(BAR * scale, share * picture.height);
      const width = Math.min(step, BAR * scale);
      brush.roundRect(index * step, (picture.height - height) / 2, width, height, width / 2);
    }
    brush.fill();
    return picture;
  }
}

function edgeAt(share: number, width: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * width);
}

function copy(brush: CanvasRenderingContext2D, picture: HTMLCanvasElement | null, from: number, to: number): void {
  if (picture === null || from >= to) return;
  brush.drawImage(picture, from, 0, to - from, picture.height, from, 0, to - from, picture.height);
}
