import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { CLIENT_LAYOUTS, ORDER_LAYOUTS, PARTICIPANT_LAYOUT, SERVER_LAYOUTS } from "../../src/wire/layouts";

const page = readFileSync("../../sync/wire/PROTOCOL.md", "utf8");

/** Field names of each row, in the protocol's spelling. */
function told(title: string): Record<string, string[]> {
  const section = page.split(`## ${title}\n`)[1]!.split("\n## ")[0]!;
  const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (.*?)\|/gm)];
  return Object.fromEntries(
    rows.map(([, tag, cell]) => [tag!, [...cell!.matchAll(/`([a-z_]+)` [a-z]+/g)].map(([, name]) => name!)]),
  );
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const names = (layout: readonly (readonly [string, ...unknown[]])[]) => layout.map(([name]) => snake(name));
const namesOf = (layouts: Record<string, readonly (readonly [string, ...unknown[]])[]>) =>
  Object.fromEntries(Object.entries(layouts).map(([tag, layout]) => [tag, names(layout)]));

describe("layouts", () => {
  it("are those of the protocol page for clients", () => {
    expect({ ...namesOf(CLIENT_LAYOUTS), ...namesOf(ORDER_LAYOUTS) }).toEqual(told("Client → server"));
  });

  it("are those of the protocol page for servers", () => {
    expect({ ...namesOf(SERVER_LAYOUTS), participant: names(PARTICIPANT_LAYOUT) }).toEqual(told("Server → client"));
  });
});
