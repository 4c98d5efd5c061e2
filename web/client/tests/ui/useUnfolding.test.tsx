import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, expect, it, vi } from "vitest";

import { useUnfolding } from "../../src/ui/useUnfolding";

afterEach(cleanup);

function Folder() {
  const { isOpen, setOpen, around, button, onKeyDown } = useUnfolding();
  return (
    <div ref={around} onKeyDown={onKeyDown}>
      <button ref={button} onClick={() => setOpen(!isOpen)}>
        Fold
      </button>
      {isOpen && <input aria-label="inside" />}
    </div>
  );
}

function opened(escaped = vi.fn()) {
  render(
    <div onKeyDown={escaped}>
      <Folder />
      <p>outside</p>
    </div>,
  );
  fireEvent.click(screen.getByRole("button"));
  return screen.getByLabelText("inside");
}

it("stays open while it is used and folds when something else is pressed", () => {
  const inside = opened();
  fireEvent.pointerDown(inside);
  fireEvent.keyDown(inside, { key: "a" });
  expect(screen.queryByLabelText("inside")).not.toBeNull();
  fireEvent.pointerDown(screen.getByText("outside"));
  expect(screen.queryByLabelText("inside")).toBeNull();
});

it("folds with Escape, gives the focus back, and takes no other Escape for its own", () => {
  const escaped = vi.fn();
  const inside = opened(escaped);
  inside.focus();
  fireEvent.keyDown(inside, { key: "Escape" });
  expect(screen.queryByLabelText("inside")).toBeNull();
  const button = screen.getByRole("button");
  expect(document.activeElement).toBe(button);
  expect(escaped).not.toHaveBeenCalled();
  fireEvent.keyDown(button, { key: "Escape" });
  expect(escaped).toHaveBeenCalledOnce();
});
