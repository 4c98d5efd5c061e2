import { useId } from "preact/hooks";

import type { RungChoice, SyncView } from "../../session/listening";
import { Switch } from "../parts/switch";
import { useRoom } from "../room/hold";
import { dataPerMinute } from "./dataWords";

const CHOICES: readonly { readonly choice: RungChoice; readonly words: string; readonly spoken: string; readonly rule: string }[] = [
  { choice: "auto", words: "Auto", spoken: "Automatic", rule: "As good as the connection carries, up to 160\u00a0kbit/s." },
  { choice: "opus-48", words: "48", spoken: "48 kilobits a second", rule: "Never more than 48\u00a0kbit/s: speech and small speakers." },
  { choice: "opus-96", words: "96", spoken: "96 kilobits a second", rule: "Never more than 96\u00a0kbit/s." },
  { choice: "opus-160", words: "160", spoken: "160 kilobits a second", rule: "160\u00a0kbit/s from the start; less while the connection carries less." },
  { choice: "flac", words: "FLAC", spoken: "FLAC, lossless", rule: "Lossless while the connection carries it, about six times the data; Opus while it does not." },
];

/** How good the sound is that this device is sent, and what it costs. */
export function SoundQuality({ sync }: { readonly sync: SyncView }) {
  const { listening } = useRoom();
  const group = useId();
  const { wish, supply } = sync;
  const isSaving = wish.isSaving && !supply.isFixed;
  return (
    <div class="quality">
      <fieldset class="modes" disabled={supply.isFixed || isSaving}>
        <legend>Sound quality here</legend>
        <div class="modes-choice">
          {CHOICES.map(({ choice, words, spoken }) => (
            <label key={choice} class="mode">
              <input
                type="radio"
                name={group}
                aria-label={spoken}
                checked={choice === wish.choice}
                onChange={() => listening.setWish({ ...wish, choice })}
              />
              <span aria-hidden="true">{words}</span>
            </label>
          ))}
        </div>
        <p class="quiet">
          {supply.isFixed
            ? "This page plays FLAC: here the browser lets it decode nothing else."
            : isSaving
              ? "The data saver keeps it at 48\u00a0kbit/s."
              : CHOICES.find(({ choice }) => choice === wish.choice)?.rule}
        </p>
      </fieldset>
      {!supply.isFixed && (
        <Switch
          label="Data saver"
          hint={supply.bytesPerMinute > 0 ? `Now ${dataPerMinute(supply.bytesPerMinute)} while it plays.` : "About 0.4 MB a minute."}
          on={wish.isSaving}
          onChange={(on) => listening.setWish({ ...wish, isSaving: on })}
        />
      )}
    </div>
  );
}
