import { useId } from "preact/hooks";

import { type ChainSettings, SPACES } from "../../effects/settings";
import { Switch } from "../parts/switch";
import { EFFECTS, type Knob, switched, turned, valueOf } from "./knobs";

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
                <KnobSlider
                  key={knob.name}
                  knob={knob}
                  value={valueOf(effects, effect, knob)}
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

interface KnobSliderProps {
  readonly knob: Knob;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function KnobSlider({ knob, value, onChange }: KnobSliderProps) {
  const [least, most] = knob.range;
  return (
    <label class="knob">
      <span>{knob.words}</span>
      <input
        class="range"
        type="range"
        min={least}
        max={most}
        step={knob.step}
        value={value}
        aria-label={knob.words}
        aria-valuetext={knob.shown(value)}
        style={{ "--share": String((value - least) / (most - least)) }}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
      <output aria-hidden="true">{knob.shown(value)}</output>
    </label>
  );
}
