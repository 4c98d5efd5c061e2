import { useLayoutEffect, useState } from "preact/hooks";

import type { Observed } from "../session/observed";

/** The present value of `source`; the component renders again whenever it changes. */
export function useObserved<T>(source: Observed<T>): T {
  const [, renderAgain] = useState(0);
  const value = source.get();
  useLayoutEffect(() => {
    const changed = () => renderAgain((count) => count + 1);
    // A change between rendering and subscribing would be missed otherwise.
    if (!Object.is(source.get(), value)) changed();
    return source.subscribe(changed);
    // `value` is left out on purpose: subscribing anew for every value would only cost.
  }, [source]);
  return value;
}
