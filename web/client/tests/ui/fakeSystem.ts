import type { MediaAction, MediaActionDetails, MediaPort, MediaWords, SystemPorts, WakePort } from "../../src/ui/system/ports";

/** A lock screen with keys. */
export class FakeMedia implements MediaPort {
  words: MediaWords | null = null;
  shown = 0;
  playback = "";
  readonly positions: (readonly [number, number, number] | null)[] = [];
  readonly keys = new Map<MediaAction, (details: MediaActionDetails) => void>();

  show(words: MediaWords | null): void {
    this.words = words;
    this.shown += 1;
  }

  state(state: string): void {
    this.playback = state;
  }

  position(state: { duration: number; position: number; playbackRate: number } | null): void {
    this.positions.push(state === null ? null : [state.duration, state.position, state.playbackRate]);
  }

  on(action: MediaAction, act: ((details: MediaActionDetails) => void) | null): void {
    if (act === null) this.keys.delete(action);
    else this.keys.set(action, act);
  }

  press(action: MediaAction, details: MediaActionDetails = {}): void {
    this.keys.get(action)?.(details);
  }
}

/** A screen that can be kept on, and counts how often it was. */
export class FakeScreen implements WakePort {
  asked = 0;
  held = 0;
  isRefusing = false;
  /** While set, requests wait for it. */
  waiting: Promise<void> = Promise.resolve();

  async request() {
    this.asked += 1;
    await this.waiting;
    if (this.isRefusing) throw new Error("NotAllowedError");
    this.held += 1;
    return {
      release: () => {
        this.held -= 1;
        return Promise.resolve();
      },
    };
  }
}

export class FakeDocument extends EventTarget {
  visibilityState = "visible";

  turn(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

export class FakeSystem implements SystemPorts {
  readonly media = new FakeMedia();
  readonly wake = new FakeScreen();
  readonly document = new FakeDocument();
}
