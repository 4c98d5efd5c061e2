interface SliderProps {
  readonly words: string;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly value: number;
  /** The value as people read and hear it. */
  readonly shown: string;
  readonly isBarred?: boolean;
  readonly onChange: (value: number) => void;
}

/** A name, a range, and what it stands at. */
export function Slider({ words, least, most, step, value, shown, isBarred = false, onChange }: SliderProps) {
  return (
    <label class="knob">
      <span>{words}</span>
      <input
        class="range"
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        disabled={isBarred}
        aria-label={words}
        aria-valuetext={shown}
        style={{ "--share": String((value - least) / (most - least)) }}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
      <output aria-hidden="true">{shown}</output>
    </label>
  );
}
