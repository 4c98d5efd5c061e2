import { expect, it } from "vitest";

import { change, openRoom, settle } from "./open";

it("inside a room the lock screen and the screen itself follow it, and no longer once it is left", async () => {
  const { system, listening, navigation } = await openRoom();
  await settle();
  expect(system.media.words?.title).toBe("Low Tide Signal");
  expect(system.wake.held).toBe(1);
  system.media.press("pause");
  expect(listening.calls).toEqual(["pause"]);
  change(() => navigation.go("/"));
  await settle();
  expect([system.media.words, system.media.keys.size, system.wake.held]).toEqual([null, 0, 0]);
});
