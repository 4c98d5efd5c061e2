import { describe, expect, test } from "vitest";
import { HttpApi } from "../../src/api/http";
import { Refused } from "../../src/api/refused";
import type { Server } from "../../src/ui/server";

interface Asked {
  url: string;
  method: string;
  body: unknown;
}

function apiWith(answer: () => Response | Promise<Response>): { api: HttpApi; asked: Asked[] } {
  const asked: Asked[] = [];
  const api = new HttpApi(async (url, options) => {
    const body: unknown = typeof options.body === "string" ? JSON.parse(options.body) : undefined;
    asked.push({ url, method: options.method ?? "GET", body });
    return answer();
  });
  return { api, asked };
}

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

describe("requests", () => {
  test("every route of the table is asked for as it is written there", async () => {
    const { api, asked } = apiWith(() => json({ rooms: [], tracks: [], total: 0, demo_room: "", https_url: "" }));
    await api.instance();
    await api.session();
    await api.rename("Ada");
    await api.rooms();
    await api.createRoom("Tea");
    await api.myRoom();
    await api.glance("r1", "tok en");
    await api.configure("r1", { guests_edit: true });
    await api.invite("r1");
    await api.renewInvite("r1");
    await api.kick("r1", "p1");
    await api.search("blue note", 20, 40);
    await api.lookup(["t1"]);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /api/instance",
      "GET /api/session",
      "PATCH /api/session",
      "GET /api/rooms",
      "POST /api/rooms",
      "POST /api/rooms/mine",
      "GET /api/rooms/r1?i=tok+en",
      "PATCH /api/rooms/r1",
      "GET /api/rooms/r1/invite",
      "POST /api/rooms/r1/invite",
      "POST /api/rooms/r1/kick",
      "GET /api/tracks?q=blue+note&limit=20&offset=40",
      "POST /api/tracks/lookup",
    ]);
    expect(asked[2]!.body).toEqual({ name: "Ada" });
    expect(asked[12]!.body).toEqual({ tracks: ["t1"] });
    expect(api.qrUrl("r1", "x")).toBe("/api/rooms/r1/qr.svg?i=x");
    expect(api.coverUrl("t/1")).toBe("/api/tracks/t%2F1/cover");
  });

  test("what is empty at the server is null here", async () => {
    const { api } = apiWith(() => json({ demo_room: "", https_url: "" }));
    expect(await api.instance()).toEqual({ demo_room: null, https_url: null });
  });

  test("it is what the page asks of a server", () => {
    const server: Server = new HttpApi();
    expect(server.coverUrl("t")).toContain("cover");
  });
});

describe("refusals", () => {
  test("the server's no arrives with code and reason", async () => {
    const { api } = apiWith(() => json({ code: "room-full", reason: "No seat is free." }, 409));
    const refusal = await api.glance("r1", "").catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(Refused);
    expect(refusal).toMatchObject({ code: "room-full", reason: "No seat is free.", status: 409 });
  });

  test("a page of a proxy becomes a refusal by its status", async () => {
    const { api } = apiWith(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(api.session()).rejects.toMatchObject({ code: "http-502" });
  });

  test("an answer that does not come is given up after a while", async () => {
    const api = new HttpApi(
      (_url, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(new TypeError("aborted")))),
      5,
    );
    await expect(api.lookup(["t1"])).rejects.toMatchObject({ code: "unreachable" });
    const control = new AbortController();
    await expect(api.search("x", 1, 0, control.signal)).rejects.toMatchObject({ code: "unreachable" });
  });

  test("no answer is told as unreachable, an abort as what it is", async () => {
    const { api } = apiWith(() => Promise.reject(new TypeError("failed to fetch")));
    await expect(api.session()).rejects.toMatchObject({ code: "unreachable", status: 0 });
    const control = new AbortController();
    control.abort();
    await expect(api.search("x", 1, 0, control.signal)).rejects.toBeInstanceOf(TypeError);
  });

  test("peaks that are not measured yet are null", async () => {
    const { api } = apiWith(() => json({ code: "unknown-track", reason: "" }, 404));
    expect(await api.peaks("t1")).toBeNull();
    const { api: other } = apiWith(() => new Response(new Uint8Array([1, 2])));
    expect(await other.peaks("t1")).toEqual(new Uint8Array([1, 2]));
  });
});

describe("a stranger", () => {
  test("becomes a guest once, and every request of the page is asked again", async () => {
    let isKnown = false;
    const asked: string[] = [];
    const api = new HttpApi(async (url) => {
      asked.push(url);
      await Promise.resolve();
      if (url === "/api/session") isKnown = true;
      return isKnown ? json({ rooms: [], tracks: [], total: 0 }) : json({ code: "unknown-principal", reason: "who?" }, 401);
    });
    await Promise.all([api.rooms(), api.search("", 10, 0)]);
    expect(asked.filter((url) => url === "/api/session")).toHaveLength(1);
    expect(asked.filter((url) => url === "/api/rooms")).toHaveLength(2);
  });

  test("who is introduced from several places at once becomes one guest, and may ask again later", async () => {
    let guests = 0;
    const api = new HttpApi(async () => {
      guests += 1;
      await Promise.resolve();
      return json({ principal: `p${guests}`, device: "d", name: "" });
    });
    const [one, other] = await Promise.all([api.session(), api.session()]);
    expect([one.principal, other.principal, guests]).toEqual(["p1", "p1", 1]);
    await api.session();
    expect(guests).toBe(2);
  });

  test("who looks at a room by an invite before anything else is introduced first", async () => {
    const asked: string[] = [];
    const api = new HttpApi((url) => {
      asked.push(url);
      return Promise.resolve(json({ principal: "p", device: "d", name: "" }));
    });
    await Promise.all([api.glance("r1", "inv"), api.session()]);
    await api.glance("r1", "inv");
    expect(asked).toEqual(["/api/session", "/api/rooms/r1?i=inv", "/api/rooms/r1?i=inv"]);
  });

  test("who stays unknown is told so", async () => {
    const api = new HttpApi(() => Promise.resolve(json({ code: "unknown-principal", reason: "who?" }, 401)));
    await expect(api.rooms()).rejects.toMatchObject({ code: "unknown-principal" });
  });
});
