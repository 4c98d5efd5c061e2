import { fireEvent, screen } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";

import { DeviceMemory, passingShelf } from "../../src/session/memory";
import { KeptTracks } from "../../src/ui/keptTracks";
import { untilAnswered } from "../../src/ui/untilAnswered";
import { EVERYTHING } from "./fakeListening";
import { trackOf } from "./fakeServer";
import { button, change, click, openPage, openRoom, settle, titlesOf, type Opened } from "./open";

const AWAY = { code: "unreachable", reason: "The server does not answer." };

/** The server is away; this device was inside of the demo room, under another name than the server's. */
function goOffline({ server, shelf }: Opened): void {
  for (const call of ["instance", "session", "rooms", "glance", "search", "lookup"]) server.refusing.set(call, AWAY);
  new DeviceMemory(shelf).keepRoom({ room: "demo", name: "Kitchen radio", role: "guest", may: EVERYTHING, hasSound: true });
}

function comeBack({ server }: Opened): void {
  server.refusing.clear();
  window.dispatchEvent(new Event("online"));
}

describe("while the server is away", () => {
  it("the door of a known room opens as it was last seen, and says so", async () => {
    const { listening } = await openPage("/r/demo", "wide", goOffline);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Kitchen radio");
    expect(screen.getByText("You are offline")).toBeTruthy();
    expect(screen.queryByLabelText("Your name")).toBeNull();
    click("Join muted");
    expect(listening.calls).toEqual(["join false"]);
  });

  it("the door shows the room itself as soon as the server is back", async () => {
    const opened = await openPage("/r/demo", "wide", goOffline);
    comeBack(opened);
    await settle();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Friday night");
    expect(screen.queryByText("You are offline")).toBeNull();
    expect(screen.getByLabelText<HTMLInputElement>("Your name").value).toBe("Mira");
  });

  it("an unknown room says what to do, and opens by itself later", async () => {
    const opened = await openPage("/r/other", "wide", goOffline);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("The server does not answer");
    expect(screen.getByText(/tries again by itself/)).toBeTruthy();
    comeBack(opened);
    await settle();
    expect(button("Join with sound")).toBeTruthy();
  });

  it("the start page lists the rooms of this device and goes on asking", async () => {
    const opened = await openPage("/", "wide", goOffline);
    expect(screen.getByRole("status").textContent).toContain("You are offline");
    expect(screen.getByRole("link", { name: /Kitchen radio/ })).toBeTruthy();
    opened.server.cards = [{ room: "band", name: "Band practice", is_private: false, is_listed: false }];
    comeBack(opened);
    await settle();
    expect(screen.queryByText(/You are offline/)).toBeNull();
    expect(screen.getByRole("link", { name: /Band practice/ })).toBeTruthy();
  });

  it("rows of the queue keep their titles, and the library finds what this device remembers", async () => {
    const opened = await openRoom("wide", (all) => {
      goOffline(all);
      const tracks = new KeptTracks(all.shelf);
      tracks.keep([trackOf("t0", "Amber Stairwell"), trackOf("t1", "Low Tide Signal")]);
      tracks.close();
      all.listening.link.set({ state: "offline", code: "unreachable", reason: "" });
    });
    expect(titlesOf("Queue")).toContain("Low Tide Signal");
    expect(screen.getByText(/You are offline\. The queue is as this device last saw it/)).toBeTruthy();
    expect(screen.getByText("You are offline: 2 tracks this device remembers")).toBeTruthy();
    fireEvent.input(screen.getByRole("searchbox"), { target: { value: "makers amber" } });
    await settle(150);
    expect(titlesOf("Search results")).toEqual(["Amber Stairwell"]);
    opened.server.refusing.clear();
    change(() => opened.listening.link.set({ state: "online", code: "", reason: "" }));
    await settle(150);
    expect(screen.getByText("Nothing found for “makers amber”")).toBeTruthy();
  });
});

describe("tracks this device keeps", () => {
  const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => trackOf(`t${from + index}`, `Title ${from + index}`));

  it("are those met last, at most 500, and two tabs lose none of each other's", () => {
    const shelf = passingShelf();
    const [one, other] = [new KeptTracks(shelf), new KeptTracks(shelf)];
    one.keep(many(400));
    other.keep(many(200, 1000));
    one.close();
    other.close();
    const again = new KeptTracks(shelf);
    expect(again.matching("")).toHaveLength(500);
    expect(again.get("t99")).toBeNull();
    expect(again.get("t100")?.title).toBe("Title 100");
    expect(again.get("t1199")?.title).toBe("Title 1199");
  });

  it("are written soon, without being asked", async () => {
    const shelf = passingShelf();
    new KeptTracks(shelf).keep(many(1));
    await settle(80);
    expect(new KeptTracks(shelf).get("t0")?.title).toBe("Title 0");
  });

  it("a damaged or full shelf costs the names, never the page", () => {
    const shelf = { getItem: () => "{", setItem: () => { throw new Error("QuotaExceeded"); }, removeItem: () => undefined };
    const tracks = new KeptTracks(shelf);
    tracks.keep(many(1));
    tracks.close();
    expect(tracks.get("t0")?.title).toBe("Title 0");
  });
});

describe("asking until somebody answers", () => {
  afterEach(() => vi.useRealTimers());

  it("asks again every three seconds, tells of every attempt, and stops when told", async () => {
    vi.useFakeTimers();
    const told: string[] = [];
    // The client throws records with code and reason, whatever their class.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    const ask = vi.fn(() => Promise.reject({ code: "http-503", reason: "Away" }));
    const stop = untilAnswered(ask, () => told.push("answer"), ({ code }) => told.push(code));
    await vi.advanceTimersByTimeAsync(6_500);
    expect(told).toEqual(["http-503", "http-503", "http-503"]);
    stop();
    await vi.advanceTimersByTimeAsync(10_000);
    window.dispatchEvent(new Event("online"));
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it("takes a refusal for an answer", async () => {
    vi.useFakeTimers();
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    const ask = vi.fn(() => Promise.reject({ code: "kicked", reason: "Out" }));
    const told: string[] = [];
    untilAnswered(ask, () => told.push("answer"), ({ code }) => told.push(code));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(["kicked"]);
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
