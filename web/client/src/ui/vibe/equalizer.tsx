import { BANDS_HZ, type ChainSettings, MOST_GAIN_DB } from "../../effects/settings";
import { bandWords, decibels } from "./scale";
import { Spectrum } from "./spectrum";

const FLAT: readonly number[] = BANDS_HZ.map(() => 0);

interface EqualizerProps {
  readonly effects: ChainSettings;
  readonly isPlaying: boolean;
  readonly onChange: (effects: ChainSettings) => void;
}

/** Ten bands over what sounds now. */
export function Equalizer({ effects, isPlaying, onChange }: EqualizerProps) {
  const gains = effects.equalizer?.gains_db ?? FLAT;
  const set = (band: number, gain: number) => {
    const changed = gains.map((each, i) => (i === band ? gain : each));
    onChange({ ...effects, equalizer: { gains_db: changed } });
  };
  return (
    <section class="vibe-part" aria-label="Equalizer">
      <div class="vibe-part-head">
        <h3>Equalizer</h3>
        <button
          type="button"
          class="button button-quiet button-small"
          disabled={gains.every((gain) => gain === 0)}
          onClick={() => onChange({ ...effects, equalizer: { gains_db: FLAT } })}
        >
          Flat
        </button>
      </div>
      <div class="bands">
        <Spectrum gainsDb={gains} isPlaying={isPlaying} />
        {BANDS_HZ.map((hertz, band) => (
          <label key={hertz} class="band">
            <output aria-hidden="true">{(gains[band] ?? 0) === 0 ? "0" : decibels(gains[band] ?? 0).replace(" dB", "")}</output>
            <input
              type="range"
              min={-MOST_GAIN_DB}
              max={MOST_GAIN_DB}
              step={0.5}
              value={gains[band] ?? 0}
              aria-label={`${bandWords(hertz).replace("k", " kilo")}hertz`}
              aria-orientation="vertical"
              aria-valuetext={decibels(gains[band] ?? 0)}
              onInput={(event) => set(band, Number(event.currentTarget.value))}
              onDblClick={() => set(band, 0)}
            />
            <span aria-hidden="true">{bandWords(hertz)}</span>
          </label>
        ))}
      </div>
    </section>
  );
}
