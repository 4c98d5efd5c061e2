import { useEffect, useId, useRef, useState } from "preact/hooks";

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
import { RoomVibe, roomWords } from "./roomVibe";

/** The button that keys and pages find. */
export const VIBE_BUTTON = "vibe-button";

/** What I do to the sound of this device: a button that says it, and the panel behind it. */
export function Vibe() {
  const { listening } = useRoom();
  const vibe = useObserved(listening.ownVibe);
  const transport = useObserved(listening.transport);
  const { isOpen, setOpen, around, button, onKeyDown } = useUnfolding();
  const panel = useId();
  const words = vibeWords(vibe, roomWords(transport));
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
        title={`Vibe: ${words}`}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="sliders" />
      </button>
      {isOpen && <VibePanel id={panel} vibe={vibe} />}
    </div>
  );
}

function vibeWords({ effects, isBypassed }: OwnVibeView, room: string): string {
  if (isOff(effects)) return room === "" ? "as it is" : room;
  const name = nameOf(effects);
  const own = `${name === undefined ? "my own" : wordsOf(name).toLowerCase()}${isBypassed ? ", bypassed" : ""}`;
  return room === "" ? own : `${own}; ${room}`;
}

function VibePanel({ id, vibe }: { readonly id: string; readonly vibe: OwnVibeView }) {
  const { listening } = useRoom();
  const transport = useObserved(listening.transport);
  const room = useObserved(listening.room);
  const heading = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const [scope, setScope] = useState<Scope>("me");
  const isPlaying = transport.status === "playing";
  return (
    <section class="unfolded vibe-panel" id={id} ref={panel} role="dialog" aria-labelledby={heading} tabIndex={-1}>
      <div class="vibe-head">
        <div>
          <h2 id={heading}>Vibe</h2>
          {room?.hasSound === false && <p class="quiet">Sound is off on this device.</p>}
        </div>
        <Meter isPlaying={isPlaying} />
      </div>
      <Scopes chosen={scope} choose={setScope} />
      {scope === "me" ? <OwnVibe vibe={vibe} isPlaying={isPlaying} /> : <RoomVibe />}
    </section>
  );
}

type Scope = "me" | "room";
const SCOPES: readonly (readonly [Scope, string])[] = [
  ["me", "Just me"],
  ["room", "The room"],
];

/** Who hears it. */
function Scopes({ chosen, choose }: { readonly chosen: Scope; readonly choose: (scope: Scope) => void }) {
  const group = useId();
  return (
    <div class="modes-choice" role="radiogroup" aria-label="Who hears it">
      {SCOPES.map(([scope, words]) => (
        <label key={scope} class="mode">
          <input type="radio" name={group} checked={scope === chosen} onChange={() => choose(scope)} />
          <span>{words}</span>
        </label>
      ))}
    </div>
  );
}

function OwnVibe({ vibe, isPlaying }: { readonly vibe: OwnVibeView; readonly isPlaying: boolean }) {
  const { listening } = useRoom();
  const change = (effects: ChainSettings) => listening.setEffects(effects);
  return (
    <>
      <p class="quiet">Nobody else hears it, and I stay in step.</p>
      <Compare vibe={vibe} />
      <Presets effects={vibe.effects} onChange={change} />
      <Equalizer effects={vibe.effects} isPlaying={isPlaying} onChange={change} />
      <EffectSwitches effects={vibe.effects} onChange={change} />
    </>
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
