import { useId } from "preact/hooks";

interface SwitchProps {
  readonly label: string;
  readonly hint?: string;
  /** Null while it is not known: nobody changes what they cannot see. */
  readonly on: boolean | null;
  readonly onChange: (on: boolean) => void;
}

/** A checkbox that looks like a switch and says what it does. */
export function Switch({ label, hint, on, onChange }: SwitchProps) {
  const hintId = useId();
  return (
    <label class="switch">
      <span class="switch-words">
        <span>{label}</span>
        {hint !== undefined && (
          <small id={hintId} class="quiet">
            {hint}
          </small>
        )}
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={on === true}
        disabled={on === null}
        aria-describedby={hint === undefined ? undefined : hintId}
        aria-label={label}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </label>
  );
}
