import { Cell, type Observed } from "../session/observed";

/** Where the page is: every screen has an address of its own. */
export type Route =
  | { readonly screen: "landing" }
  | { readonly screen: "room"; readonly room: string; readonly invite: string }
  | { readonly screen: "nowhere" };

/** Reads an address, for example `/r/ab3k9x?i=secret`. */
export function routeOf(address: Pick<URL, "pathname" | "searchParams">): Route {
  if (address.pathname === "/") return { screen: "landing" };
  const room = /^\/r\/([^/]+)\/?$/.exec(address.pathname)?.[1];
  if (room === undefined) return { screen: "nowhere" };
  return { screen: "room", room: decodeURIComponent(room), invite: address.searchParams.get("i") ?? "" };
}

/** The address of a room, with its invite if there is one. */
export function roomPath(room: string, invite = ""): string {
  const path = `/r/${encodeURIComponent(room)}`;
  return invite === "" ? path : `${path}?i=${encodeURIComponent(invite)}`;
}

/**
 * Changes screens without loading the page anew: a reload would lose the click that unlocked sound.
 * `close` stops listening to the back button.
 */
export class Navigation {
  readonly #route: Cell<Route>;
  readonly #page: Window;

  constructor(page: Window) {
    this.#page = page;
    this.#route = new Cell(routeOf(new URL(page.location.href)));
    page.addEventListener("popstate", this.#arrive);
  }

  get route(): Observed<Route> {
    return this.#route;
  }

  go(path: string): void {
    this.#page.history.pushState(null, "", path);
    this.#arrive();
    this.#page.scrollTo(0, 0);
  }

  close(): void {
    this.#page.removeEventListener("popstate", this.#arrive);
  }

  readonly #arrive = () => {
    this.#route.set(routeOf(new URL(this.#page.location.href)));
  };
}
