import { act, render } from "@testing-library/preact";
import { expect, it } from "vitest";

import { Cell, type Observed } from "../../src/session/observed";
import { useObserved } from "../../src/ui/useObserved";

function Shown({ source }: { readonly source: Observed<number> }) {
  return <output>{useObserved(source)}</output>;
}

it("renders the present value, follows changes, and lets go when unmounted", () => {
  const cell = new Cell(1);
  const { container, unmount } = render(<Shown source={cell} />);
  expect(container.textContent).toBe("1");
  void act(() => cell.set(2));
  expect(container.textContent).toBe("2");
  let subscribed = 0;
  const counted: Observed<number> = {
    get: () => cell.get(),
    subscribe: (listener) => {
      subscribed += 1;
      const stop = cell.subscribe(listener);
      return () => {
        subscribed -= 1;
        stop();
      };
    },
  };
  const other = render(<Shown source={counted} />);
  expect(subscribed).toBe(1);
  other.unmount();
  expect(subscribed).toBe(0);
  unmount();
});

it("follows another source when it is given one", () => {
  const one = new Cell(1);
  const two = new Cell(2);
  const { container, rerender } = render(<Shown source={one} />);
  rerender(<Shown source={two} />);
  expect(container.textContent).toBe("2");
  void act(() => one.set(5));
  expect(container.textContent).toBe("2");
  void act(() => two.set(3));
  expect(container.textContent).toBe("3");
});

it("misses no change that happens between rendering and subscribing", () => {
  const cell = new Cell(1);
  const early: Observed<number> = {
    get: () => cell.get(),
    subscribe: (listener) => cell.subscribe(listener),
  };
  function Hasty() {
    const value = useObserved(early);
    // Children and effects of the same rendering may change what was just read.
    if (value === 1) cell.set(2);
    return <output>{value}</output>;
  }
  const { container } = render(<Hasty />);
  expect(container.textContent).toBe("2");
});
