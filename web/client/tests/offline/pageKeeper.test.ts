import { beforeEach, describe, expect, test } from "vitest";
import { PageKeeper } from "../../src/offline/pageKeeper";
import type { Build } from "../../src/offline/pageKeeper";

const ORIGIN = "https://hathor.test";
const PAGE = '<script src="/assets/index-1.js">';

const keyOf = (request: RequestInfo | URL): string => (request instanceof Request ? request.url : request.toString());

/** A cache as the browser has it: in the order in which things were put. */
class FakeCache {
  readonly kept = new Map<string, Response>();
  readonly #network: (request: Request) => Promise<Response>;

  constructor(network: (request: Request) => Promise<Response>) {
    this.#network = network;
  }

  match(request: RequestInfo | URL): Promise<Response | undefined> {
    return Promise.resolve(this.kept.get(keyOf(request))?.clone());
  }

  put(request: RequestInfo | URL, answer: Response): Promise<void> {
    this.kept.delete(keyOf(request));
    this.kept.set(keyOf(request), answer);
    return Promise.resolve();
  }

  async addAll(requests: readonly string[]): Promise<void> {
    const answers = await Promise.all(requests.map((url) => this.#network(new Request(url))));
    if (answers.some((answer) => !answer.ok)) throw new TypeError("not all are there");
    for (const [index, answer] of answers.entries()) this.kept.set(requests[index]!, answer);
  }

  keys(): Promise<readonly Request[]> {
    return Promise.resolve([...this.kept.keys()].map((url) => new Request(url)));
  }

  delete(request: RequestInfo | URL): Promise<boolean> {
    return Promise.resolve(this.kept.delete(keyOf(request)));
  }
}

let asked: string[];
let network: (request: Request) => Promise<Response>;
let caches: Map<string, FakeCache>;
let behind: Promise<unknown>[];
let endPatience: () => void;

beforeEach(() => {
  asked = [];
  behind = [];
  caches = new Map();
  network = (request) => {
    const path = request.url.slice(ORIGIN.length);
    return Promise.resolve(new Response(path === "/" || path.startsWith("/r/") ? PAGE : `content of ${path}`));
  };
});

function keeperOf(build: Partial<Build> = {}): PageKeeper {
  const ask = (request: Request): Promise<Response> => {
    asked.push(request.url.slice(ORIGIN.length));
    return network(request);
  };
  const storage = {
    open: (name: string) => {
      const cache = caches.get(name) ?? new FakeCache(ask);
      caches.set(name, cache);
      return Promise.resolve(cache);
    },
    delete: (name: string) => Promise.resolve(caches.delete(name)),
    keys: () => Promise.resolve([...caches.keys()]),
  };
  const all: Build = { version: "v1", files: ["/assets/index-1.js", "/sign.svg"], entry: "/assets/index-1.js", ...build };
  return new PageKeeper(all, {
    caches: storage as unknown as CacheStorage,
    fetch: ask,
    origin: ORIGIN,
    pause: () => new Promise((resolve) => (endPatience = resolve)),
  });
}

/** `Request` cannot be made with mode "navigate" by a page; the browser makes those. */
function navigation(path: string): Request {
  return Object.defineProperty(new Request(ORIGIN + path), "mode", { value: "navigate" });
}

const later = (work: Promise<unknown>): void => void behind.push(work);

async function textOf(keeper: PageKeeper, request: Request): Promise<string> {
  const answer = keeper.answer(request, later);
  if (answer === null) throw new Error(`${request.url} was left to the browser`);
  return (await answer).text();
}

const away = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));

describe("the page", () => {
  test("opens without the server, whatever room is asked for", async () => {
    const keeper = keeperOf();
    await keeper.install();
    network = away;
    expect(await textOf(keeper, navigation("/r/abc?i=secret"))).toBe(PAGE);
    expect(await textOf(keeper, navigation("/"))).toBe(PAGE);
    expect(await textOf(keeper, new Request(`${ORIGIN}/assets/index-1.js`))).toBe("content of /assets/index-1.js");
    expect(await textOf(keeper, new Request(`${ORIGIN}/sign.svg`))).toBe("content of /sign.svg");
  });

  test("comes from the network as long as that answers, and does not replace what is kept", async () => {
    const keeper = keeperOf();
    await keeper.install();
    network = () => Promise.resolve(new Response("a newer page"));
    expect(await textOf(keeper, navigation("/"))).toBe("a newer page");
    network = away;
    expect(await textOf(keeper, navigation("/"))).toBe(PAGE);
  });

  test("is not waited for longer than three seconds", async () => {
    const keeper = keeperOf();
    await keeper.install();
    network = () => new Promise(() => undefined);
    const opening = textOf(keeper, navigation("/r/abc"));
    endPatience();
    expect(await opening).toBe(PAGE);
  });

  test("is not what a proxy says in the server's place", async () => {
    const keeper = keeperOf();
    await keeper.install();
    network = () => Promise.resolve(new Response("Bad gateway", { status: 502 }));
    expect(await textOf(keeper, navigation("/"))).toBe(PAGE);
  });

  test("files of the build are not asked for again", async () => {
    const keeper = keeperOf();
    await keeper.install();
    asked.length = 0;
    await textOf(keeper, new Request(`${ORIGIN}/assets/index-1.js`));
    expect(asked).toEqual([]);
  });

  test("fails like the network where nothing is kept", async () => {
    network = away;
    await expect(textOf(keeperOf(), navigation("/"))).rejects.toThrow("Failed to fetch");
  });
});

describe("a build", () => {
  test("is kept whole or not at all", async () => {
    network = (request) => Promise.resolve(new Response(PAGE, { status: request.url.endsWith(".svg") ? 404 : 200 }));
    await expect(keeperOf().install()).rejects.toThrow("not all");
    expect([...caches.keys()]).toEqual([]);
  });

  test("is never mixed with the page of another", async () => {
    const keeper = keeperOf({ entry: "/assets/index-2.js" });
    await expect(keeper.install()).rejects.toThrow("another build");
    expect([...caches.keys()]).toEqual([]);
  });

  test("removes the one before when it takes over, and leaves covers and foreign caches", async () => {
    await keeperOf().install();
    const second = keeperOf({ version: "v2" });
    await second.install();
    caches.set("hathor-pictures-1", new FakeCache(away));
    caches.set("somebody-else", new FakeCache(away));
    await second.activate();
    expect([...caches.keys()].sort()).toEqual(["hathor-page-v2", "hathor-pictures-1", "somebody-else"]);
  });
});

describe("covers and waveforms", () => {
  const cover = (track: number | string): Request => new Request(`${ORIGIN}/api/tracks/${track}/cover`);

  test("come from here and are renewed behind the scenes", async () => {
    const keeper = keeperOf();
    await textOf(keeper, cover("a"));
    network = () => Promise.resolve(new Response("another picture"));
    expect(await textOf(keeper, cover("a"))).toBe("content of /api/tracks/a/cover");
    await Promise.all(behind);
    network = away;
    expect(await textOf(keeper, cover("a"))).toBe("another picture");
    await Promise.all(behind);
  });

  test("are bounded, the oldest goes first", async () => {
    const keeper = keeperOf();
    for (let track = 0; track < 205; track += 1) await textOf(keeper, cover(track));
    const kept = [...caches.get("hathor-pictures-1")!.kept.keys()];
    expect(kept).toHaveLength(200);
    expect(kept[0]).toBe(`${ORIGIN}/api/tracks/5/cover`);
  });

  test("that are not known yet are not kept", async () => {
    const keeper = keeperOf();
    network = () => Promise.resolve(new Response("", { status: 404 }));
    await keeper.answer(new Request(`${ORIGIN}/api/tracks/a/peaks`), later);
    expect(caches.get("hathor-pictures-1")!.kept.size).toBe(0);
  });

  test("a full disk costs the copy, not the answer", async () => {
    const keeper = keeperOf();
    caches.set("hathor-pictures-1", Object.assign(new FakeCache(away), { put: () => Promise.reject(new Error("QuotaExceeded")) }));
    expect(await textOf(keeper, cover("a"))).toBe("content of /api/tracks/a/cover");
  });
});

test.each([
  ["GET", "/api/session"],
  ["GET", "/api/rooms/abc"],
  ["GET", "/api/tracks?q=a"],
  ["GET", "/segments/s/r/0"],
  ["GET", "/ws"],
  ["GET", "/sw.js"],
  ["GET", "/assets/index-2.js"],
  ["POST", "/api/tracks/a/cover"],
  ["POST", "/sign.svg"],
])("%s %s is left to the browser", (method, path) => {
  expect(keeperOf().answer(new Request(ORIGIN + path, { method }), later)).toBeNull();
});

test("other origins and other addresses of ours are left to the browser", () => {
  expect(keeperOf().answer(new Request("https://elsewhere.test/sign.svg"), later)).toBeNull();
  expect(keeperOf().answer(navigation("/healthz"), later)).toBeNull();
});
