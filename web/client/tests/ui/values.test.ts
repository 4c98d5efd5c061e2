import { describe, expect, it, vi } from "vitest";

import { passingShelf } from "../../src/session/memory";
import { Catalogue } from "../../src/ui/catalogue";
import { KeptTracks } from "../../src/ui/keptTracks";
import { LibrarySearch } from "../../src/ui/library/search";
import { hueOfName, toneOfPixels } from "../../src/ui/palette";
import { barCount, barHeights } from "../../src/ui/player/waveform";
import { Preferences } from "../../src/ui/preferences";
import { queueNews } from "../../src/ui/queue/news";
import { dropAt, isSamePlace } from "../../src/ui/queue/reorder";
import { Navigation, roomPath, routeOf } from "../../src/ui/routes";
import type { TrackPage } from "../../src/api/answers";
import { queueOf } from "./fakeListening";
import { FakeServer, trackOf } from "./fakeServer";

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("the palette", () => {
  it("finds the hue of a picture's colour and leaves grey without chroma", () => {
    const red = toneOfPixels([200, 20, 20, 255, 128, 128, 128, 255]);
    expect(Math.abs(red.hue - 28)).toBeLessThan(6);
    expect(red.chroma).toBeGreaterThan(0.1);
    expect(toneOfPixels([128, 128, 128, 255]).chroma).toBeLessThan(0.001);
    expect(toneOfPixels([])).toEqual({ hue: 0, chroma: 0 });
    expect(toneOfPixels([20, 40, 220, 255]).hue).toBeGreaterThan(250);
  });

  it("gives a name the same hue always, within the circle", () => {
    expect(hueOfName("t1")).toBe(hueOfName("t1"));
    expect(hueOfName("t1")).not.toBe(hueOfName("t2"));
    for (const name of ["", "x", "a very long name", "ü"]) {
      expect(hueOfName(name)).toBeGreaterThanOrEqual(0);
      expect(hueOfName(name)).toBeLessThanOrEqual(360);
    }
  });
});

describe("the waveform", () => {
  it("is a quiet band without peaks", () => {
    expect(new Set(barHeights(null, 4)).size).toBe(1);
    expect(barHeights(new Uint8Array(), 2)).toHaveLength(2);
  });

  it("shows how loud each bar is and reaches full height at the loudest of all", () => {
    const heights = barHeights(Uint8Array.from([0, 10, 0, 200, 50, 0]), 3);
    expect(heights[1]).toBe(1);
    expect(heights[0]).toBeLessThan(heights[2] ?? 0);
    expect(Math.min(...heights)).toBeGreaterThan(0);
  });

  it("has more bars than peaks if need be", () => {
    expect(barHeights(Uint8Array.from([255]), 5)).toEqual([1, 1, 1, 1, 1]);
    expect(barCount(0)).toBe(1);
    expect(barCount(500)).toBe(100);
  });
});

describe("a drop", () => {
  const slots = [
    { entry: "a", top: 0, bottom: 50 },
    { entry: "b", top: 50, bottom: 100 },
    { entry: "c", top: 100, bottom: 150 },
  ];

  it("goes before the row whose upper half it is over, and to the end below all", () => {
    expect(dropAt(slots, -10)).toEqual({ before: "a", line: 0 });
    expect(dropAt(slots, 30)).toEqual({ before: "b", line: 50 });
    expect(dropAt(slots, 74)).toEqual({ before: "b", line: 50 });
    expect(dropAt(slots, 500)).toEqual({ before: null, line: 150 });
    expect(dropAt([], 5)).toBeNull();
  });

  it("changes nothing right before or right after the row itself", () => {
    expect(isSamePlace(slots, "b", "b")).toBe(true);
    expect(isSamePlace(slots, "b", "c")).toBe(true);
    expect(isSamePlace(slots, "b", "a")).toBe(false);
    expect(isSamePlace(slots, "c", null)).toBe(true);
    expect(isSamePlace(slots, "a", null)).toBe(false);
  });
});

describe("the news of the queue", () => {
  const rows = queueOf(["t0", "t1", "t2"]);
  const [first, second, third] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];
  const news = (before: typeof rows, after: typeof rows, touched: readonly string[] = []) =>
    queueNews(before, after, "p-me", new Set(touched), (track) => `“${track}”`);

  it("names who added what", () => {
    expect(news([first], rows)).toBe("Ben added “t1” and 1 more");
  });

  it("leaves out what I did myself", () => {
    expect(news([first], [first, { ...second, addedBy: "p-me" }])).toBe("");
    expect(news(rows, [first, second], [third.entry])).toBe("");
    expect(news(rows, [third, first, second], [third.entry])).toBe("");
  });

  it("tells of removals and of a new order", () => {
    expect(news(rows, [first])).toBe("“t1” and 1 more removed from the queue");
    expect(news(rows, [second, first, third])).toBe("Somebody changed the order of the queue");
  });

  it("is silent when a track merely began to play", () => {
    expect(news(rows, [{ ...first, place: "now" }, second, third])).toBe("");
  });

  it("forgets a row of mine after its change, so that the next one is news", () => {
    const touched = new Set([third.entry]);
    const tell = (before: typeof rows, after: typeof rows) => queueNews(before, after, "p-me", touched, (track) => track);
    expect(tell(rows, [third, first, second])).toBe("");
    expect(tell([third, first, second], rows)).toBe("Somebody changed the order of the queue");
  });
});

describe("addresses", () => {
  it("are read and written alike", () => {
    const route = routeOf(new URL(`http://x${roomPath("a b/ü", "in&vite")}`));
    expect(route).toEqual({ screen: "room", room: "a b/ü", invite: "in&vite" });
    expect(routeOf(new URL("http://x/"))).toEqual({ screen: "landing" });
    expect(routeOf(new URL("http://x/r/abc/"))).toEqual({ screen: "room", room: "abc", invite: "" });
    expect(routeOf(new URL("http://x/nothing"))).toEqual({ screen: "nowhere" });
  });

  it("follow the back button until closed", () => {
    window.history.replaceState(null, "", "/");
    const navigation = new Navigation(window);
    navigation.go("/r/abc");
    expect(navigation.route.get()).toMatchObject({ room: "abc" });
    window.history.replaceState(null, "", "/");
    window.dispatchEvent(new PopStateEvent("popstate"));
    expect(navigation.route.get()).toEqual({ screen: "landing" });
    navigation.close();
    window.history.replaceState(null, "", "/r/late");
    window.dispatchEvent(new PopStateEvent("popstate"));
    expect(navigation.route.get()).toEqual({ screen: "landing" });
  });
});

describe("preferences", () => {
  const store = (kept: string | null, broken = false): Storage => {
    const values = new Map<string, string>(kept === null ? [] : [["hathor.preferences", kept]]);
    return {
      length: 0,
      clear: () => undefined,
      key: () => null,
      removeItem: () => undefined,
      getItem: (name) => values.get(name) ?? null,
      setItem: (name, value) => {
        if (broken) throw new DOMException("full", "QuotaExceededError");
        values.set(name, value);
      },
    };
  };

  it("are remembered", () => {
    const memory = store(null);
    new Preferences(document.createElement("html"), memory).choose({ theme: "contrast", singleKeys: false });
    const root = document.createElement("html");
    expect(new Preferences(root, memory).choices.get()).toEqual({ theme: "contrast", singleKeys: false });
    expect(root.dataset.theme).toBe("contrast");
  });

  it.each(["not json", "7", "null", '{"theme":"pink","singleKeys":"yes"}'])("start anew from %s", (kept) => {
    expect(new Preferences(document.createElement("html"), store(kept)).choices.get()).toEqual({ theme: "dark", singleKeys: true });
  });

  it("hold without a store and with a full one", () => {
    const root = document.createElement("html");
    const preferences = new Preferences(root, store(null, true));
    preferences.choose({ theme: "light" });
    expect(root.dataset.theme).toBe("light");
    new Preferences(root, null).choose({ theme: "system" });
    expect(root.dataset.theme).toBe("system");
  });
});

describe("the catalogue", () => {
  it("asks once for all rows of a moment, in portions of 500", async () => {
    const server = new FakeServer();
    const catalogue = new Catalogue(server, new KeptTracks(passingShelf()));
    for (let index = 0; index < 600; index += 1) catalogue.track(`t${index}`);
    catalogue.track("t0");
    await wait(20);
    expect(server.calls).toEqual(["lookup 500", "lookup 100"]);
    expect(catalogue.track("t3").get()?.title).toBe("Unknown track");
    expect(catalogue.track("t3").get()?.is_available).toBe(false);
    await wait(20);
    expect(server.calls).toHaveLength(2);
  });

  it("does not ask for what a search brought along", async () => {
    const server = new FakeServer();
    const catalogue = new Catalogue(server, new KeptTracks(passingShelf()));
    const cell = catalogue.track("t1");
    catalogue.keep([trackOf("t1", "Undertow")]);
    expect(cell.get()?.title).toBe("Undertow");
    await wait(20);
    expect(server.calls).toEqual([]);
  });

  it("asks again when the server was away, and not after closing", async () => {
    vi.useFakeTimers();
    try {
      const server = new FakeServer();
      server.tracks = [trackOf("t1", "Undertow")];
      server.refusing.set("lookup", { code: "down", reason: "" });
      const catalogue = new Catalogue(server, new KeptTracks(passingShelf()));
      const cell = catalogue.track("t1");
      await vi.advanceTimersByTimeAsync(10);
      expect(cell.get()).toBeNull();
      server.refusing.clear();
      await vi.advanceTimersByTimeAsync(4_100);
      expect(cell.get()?.title).toBe("Undertow");
      catalogue.track("t2");
      catalogue.close();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(server.calls).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the search", () => {
  it("shows the answer to the latest question alone, whatever comes last", async () => {
    const answers: ((page: TrackPage) => void)[] = [];
    const search = new LibrarySearch({ search: () => new Promise((resolve) => answers.push(resolve)) }, new Catalogue(new FakeServer(), new KeptTracks(passingShelf())));
    const first = search.lookNow("a");
    const second = search.lookNow("ab");
    answers[1]?.({ tracks: [trackOf("t2", "Abacus")], total: 1 });
    answers[0]?.({ tracks: [trackOf("t1", "Anchor")], total: 1 });
    await Promise.all([first, second]);
    expect(search.found.get().tracks.map(({ title }) => title)).toEqual(["Abacus"]);
    expect(search.found.get().query).toBe("ab");
    search.close();
  });
});
