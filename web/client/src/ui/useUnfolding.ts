import { useEffect, useRef, useState } from "preact/hooks";

/** What a part needs that unfolds below a button. */
export interface Unfolding {
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  /** Of the element that holds the button and what unfolds: a press outside of it folds it again. */
  readonly around: { current: HTMLDivElement | null };
  /** Of the button: it has the focus again after Escape. */
  readonly button: { current: HTMLButtonElement | null };
  /** Of the same element: Escape folds. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** Folded at first. */
export function useUnfolding(): Unfolding {
  const [isOpen, setOpen] = useState(false);
  const around = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const pressed = (event: PointerEvent) => {
      if (event.target instanceof Node && around.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener("pointerdown", pressed);
    return () => document.removeEventListener("pointerdown", pressed);
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen) return;
    // A dialog around it stays open.
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  };
  return { isOpen, setOpen, around, button, onKeyDown };
}
