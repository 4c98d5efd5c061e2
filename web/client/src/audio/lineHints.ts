import type { Rung } from "./rungs";

/** What a browser tells of the line before anything came over it; the Network Information API, which only Chromium has. */
export interface LineHints {
  readonly saveData?: boolean;
  readonly effectiveType?: string;
}

const START: ReadonlyMap<string, Rung> = new Map([
  ["slow-2g", "opus-48"],
  ["2g", "opus-48"],
  ["3g", "opus-96"],
]);

/** Where a device begins that knows nothing of its line: where most lines carry, unless the browser says otherwise. */
export function startOf(hints: LineHints): Rung {
  return START.get(hints.effectiveType ?? "") ?? "opus-160";
}

/** The hints of this page's browser. */
export function lineHints(browser: Navigator): LineHints {
  return (browser as Navigator & { readonly connection?: LineHints }).connection ?? {};
}
