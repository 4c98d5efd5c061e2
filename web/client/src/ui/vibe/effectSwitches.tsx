import { useId } from "preact/hooks";

import { type ChainSettings, SPACES } from "../../effects/settings";
import { Switch } from "../parts/switch";
import { EFFECTS, switched, turned, valueOf } from "./knobs";
import { Slider } from "./slider";

interface EffectSwitchesProps {
  readonly effects: ChainSettings;
  readonly onChange: (effects: ChainSettings) => void;
}

/** Reverb, echo, drive and compressor: a switch each, and what can be turned once it is on. */
export function EffectSwitches({ effects, onChange }: EffectSwitchesProps) {
  return (
    <section class="vibe-part" aria-label="Effects">
      <h3>Effects</h3>
      {EFFECTS.map(({ effect, words, hint, knobs }) => (
        <div key={effect} class="effect" data-on={effects[effect] !== undefined || undefined}>
          <Switch label={words} hint={hint} on={effects[effect] !== undefined} onChange={(on) => onChange(switched(effects, effect, on))} />
          {effects[effect] !== undefined && (
            <div class="knobs" role="group" aria-label={words}>
              {effect === "reverb" && <Space effects={effects} onChange={onChange} />}
              {knobs.map((knob) => (
                <Slider
                  key={knob.name}
                  words={knob.words}
                  least={knob.range[0]}
                  most={knob.range[1]}
                  step={knob.step}
                  value={valueOf(effects, effect, knob)}
                  shown={knob.shown(valueOf(effects, effect, knob))}
                  onChange={(value) => onChange(turned(effects, effect, knob.name, value))}
                />
              ))}
            </div>
          )}
        </div>
      ))}
    </section>
  );
}

const SPACE_WORDS: Readonly<Record<(typeof SPACES)[number], string>> = { room: "Room", hall: "Hall", cathedral: "Cathedral" };

function Space({ effects, onChange }: EffectSwitchesProps) {
  const group = useId();
  return (
    <div class="modes-choice" role="radiogroup" aria-label="Space">
      {SPACES.map((space) => (
        <label key={space} class="mode">
          <input type="radio" name={group} checked={effects.reverb?.space === space} onChange={() => onChange(turned(effects, "reverb", "space", space))} />
          <span>{SPACE_WORDS[space]}</span>
        </label>
      ))}
    </div>
  );
}
