import { type ChainSettings, type Range, chainSettings, NUMBERS } from "../../effects/settings";

/** Effects with switches of their own, in the order in which sound passes them. */
export type SwitchedEffect = "drive" | "compressor" | "echo" | "reverb";

/** One parameter that people turn; the others keep their defaults. */
export interface Knob {
  readonly name: string;
  readonly words: string;
  readonly range: Range;
  readonly step: number;
  readonly shown: (value: number) => string;
}

const percent = (value: number): string => `${Math.round(100 * value)} %`;
const wholeDb = (value: number): string => `${value < 0 ? "−" : ""}${Math.abs(value)} dB`;

export const EFFECTS: readonly { readonly effect: SwitchedEffect; readonly words: string; readonly hint: string; readonly knobs: readonly Knob[] }[] = [
  {
    effect: "reverb",
    words: "Reverb",
    hint: "A space to play in",
    knobs: [{ name: "mix", words: "Amount", range: NUMBERS.reverb.mix, step: 0.05, shown: percent }],
  },
  {
    effect: "echo",
    words: "Echo",
    hint: "Repeats that fade",
    knobs: [
      { name: "delay_seconds", words: "Time", range: NUMBERS.echo.delay_seconds, step: 0.01, shown: (value) => `${Math.round(1000 * value)} ms` },
      { name: "feedback", words: "Repeats", range: NUMBERS.echo.feedback, step: 0.05, shown: percent },
      { name: "mix", words: "Amount", range: NUMBERS.echo.mix, step: 0.05, shown: percent },
    ],
  },
  {
    effect: "drive",
    words: "Drive",
    hint: "Warm to overdriven",
    knobs: [
      { name: "amount_db", words: "Amount", range: NUMBERS.drive.amount_db, step: 1, shown: wholeDb },
      { name: "tone_hz", words: "Tone", range: NUMBERS.drive.tone_hz, step: 500, shown: (value) => `${value / 1000} kHz` },
    ],
  },
  {
    effect: "compressor",
    words: "Compressor",
    hint: "Loud and soft closer together",
    knobs: [
      { name: "threshold_db", words: "From", range: NUMBERS.compressor.threshold_db, step: 1, shown: wholeDb },
      { name: "ratio", words: "Ratio", range: NUMBERS.compressor.ratio, step: 0.5, shown: (value) => `${value} : 1` },
      { name: "makeup_db", words: "Make-up", range: NUMBERS.compressor.makeup_db, step: 0.5, shown: wholeDb },
    ],
  },
];

/** `effects` with one of them on (as it comes) or off. */
export function switched(effects: ChainSettings, effect: SwitchedEffect, isOn: boolean): ChainSettings {
  const others = Object.fromEntries(Object.entries(effects).filter(([name]) => name !== effect));
  return chainSettings(isOn ? { ...others, [effect]: {} } : others);
}

/** `effects` with one parameter of one effect that is on changed. */
export function turned(effects: ChainSettings, effect: SwitchedEffect, name: string, value: number | string): ChainSettings {
  return chainSettings({ ...effects, [effect]: { ...effects[effect], [name]: value } });
}

/** What a knob stands at; its default while the effect is off. */
export function valueOf(effects: ChainSettings, effect: SwitchedEffect, knob: Knob): number {
  const value = (effects[effect] as Readonly<Record<string, unknown>> | undefined)?.[knob.name];
  return typeof value === "number" ? value : knob.range[2];
}
