import { PageKeeper } from "./offline/pageKeeper";
import type { Build } from "./offline/pageKeeper";

/** Put in by the build: see `serviceWorkerOf` in `vite.config.ts`. */
declare const __HATHOR_BUILD__: Build;

// The types of the page have no service workers; these are the parts that are used.
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  readonly caches: CacheStorage;
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", listener: (event: Lasting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
}

const scope = self as unknown as Scope;
const keeper = new PageKeeper(__HATHOR_BUILD__, {
  caches: scope.caches,
  fetch: (request) => fetch(request),
  origin: scope.location.origin,
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
});

// No `skipWaiting`: a new worker waits until no page of the old build is open, because it removes that build's files.
// Nobody waits for the update itself: the page always comes from the network while there is one.
scope.addEventListener("install", (event) => event.waitUntil(keeper.install()));
// The first worker takes over the page that brought it, so that one visit is enough; a later one finds no page to take.
scope.addEventListener("activate", (event) => event.waitUntil(keeper.activate().then(() => scope.clients.claim())));
scope.addEventListener("fetch", (event) => {
  const answer = keeper.answer(event.request, (work) => event.waitUntil(work));
  if (answer !== null) event.respondWith(answer);
});
