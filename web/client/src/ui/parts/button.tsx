import type { ComponentChildren, RefObject } from "preact";
import { useId } from "preact/hooks";

import { Icon, type IconName } from "./icons";

interface IconButtonProps {
  readonly icon: IconName;
  /** The accessible name, word for word. */
  readonly name: string;
  readonly onClick: (event: MouseEvent) => void;
  /** Why it cannot be used now; empty when it can. */
  readonly reason?: string;
  readonly describedBy?: string | undefined;
  readonly kind?: "plain" | "filled" | "soft";
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly tabIndex?: number;
  readonly shortcut?: string;
  readonly buttonRef?: RefObject<HTMLButtonElement | null>;
}

/**
 * A button that shows an icon alone. With a `reason` it stays focusable, so that the reason can be found by keyboard and
 * screen reader, but does nothing.
 */
export function IconButton(props: IconButtonProps) {
  const { icon, name, onClick, reason = "", describedBy, kind = "plain", pressed, expanded, tabIndex, shortcut } = props;
  const explained = useId();
  const isBarred = reason !== "";
  return (
    <>
      <button
        type="button"
        class={`icon-button icon-button-${kind}`}
        ref={props.buttonRef ?? null}
        aria-label={name}
        aria-disabled={isBarred || undefined}
        aria-describedby={isBarred ? explained : describedBy}
        aria-pressed={pressed}
        aria-expanded={expanded}
        aria-keyshortcuts={shortcut}
        tabIndex={tabIndex}
        title={isBarred ? reason : name}
        onClick={(event) => !isBarred && onClick(event)}
      >
        <Icon name={icon} />
      </button>
      {isBarred && (
        <span id={explained} hidden>
          {reason}
        </span>
      )}
    </>
  );
}

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: (event: MouseEvent) => void;
  readonly kind?: "primary" | "soft" | "quiet" | "danger";
  readonly size?: "normal" | "large" | "small";
  readonly icon?: IconName;
  readonly submits?: boolean;
  readonly disabled?: boolean;
  readonly describedBy?: string;
}

/** A button with words. */
export function Button({ children, onClick, kind = "soft", size = "normal", icon, submits, disabled, describedBy }: ButtonProps) {
  return (
    <button
      type={submits === true ? "submit" : "button"}
      class={`button button-${kind} button-${size}`}
      disabled={disabled}
      aria-describedby={describedBy}
      {...(onClick === undefined ? {} : { onClick })}
    >
      {icon !== undefined && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}
