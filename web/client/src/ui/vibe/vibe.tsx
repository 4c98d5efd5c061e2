import { useEffect, useId, useRef } from "preact/hooks";

import { type ChainSettings, isOff } from "../../effects/settings";
import type { OwnVibeView } from "../../session/listening";
import { Icon } from "../parts/icons";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { useUnfolding } from "../useUnfolding";
import { EffectSwitches } from "./effectSwitches";
import { Equalizer } from "./equalizer";
import { Meter } from "./meter";
import { nameOf, Presets, wordsOf } from "./presets";

/** The button that keys and pages find. */
export const VIBE_BUTTON = "vibe-button";

/** What I do to the sound of this device: a button that says it, and the panel behind it. */
export function Vibe() {
  const { listening } = useRoom();
  const vibe = useObserved(listening.ownVibe);
  const { isOpen, setOpen, around, button, onKeyDown } = useUnfolding();
  const panel = useId();
  const words = vibeWords(vibe);
  return (
    <div class="vibe" ref={around} onKeyDown={onKeyDown}>
      <button
        type="button"
        id={VIBE_BUTTON}
        ref={button}
        class="vibe-button"
        data-changed={words !== "as it is" || undefined}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panel : undefined}
        aria-label={`Vibe: ${words}`}
        aria-keyshortcuts="V"
        title={`Vibe of this device: ${words}`}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="sliders" />
      </button>
      {isOpen && <VibePanel id={panel} vibe={vibe} />}
    </div>
  );
}

function vibeWords({ effects, isBypassed }: OwnVibeView): string {
  if (isOff(effects)) return "as it is";
  const name = nameOf(effects);
  const words = name === undefined ? "my own" : wordsOf(name).toLowerCase();
  return isBypassed ? `${words}, bypassed` : words;
}

function VibePanel({ id, vibe }: { readonly id: string; readonly vibe: OwnVibeView }) {
  const { listening } = useRoom();
  const transport = useObserved(listening.transport);
  const room = useObserved(listening.room);
  const heading = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const isPlaying = transport.status === "playing";
  const change = (effects: ChainSettings) => listening.setEffects(effects);
  return (
    <section class="unfolded vibe-panel" id={id} ref={panel} role="dialog" aria-labelledby={heading} tabIndex={-1}>
      <div class="vibe-head">
        <div>
          <h2 id={heading}>Vibe</h2>
          <p class="quiet">{room?.hasSound === false ? "Sound is off on this device." : "Just me: nobody else hears it, and I stay in step."}</p>
        </div>
        <Meter isPlaying={isPlaying} />
      </div>
      <Compare vibe={vibe} />
      <Presets effects={vibe.effects} onChange={change} />
      <Equalizer effects={vibe.effects} isPlaying={isPlaying} onChange={change} />
      <EffectSwitches effects={vibe.effects} onChange={change} />
    </section>
  );
}

/** The sound as it came beside what was made of it, at once and back. */
function Compare({ vibe }: { readonly vibe: OwnVibeView }) {
  const { listening } = useRoom();
  const group = useId();
  const isNothing = isOff(vibe.effects);
  return (
    <fieldset class="compare" disabled={isNothing}>
      <legend class="hidden-words">Compare</legend>
      <div class="modes-choice">
        <label class="mode">
          <input type="radio" name={group} checked={vibe.isBypassed || isNothing} onChange={() => listening.bypass(true)} />
          <span>A · Original</span>
        </label>
        <label class="mode">
          <input type="radio" name={group} checked={!vibe.isBypassed && !isNothing} onChange={() => listening.bypass(false)} />
          <span>B · My sound</span>
        </label>
      </div>
    </fieldset>
  );
}
