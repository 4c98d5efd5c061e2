/** What one build of the page consists of; written into the service worker when it is built. */
export interface Build {
  /** Changes with every byte of the build. */
  readonly version: string;
  /** Paths of the files beside the page itself: `/assets/…`, icons. */
  readonly files: readonly string[];
  /** The script the page begins with: tells a page of this build from that of another. */
  readonly entry: string;
}

/** The parts of a service worker's surroundings that are used. */
export interface KeeperSurroundings {
  readonly caches: CacheStorage;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly origin: string;
  /** Resolves after so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

const PAGES = "hathor-page-";
const PICTURES = "hathor-pictures-1";
// Covers of a long evening; about 20 MB at the sizes that the server hands out.
const MOST_PICTURES = 200;
// Longer than a slow phone needs for a few kilobytes, shorter than people wait before they reload.
const PATIENCE_MS = 3_000;

/**
 * Keeps the page of one build on this device, so that it opens while the server is away.
 *
 * - The page: from the network, so that a new build is used at once; from here when there is no answer within 3 s.
 * - Files of the build: from here first; their names change with their content.
 * - Covers and waveforms: from here first, renewed behind the scenes, at most 200 of them.
 * - Everything else is none of our business: {@link answer} says null, and the browser goes on as if we did not exist.
 *
 * Invariant: a cache holds the files of exactly one build. It is filled whole or not at all, nothing is added later, and it
 * is removed only when no page of its build is open any more.
 */
export class PageKeeper {
  readonly #build: Build;
  readonly #around: KeeperSurroundings;
  readonly #name: string;

  constructor(build: Build, around: KeeperSurroundings) {
    this.#build = build;
    this.#around = around;
    this.#name = PAGES + build.version;
  }

  /** Fetches the whole build. Rejects, keeping nothing, when anything of it is missing or belongs to another build. */
  async install(): Promise<void> {
    const { caches, fetch, origin } = this.#around;
    try {
      const cache = await caches.open(this.#name);
      // The page and its files are asked for one after the other; a server updated in between would mix two builds.
      const page = await fetch(new Request(`${origin}/`, { cache: "no-cache" }));
      if (!page.ok || !(await page.clone().text()).includes(this.#build.entry)) throw new Error("the page is of another build");
      await cache.addAll(this.#build.files.map((file) => origin + file));
      await cache.put(`${origin}/`, page);
    } catch (reason) {
      await caches.delete(this.#name);
      throw reason;
    }
  }

  /** Removes what other builds left. Called when none of their pages is open. */
  async activate(): Promise<void> {
    const { caches } = this.#around;
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("hathor-") && name !== this.#name && name !== PICTURES);
    await Promise.all(old.map((name) => caches.delete(name)));
  }

  /** The answer to a request, or null when it is not for us. `later` keeps the worker alive for what goes on behind. */
  answer(request: Request, later: (work: Promise<unknown>) => void): Promise<Response> | null {
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== this.#around.origin) return null;
    if (request.mode === "navigate") return isPage(pathname) ? this.#page(request) : null;
    if (this.#build.files.includes(pathname)) return this.#file(request);
    return isPicture(pathname) ? this.#picture(request, later) : null;
  }

  async #page(request: Request): Promise<Response> {
    const { fetch, pause } = this.#around;
    const fresh = fetch(request);
    // Failing after we have given up waiting is nobody's concern.
    fresh.catch(() => undefined);
    const answered = await Promise.race([fresh, pause(PATIENCE_MS).then(() => null)]).catch(() => null);
    // A proxy before a server that is away answers in its place.
    if (answered !== null && answered.status < 500) return answered;
    return (await this.#kept("/")) ?? fresh;
  }

  async #file(request: Request): Promise<Response> {
    return (await this.#kept(new URL(request.url).pathname)) ?? this.#around.fetch(request);
  }

  async #kept(path: string): Promise<Response | undefined> {
    const { caches, origin } = this.#around;
    return (await caches.open(this.#name)).match(origin + path, { ignoreVary: true });
  }

  async #picture(request: Request, later: (work: Promise<unknown>) => void): Promise<Response> {
    const cache = await this.#around.caches.open(PICTURES);
    const kept = await cache.match(request.url, { ignoreVary: true });
    const renewed = this.#renew(cache, request);
    if (kept === undefined) return renewed;
    later(renewed.catch(() => undefined));
    return kept;
  }

  async #renew(cache: Cache, request: Request): Promise<Response> {
    const answer = await this.#around.fetch(request);
    // 404 means "not measured yet", and a range is a part of something.
    if (answer.status !== 200) return answer;
    try {
      await cache.put(request.url, answer.clone());
      const keys = await cache.keys();
      await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_PICTURES)).map((oldest) => cache.delete(oldest)));
    } catch {
      // A full disk costs the kept copy, never the answer.
    }
    return answer;
  }
}

function isPage(path: string): boolean {
  return path === "/" || path.startsWith("/r/");
}

function isPicture(path: string): boolean {
  return /^\/api\/tracks\/[^/]+\/(cover|peaks)$/.test(path);
}
