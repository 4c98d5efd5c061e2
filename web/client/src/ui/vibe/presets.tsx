import { PRESETS } from "../../effects/presets";
import { type ChainSettings, isOff } from "../../effects/settings";

const WORDS: Readonly<Record<string, string>> = { "small-speaker": "Small speaker" };

interface PresetsProps {
  readonly effects: ChainSettings;
  readonly onChange: (effects: ChainSettings) => void;
}

/** Sounds that have a name; one tap each. */
export function Presets({ effects, onChange }: PresetsProps) {
  const chosen = isOff(effects) ? "" : (nameOf(effects) ?? null);
  return (
    <section class="vibe-part" aria-label="Presets">
      <h3>Presets</h3>
      <div class="presets">
        <Preset words="None" isChosen={chosen === ""} onClick={() => onChange({})} />
        {[...PRESETS].map(([name, settings]) => (
          <Preset key={name} words={wordsOf(name)} isChosen={chosen === name} onClick={() => onChange(settings)} />
        ))}
      </div>
    </section>
  );
}

function Preset({ words, isChosen, onClick }: { readonly words: string; readonly isChosen: boolean; readonly onClick: () => void }) {
  return (
    <button type="button" class="button button-soft button-small" aria-pressed={isChosen} onClick={onClick}>
      {words}
    </button>
  );
}

/** The preset that sounds like this; undefined once something was changed. */
export function nameOf(effects: ChainSettings): string | undefined {
  const text = JSON.stringify(effects);
  return [...PRESETS].find(([, settings]) => JSON.stringify(settings) === text)?.[0];
}

export function wordsOf(name: string): string {
  return WORDS[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}
