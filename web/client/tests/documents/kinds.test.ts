import { describe, expect, it } from "vitest";

import { documentName, isId, parseDocumentName, PLAYBACK, QUEUE } from "../../src/documents/kinds";

describe("document names", () => {
  it.each([PLAYBACK, QUEUE])("are read as they were written: $name", (kind) => {
    expect(parseDocumentName(documentName(kind, "ab3k9x"))).toEqual({ kind, owner: "ab3k9x" });
  });

  it.each(["", "queue", "queue:", ":x", "nope:x", "queue:x:y", "queue:X", `queue:${"a".repeat(33)}`])("are not %j", (name) => {
    expect(parseDocumentName(name)).toBeNull();
  });

  it("hold ids, which lack the letters that look like others", () => {
    expect(isId("0123456789abcdefghjkmnpqrstvwxyz")).toBe(true);
    for (const text of ["", "i", "l", "o", "u", "A", 5, null]) expect(isId(text)).toBe(false);
  });
});
