import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../parts/button";
import { asRefusal } from "../server";

/** Longest name the server takes. */
export const NAME_LENGTH = 40;

interface NameFieldProps {
  readonly name: string;
  readonly save: (name: string) => Promise<void>;
  readonly done: () => void;
}

/** Changes a name in place. Enter saves, Escape leaves it. */
export function NameField({ name, save, done }: NameFieldProps) {
  const [text, setText] = useState(name);
  const [reason, setReason] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const submit = async () => {
    const chosen = text.trim();
    if (chosen === "" || chosen === name) { done(); return; }
    try {
      await save(chosen);
      done();
    } catch (failure) {
      setReason(asRefusal(failure).reason);
    }
  };
  return (
    <form
      class="name-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        done();
      }}
    >
      <input
        ref={input}
        class="field"
        aria-label="My name"
        value={text}
        maxLength={NAME_LENGTH}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Button kind="primary" size="small" submits>
        Save
      </Button>
      {reason !== "" && (
        <p class="problem" role="alert">
          {reason}
        </p>
      )}
    </form>
  );
}
