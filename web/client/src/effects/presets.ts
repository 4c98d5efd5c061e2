import { type ChainSettings, chainSettings, EffectRefused } from "./settings";

/** Settings that have a name. Twin of `media/effects/presets.py`. */
const TABLE: Readonly<Record<string, object>> = {
  bass: { equalizer: { gains_db: [6, 5, 3, 1, 0, 0, 0, 0, 0, 0] } },
  treble: { equalizer: { gains_db: [0, 0, 0, 0, 0, 0, 1, 3, 5, 6] } },
  voice: { equalizer: { gains_db: [-6, -4, -2, 0, 1, 3, 4, 2, 0, -2] } },
  "small-speaker": {
    equalizer: { gains_db: [-12, -6, 2, 4, 1, 0, 1, 2, 2, 0] },
    compressor: { threshold_db: -22, ratio: 3, knee_db: 10, makeup_db: 4 },
  },
  night: {
    compressor: { threshold_db: -32, ratio: 4, knee_db: 12, attack_seconds: 0.005, release_seconds: 0.3 },
    loudness: { target_lufs: -23 },
  },
  even: { loudness: { target_lufs: -16 }, limiter: {} },
  loud: {
    compressor: { threshold_db: -20, ratio: 2.5, knee_db: 8, makeup_db: 3 },
    loudness: { target_lufs: -11 },
    limiter: { release_seconds: 0.06 },
  },
  warm: { equalizer: { gains_db: [2, 2, 1, 0, 0, 0, 0, -1, -2, -3] }, drive: { amount_db: 6, tone_hz: 9000, level_db: -2 } },
  overdriven: { drive: { amount_db: 24, tone_hz: 6000, level_db: -9 } },
  slapback: { echo: { delay_seconds: 0.11, feedback: 0.1, mix: 0.4, tone_hz: 5000 } },
  canyon: { echo: { delay_seconds: 0.6, feedback: 0.55, mix: 0.35, tone_hz: 2500 }, reverb: { space: "hall", mix: 0.2 } },
  room: { reverb: { space: "room", mix: 0.2 } },
  hall: { reverb: { space: "hall", mix: 0.3 } },
  cathedral: { reverb: { space: "cathedral", mix: 0.4 } },
};

export const PRESETS: ReadonlyMap<string, ChainSettings> = new Map(
  Object.entries(TABLE).map(([name, content]) => [name, chainSettings(content)]),
);

/** The settings of that name. Throws {@link EffectRefused}. */
export function preset(name: string): ChainSettings {
  const settings = PRESETS.get(name);
  if (settings !== undefined) return settings;
  throw new EffectRefused("unknown-preset", `there is no preset “${name}”; there are ${[...PRESETS.keys()].join(", ")}`);
}
