/** The way out of the page, for exact or for lasting sound. */

/** The part of an AudioContext that is used. */
export interface OutletContext<Node> {
  readonly destination: Node;
  createMediaStreamDestination(): Node & { readonly stream: MediaStream };
}

/** The part of a node that is used. */
export interface OutletNode<Node> {
  connect(to: Node): unknown;
  disconnect(): void;
}

/** The part of an `<audio>` element that is used. */
export interface OutletElement {
  srcObject: MediaProvider | null;
  play(): Promise<void>;
  pause(): void;
}

/**
 * Sound leaves straight through the context (exact: the browser says when), or through an `<audio>` element, which phones
 * let play on behind a locked screen, with a latency nobody tells.
 */
export class Outlet<Node> {
  readonly #context: OutletContext<Node>;
  readonly #newElement: () => OutletElement;
  readonly #nodes: readonly OutletNode<Node>[];
  #element: OutletElement | null = null;
  #stream: (Node & { readonly stream: MediaStream }) | null = null;
  #isWanted = false;

  /** Connects `nodes` straight to the output. */
  constructor(context: OutletContext<Node>, nodes: readonly OutletNode<Node>[], newElement: () => OutletElement) {
    this.#context = context;
    this.#nodes = nodes;
    this.#newElement = newElement;
    this.#route(context.destination);
  }

  /** The sound leaves through an element: it lasts, and nobody knows how late it is. */
  get isLasting(): boolean {
    return this.#element !== null;
  }

  /**
   * Changes the way out. Resolves to whether the sound now leaves as wanted: a browser may refuse the element outside of a
   * click, and the sound then stays as exact as it was.
   */
  async setLasting(isWanted: boolean): Promise<boolean> {
    this.#isWanted = isWanted;
    if (!isWanted) {
      this.close();
      this.#route(this.#context.destination);
      return true;
    }
    if (this.#element !== null) return true;
    const element = this.#newElement();
    this.#stream ??= this.#context.createMediaStreamDestination();
    element.srcObject = this.#stream.stream;
    try {
      await element.play();
    } catch {
      element.srcObject = null;
      return false;
    }
    if (!this.#isWanted) {
      // Called off while the browser thought about it.
      element.pause();
      element.srcObject = null;
      return false;
    }
    this.#element = element;
    this.#route(this.#stream);
    return true;
  }

  /** Lets the element go. */
  close(): void {
    this.#element?.pause();
    if (this.#element !== null) this.#element.srcObject = null;
    this.#element = null;
  }

  #route(to: Node): void {
    for (const node of this.#nodes) {
      node.disconnect();
      node.connect(to);
    }
  }
}
