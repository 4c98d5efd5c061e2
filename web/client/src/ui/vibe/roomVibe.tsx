import { useEffect, useState } from "preact/hooks";

import type { TransportView, VibeChange } from "../../session/listening";
import { Switch } from "../parts/switch";
import { FASTEST, rateWords, SLOWEST } from "../player/rates";
import { useRoom } from "../room/hold";
import { useObserved } from "../useObserved";
import { Slider } from "./slider";
import { centsOf, centWords, partsOf, pitchOnTape, semitoneWords, tempoOnTape } from "./pitch";

/** How the room bends what it plays, for everybody at one instant. */
export function RoomVibe() {
  const { listening } = useRoom();
  const transport = useObserved(listening.transport);
  const room = useObserved(listening.room);
  const [isLinked, setLinked] = useState(false);
  const [onTheBeat, setOnTheBeat] = useState(false);
  const { wished, wish } = useWished();
  const isBarred = room?.may.has("vibe") !== true;
  const tempo = wished.tempo ?? transport.ratePermille;
  const { semitones, fine } = partsOf(wished.pitch ?? transport.pitchCents);
  const turn = (change: VibeChange) => {
    wish(change);
    listening.vibe(onTheBeat ? { ...change, onTheBeat } : change);
  };
  const undo = () => {
    wish({});
    if (room?.may.has("reset-vibe") === true) listening.resetVibe();
    else turn({ tempo: 1000, pitch: 0, formants: false });
  };
  const setTempo = (wanted: number) => turn(isLinked ? { tempo: wanted, pitch: pitchOnTape(wanted) } : { tempo: wanted });
  const setPitch = (pitch: number) => turn(isLinked ? { pitch, tempo: tempoOnTape(pitch) } : { pitch });
  return (
    <section class="vibe-part" aria-label="Vibe of the room">
      <p class="quiet">{isBarred ? "Only hosts bend what this room plays." : "Everybody hears it, at the same instant."}</p>
      <div class="effect" data-on={isBent(transport) || undefined}>
        <div class="knobs">
          <Slider words="Tempo" least={SLOWEST} most={FASTEST} step={10} value={tempo} shown={rateWords(tempo)} isBarred={isBarred} onChange={setTempo} />
          <Slider words="Pitch" least={-12} most={12} step={1} value={semitones} shown={semitoneWords(semitones)} isBarred={isBarred} onChange={(value) => setPitch(centsOf(value, fine))} />
          <Slider words="Fine" least={-50} most={50} step={1} value={fine} shown={centWords(fine)} isBarred={isBarred} onChange={(value) => setPitch(centsOf(semitones, value))} />
        </div>
      </div>
      <Switch label="Keep formants" hint="Voices stay themselves when the pitch moves." on={isBarred ? null : (wished.formants ?? transport.keepsFormants)} onChange={(formants) => turn({ formants })} />
      <Switch label="Link pitch to tempo" hint="Like tape: faster is higher." on={isBarred ? null : isLinked} onChange={setLinked} />
      <Switch label="On the beat" hint="Changes wait for the next beat of the track." on={isBarred ? null : onTheBeat} onChange={setOnTheBeat} />
      {!isBarred && (
        <button type="button" class="button button-soft" disabled={!isBent(transport)} onClick={undo}>
          As it was recorded
        </button>
      )}
    </section>
  );
}

// The room takes up a few steps a second of a drag, and always the last one.
const TAKEN_UP_MS = 1_500;

/** What was turned here lately: shown until the room has it, so that a knob never slips back under a hand. */
function useWished() {
  const [wished, setWished] = useState<VibeChange>({});
  useEffect(() => {
    if (Object.keys(wished).length === 0) return undefined;
    const timer = setTimeout(() => setWished({}), TAKEN_UP_MS);
    return () => clearTimeout(timer);
  }, [wished]);
  const wish = (change: VibeChange) => setWished((before) => (Object.keys(change).length === 0 ? {} : { ...before, ...change }));
  return { wished, wish };
}

export function isBent({ ratePermille, pitchCents }: TransportView): boolean {
  return ratePermille !== 1000 || pitchCents !== 0;
}

/** `the room at 0.8×, +2 semitones`; empty while it plays as it was recorded. */
export function roomWords(transport: TransportView): string {
  if (!isBent(transport)) return "";
  const { semitones, fine } = partsOf(transport.pitchCents);
  const pitch = transport.pitchCents === 0 ? "" : `, ${fine === 0 ? semitoneWords(semitones) : centWords(transport.pitchCents)}`;
  return `the room at ${rateWords(transport.ratePermille)}${pitch}`;
}
