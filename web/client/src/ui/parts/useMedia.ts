import { useLayoutEffect, useState } from "preact/hooks";

/** True while the page matches a media query. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useLayoutEffect(() => {
    const list = window.matchMedia(query);
    const changed = () => setMatches(list.matches);
    changed();
    list.addEventListener("change", changed);
    return () => list.removeEventListener("change", changed);
  }, [query]);
  return matches;
}

/** `columns`: three of them; `rail`: the left one folds into icons; `tabs`: one at a time. */
export type Layout = "columns" | "rail" | "tabs";

export function useLayout(): Layout {
  const isRoomy = useMedia("(min-width: 900px)");
  const isWide = useMedia("(min-width: 1200px)");
  return isWide ? "columns" : isRoomy ? "rail" : "tabs";
}
