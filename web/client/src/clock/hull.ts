/** A value at an instant in seconds. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/**
 * The lower convex hull of points over time: those that some straight line touches from below. Twin of
 * `sync/clock/hull.py`.
 */
export class Hull {
  /** From the oldest to the newest; the slopes between neighbours rise strictly. */
  readonly points: Point[] = [];

  /** `points` in any order. */
  constructor(points: readonly Point[] = []) {
    for (const point of [...points].sort((one, other) => one.at - other.at || one.value - other.value)) this.add(point);
  }

  /** The newest point; there must be one. */
  get newest(): Point {
    return this.#from(1);
  }

  /** Takes in a point that is not older than the newest. */
  add(point: Point): void {
    const { points } = this;
    if (points.length > 0 && point.at <= this.newest.at) {
      if (point.at < this.newest.at) throw new Error("points come in the order of time");
      if (point.value >= this.newest.value) return;
      points.pop();
    }
    while (points.length > 1 && isCovered(this.#from(2), this.#from(1), point)) points.pop();
    points.push(point);
  }

  /** Least value once all are carried to instant `at` along `slope`. */
  least(at: number, slope: number): number {
    let least = Infinity;
    for (let index = this.points.length - 1; index >= 0; index -= 1) {
      const point = pointAt(this.points, index);
      const carried = point.value + slope * (at - point.at);
      if (carried > least) break;
      least = carried;
    }
    return least;
  }

  #from(end: number): Point {
    return pointAt(this.points, this.points.length - end);
  }
}

/** The point at `index`, which must exist. */
export function pointAt(points: readonly Point[], index: number): Point {
  const point = points[index];
  if (point === undefined) throw new Error("no such point");
  return point;
}

/** Whether `middle` lies on or above the line between the others, so that no line touches it first. */
function isCovered(first: Point, middle: Point, last: Point): boolean {
  return (middle.value - first.value) * (last.at - middle.at) >= (last.value - middle.value) * (middle.at - first.at);
}
