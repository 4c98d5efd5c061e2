/** Draws a waveform in two colours on a canvas; knows nothing of the page around it. */

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

/** Both pictures are drawn once; a frame then only copies the two parts left and right of the playhead. */
export class Waveform {
  readonly #canvas: HTMLCanvasElement;
  #played: HTMLCanvasElement | null = null;
  #ahead: HTMLCanvasElement | null = null;
  #shown = -1;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Draws anew for other peaks, another size or other colours. */
  prepare(peaks: Uint8Array | null, scale: number): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#canvas.width = Math.max(1, Math.round(width * scale));
    this.#canvas.height = Math.max(1, Math.round(height * scale));
    const heights = barHeights(peaks, barCount(width));
    // A canvas cannot read light-dark() or custom properties: real properties of the element carry both colours, resolved.
    const style = getComputedStyle(this.#canvas);
    this.#played = this.#picture(heights, style.color, scale);
    this.#ahead = this.#picture(heights, style.borderTopColor, scale);
    this.#shown = -1;
  }

  /** `share`: how much of the track has played, 0 … 1. Cheap when nothing visible changed. */
  show(share: number): void {
    const { width, height } = this.#canvas;
    const edge = Math.round(Math.min(1, Math.max(0, share)) * width);
    if (edge === this.#shown || this.#played === null || this.#ahead === null) return;
    const brush = this.#canvas.getContext("2d");
    if (brush === null) return;
    brush.clearRect(0, 0, width, height);
    if (edge > 0) brush.drawImage(this.#played, 0, 0, edge, height, 0, 0, edge, height);
    if (edge < width) brush.drawImage(this.#ahead, edge, 0, width - edge, height, edge, 0, width - edge, height);
    this.#shown = edge;
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
