import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/preact";
import axe from "axe-core";
import { afterEach } from "vitest";

import { passingShelf, type Shelf } from "../../src/session/memory";
import { App } from "../../src/ui/app";
import { Preferences } from "../../src/ui/preferences";
import { Navigation } from "../../src/ui/routes";
import { FakeListening, personOf, queueOf } from "./fakeListening";
import { FakeServer, trackOf } from "./fakeServer";
import { FakeSystem } from "./fakeSystem";

export const TITLES = ["Amber Stairwell", "Low Tide Signal", "Paper Lanterns", "Northern Line", "Slow Copper"];

export interface Opened {
  readonly server: FakeServer;
  readonly listening: FakeListening;
  /** Rooms the page opened an engine for, as `room invite`. */
  readonly listened: string[];
  readonly navigation: Navigation;
  readonly preferences: Preferences;
  /** What the device kept from earlier visits. */
  readonly shelf: Shelf;
  readonly system: FakeSystem;
}

let navigation: Navigation | null = null;

afterEach(() => {
  cleanup();
  navigation?.close();
  navigation = null;
});

interface SimulatedWindow {
  readonly happyDOM: { setViewport(size: { readonly width: number; readonly height: number }): void };
}

type Width = "wide" | "medium" | "phone";
const WIDTHS: Record<Width, readonly [number, number]> = { wide: [1440, 900], medium: [1024, 768], phone: [390, 844] };

/** Renders the whole application at an address, on fakes, and lets what it asks for arrive. */
export async function openPage(path: string, width: Width = "wide", prepare: (opened: Opened) => void = () => undefined): Promise<Opened> {
  const [pageWidth, height] = WIDTHS[width];
  (window as unknown as SimulatedWindow).happyDOM.setViewport({ width: pageWidth, height });
  window.history.replaceState(null, "", path);
  const server = new FakeServer();
  server.tracks = TITLES.map((title, index) => trackOf(`t${index}`, title, index % 2 === 0 ? "Ondine Vale" : "Koto Harrow"));
  const listening = new FakeListening();
  const listened: string[] = [];
  navigation = new Navigation(window);
  const preferences = new Preferences(document.documentElement, null);
  const shelf = passingShelf();
  const system = new FakeSystem();
  const opened = { server, listening, listened, navigation, preferences, shelf, system };
  prepare(opened);
  const listen = ({ room, invite }: { readonly room: string; readonly invite: string }) => {
    listened.push(`${room} ${invite}`);
    return listening;
  };
  render(<App server={server} listen={listen} navigation={navigation} preferences={preferences} shelf={shelf} system={system} />);
  await settle();
  return opened;
}

/** A room one is inside of, with five tracks of which the second plays, and three people. */
export async function openRoom(width: Width = "wide", prepare: (opened: Opened) => void = () => undefined): Promise<Opened> {
  const opened = await openPage("/r/demo", width, (all) => {
    all.listening.queue.set(queueOf(TITLES.map((_, index) => `t${index}`)));
    all.listening.begin("e1");
    all.listening.people.set([
      personOf("Mira", { isMe: true, role: "host", principal: "p-me" }),
      personOf("Ben", { role: "member", playbackError: 23_000 }),
      personOf("Jo", { hasSound: false, state: "silent" }),
    ]);
    prepare(all);
  });
  click("Join with sound");
  await settle();
  opened.listening.calls.length = 0;
  return opened;
}

/** Lets promises, gathered lookups and the renderings they cause happen. */
export async function settle(milliseconds = 15): Promise<void> {
  await act(async () => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  });
}

/** Changes something from outside and renders what follows from it. */
export function change(action: () => unknown): void {
  void act(() => void action());
}

export function button(name: string, inside: HTMLElement = document.body): HTMLButtonElement {
  return within(inside).getByRole<HTMLButtonElement>("button", { name });
}

export function click(name: string, inside: HTMLElement = document.body): void {
  fireEvent.click(button(name, inside));
}

/** Presses a key where the focus is. */
export function press(key: string, more: KeyboardEventInit = {}): void {
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
}

/** Rows of the list of that name, as the titles or names they begin with. */
export function rowsOf(list: string): readonly HTMLElement[] {
  return within(screen.getByRole("list", { name: list })).getAllByRole("listitem");
}

export function titlesOf(list: string): readonly string[] {
  return rowsOf(list).map((row) => row.querySelector(".row-title, .person-name")?.textContent ?? "");
}

/** Rules of axe that are broken on the page as it is. Contrast needs real layout and is looked at in a browser. */
export async function brokenRules(): Promise<readonly string[]> {
  const found = await axe.run(document.documentElement, {
    resultTypes: ["violations"],
    rules: { "color-contrast": { enabled: false }, "target-size": { enabled: false } },
  });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}
