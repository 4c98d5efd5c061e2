import { useEffect, useId } from "preact/hooks";

import { THEMES, type Theme } from "../preferences";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { useUnfolding } from "../useUnfolding";
import { IconButton } from "./button";
import { Icon } from "./icons";

const NAMES: Record<Theme, string> = { dark: "Dark", light: "Light", contrast: "High contrast", system: "Like my system" };

/** The choice of theme behind one button, and the page of keys where there is no room for its own. */
export function Appearance({ onKeys }: { readonly onKeys?: () => void }) {
  const { preferences } = useSurroundings();
  const { theme } = useObserved(preferences.choices);
  const { isOpen, setOpen, around, button, onKeyDown } = useUnfolding();
  const group = useId();
  useEffect(() => {
    if (isOpen) around.current?.querySelector<HTMLInputElement>("input:checked")?.focus();
  }, [isOpen]);
  return (
    <div class="appearance" ref={around} onKeyDown={onKeyDown}>
      <IconButton icon="theme" name="Theme" expanded={isOpen} buttonRef={button} onClick={() => setOpen(!isOpen)} />
      {isOpen && (
        <fieldset class="menu appearance-menu">
          <legend class="hidden-words">Theme</legend>
          {THEMES.map((choice) => (
            <label key={choice} class="menu-item">
              <input
                type="radio"
                name={group}
                checked={choice === theme}
                onChange={() => preferences.choose({ theme: choice })}
              />
              <span>{NAMES[choice]}</span>
            </label>
          ))}
          {onKeys !== undefined && (
            <button
              type="button"
              class="menu-item"
              onClick={() => {
                setOpen(false);
                onKeys();
              }}
            >
              <Icon name="help" />
              <span>Keys</span>
            </button>
          )}
        </fieldset>
      )}
    </div>
  );
}
