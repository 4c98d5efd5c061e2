/**
 * What can be set of every effect: the one model that pages, files and renders share. Twin of `media/effects/settings.py`;
 * both agree with `tests/vectors/effects_settings.json`.
 *
 * Sound always passes the effects in the order of {@link ChainSettings}. A chain in which anything is on ends in the
 * limiter, asked for or not, because nearly every effect can raise sound beyond full scale.
 */

export const SPACES = ["room", "hall", "cathedral"] as const;
export type Space = (typeof SPACES)[number];

/** Octaves of ISO 266, in Hz. */
export const BANDS_HZ = [31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000] as const;
export const MOST_GAIN_DB = 12;

/** Ten peaking bands, an octave wide; gains in dB, in the order of {@link BANDS_HZ}. */
export interface EqualizerSettings {
  readonly gains_db: readonly number[];
}

/** Soft clipping: how much soft sound is raised towards full scale; a low-pass; a level. */
export interface DriveSettings {
  readonly amount_db: number;
  readonly tone_hz: number;
  readonly level_db: number;
}

/** What is louder than the threshold is turned down; `ratio` dB more in become one more out. */
export interface CompressorSettings {
  readonly threshold_db: number;
  readonly ratio: number;
  readonly knee_db: number;
  readonly attack_seconds: number;
  readonly release_seconds: number;
  readonly makeup_db: number;
}

/** Repeats, each duller and softer by `feedback` than the one before; `mix` is how loud the first one is. */
export interface EchoSettings {
  readonly delay_seconds: number;
  readonly feedback: number;
  readonly mix: number;
  readonly tone_hz: number;
}

/** A space to play in; `mix` 0 is only the sound, 1 only the space, and loudness stays nearly the same between. */
export interface ReverbSettings {
  readonly space: Space;
  readonly mix: number;
}

/** Integrated loudness (ITU-R BS.1770-4) that the sound is brought to. */
export interface LoudnessSettings {
  readonly target_lufs: number;
}

/** The true peak that is never exceeded, and how fast the level comes back after one. */
export interface LimiterSettings {
  readonly ceiling_db: number;
  readonly release_seconds: number;
}

/** Every effect in the order in which sound passes them; what is left out is off. */
export interface ChainSettings {
  readonly equalizer?: EqualizerSettings;
  readonly drive?: DriveSettings;
  readonly compressor?: CompressorSettings;
  readonly echo?: EchoSettings;
  readonly reverb?: ReverbSettings;
  readonly loudness?: LoudnessSettings;
  readonly limiter?: LimiterSettings;
}

/** Least, most, default. */
export type Range = readonly [least: number, most: number, standard: number];

type NumbersOf<Settings> = { readonly [Name in keyof Settings as Settings[Name] extends number ? Name : never]: Range };

/** Every parameter that is one number. */
export const NUMBERS: {
  readonly drive: NumbersOf<DriveSettings>;
  readonly compressor: NumbersOf<CompressorSettings>;
  readonly echo: NumbersOf<EchoSettings>;
  readonly reverb: NumbersOf<ReverbSettings>;
  readonly loudness: NumbersOf<LoudnessSettings>;
  readonly limiter: NumbersOf<LimiterSettings>;
} = {
  drive: { amount_db: [0, 36, 9], tone_hz: [1000, 20_000, 12_000], level_db: [-24, 6, -3] },
  compressor: {
    threshold_db: [-60, 0, -18],
    ratio: [1, 20, 3],
    knee_db: [0, 24, 6],
    attack_seconds: [0.0001, 0.3, 0.01],
    release_seconds: [0.01, 2, 0.15],
    makeup_db: [0, 24, 0],
  },
  echo: { delay_seconds: [0.02, 2, 0.35], feedback: [0, 0.9, 0.35], mix: [0, 1, 0.3], tone_hz: [500, 16_000, 4000] },
  reverb: { mix: [0, 1, 0.25] },
  loudness: { target_lufs: [-36, -8, -16] },
  limiter: { ceiling_db: [-12, 0, -1], release_seconds: [0.01, 1, 0.1] },
};

export type EffectCode =
  | "unknown-effect"
  | "unknown-parameter"
  | "unknown-preset"
  | "bad-parameter"
  | "out-of-range"
  | "effects-unavailable";

/** Why effects cannot be as they were asked for: `code` is stable, `reason` a sentence for people. */
export class EffectRefused extends Error {
  readonly code: EffectCode;
  readonly reason: string;

  constructor(code: EffectCode, reason: string) {
    super(`${code}: ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

const EFFECTS = ["equalizer", "drive", "compressor", "echo", "reverb", "loudness", "limiter"];

/** Settings from what JSON was decoded to, with every parameter. Throws {@link EffectRefused}. */
export function chainSettings(content: unknown): ChainSettings {
  const given = objectOf(content, "effects");
  known(given, EFFECTS, "unknown-effect", "effect");
  return {
    ...("equalizer" in given && { equalizer: equalizerOf(given.equalizer) }),
    ...("drive" in given && { drive: numbersOf<DriveSettings>(NUMBERS.drive, given.drive, "drive") }),
    ...("compressor" in given && { compressor: numbersOf<CompressorSettings>(NUMBERS.compressor, given.compressor, "compressor") }),
    ...("echo" in given && { echo: numbersOf<EchoSettings>(NUMBERS.echo, given.echo, "echo") }),
    ...("reverb" in given && { reverb: reverbOf(given.reverb) }),
    ...("loudness" in given && { loudness: numbersOf<LoudnessSettings>(NUMBERS.loudness, given.loudness, "loudness") }),
    ...("limiter" in given && { limiter: numbersOf<LimiterSettings>(NUMBERS.limiter, given.limiter, "limiter") }),
  };
}

/** Nothing was asked for: sound passes as it is. */
export function isOff(settings: ChainSettings): boolean {
  return Object.keys(settings).length === 0;
}

function equalizerOf(content: unknown): EqualizerSettings {
  const given = objectOf(content, "equalizer");
  known(given, ["gains_db"], "unknown-parameter", "parameter of equalizer");
  if (!("gains_db" in given)) return { gains_db: BANDS_HZ.map(() => 0) };
  const gains: unknown = given.gains_db;
  if (!Array.isArray(gains) || gains.length !== BANDS_HZ.length) {
    throw new EffectRefused("bad-parameter", `equalizer: gains_db is a list of ${BANDS_HZ.length} numbers`);
  }
  return { gains_db: gains.map((each: unknown) => within(each, [-MOST_GAIN_DB, MOST_GAIN_DB, 0], "equalizer: a gain")) };
}

function reverbOf(content: unknown): ReverbSettings {
  const { space = "hall", ...numbers } = objectOf(content, "reverb");
  return { space: spaceOf(space), ...numbersOf<{ mix: number }>(NUMBERS.reverb, numbers, "reverb") };
}

function spaceOf(value: unknown): Space {
  if (typeof value !== "string") throw new EffectRefused("bad-parameter", "reverb: space is a name");
  const space = SPACES.find((each) => each === value);
  if (space !== undefined) return space;
  throw new EffectRefused("out-of-range", `reverb: there is no space “${value}”; there are ${SPACES.join(", ")}`);
}

function numbersOf<Settings>(table: NumbersOf<Settings>, content: unknown, effect: string): Settings {
  const ranges: Readonly<Record<string, Range>> = table;
  const given = objectOf(content, effect);
  known(given, Object.keys(ranges), "unknown-parameter", `parameter of ${effect}`);
  const values = Object.entries(ranges).map(([name, range]) => [
    name,
    name in given ? within(given[name], range, `${effect}: ${name}`) : range[2],
  ]);
  // The table has exactly the names of the settings: its type says so where it is written.
  return Object.fromEntries(values) as Settings;
}

function objectOf(content: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new EffectRefused("bad-parameter", `${name} is an object`);
  }
  // Only what it says itself, not what every object inherits.
  return Object.assign(Object.create(null) as Record<string, unknown>, content);
}

function known(given: object, names: readonly string[], code: "unknown-effect" | "unknown-parameter", what: string): void {
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw new EffectRefused(code, `there is no ${what} called “${name}”; there are ${names.join(", ")}`);
  }
}

function within(value: unknown, [least, most]: Range, name: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new EffectRefused("bad-parameter", `${name} is a number`);
  if (value < least || value > most) {
    throw new EffectRefused("out-of-range", `${name} is from ${least} to ${most}, not ${value}`);
  }
  return value;
}
