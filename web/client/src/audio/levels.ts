/** What sounds on a device, for those who want to see it. Open while somebody looks: analysing costs processor time. */
export interface Levels {
  /** Hertz between two values of the spectrum; the first is at 0. */
  readonly stepHz: number;
  readonly spectrumLength: number;
  /** Fills `into` (as long as `spectrumLength`) with levels in dB of full scale. */
  spectrum(into: Float32Array<ArrayBuffer>): void;
  /** The highest samples of left and right in the last 20 ms, 0 … 1 and more. */
  peaks(): readonly [left: number, right: number];
  close(): void;
}

// 12 Hz between two values, so that the lowest band of an equalizer has several.
const SPECTRUM_FRAMES = 4_096;
const PEAK_FRAMES = 1_024;
// Falls by half in 60 ms at 30 looks a second: quick enough to belong to what is heard, slow enough to be seen.
const SMOOTHING = 0.75;

/** Looks at what `listen` connects to it; `listen` returns what takes it off again. */
export function openLevels(context: BaseAudioContext, listen: (node: AudioNode) => () => void): Levels {
  const input = new GainNode(context, { channelCount: 2, channelCountMode: "explicit" });
  const whole = new AnalyserNode(context, { fftSize: SPECTRUM_FRAMES, smoothingTimeConstant: SMOOTHING });
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  const sides = [0, 1].map((side) => {
    const analyser = new AnalyserNode(context, { fftSize: PEAK_FRAMES });
    splitter.connect(analyser, side);
    return analyser;
  });
  input.connect(whole);
  input.connect(splitter);
  const leave = listen(input);
  const samples = new Float32Array(PEAK_FRAMES);
  const peakOf = (side: AnalyserNode | undefined): number => {
    side?.getFloatTimeDomainData(samples);
    return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  };
  return {
    stepHz: context.sampleRate / SPECTRUM_FRAMES,
    spectrumLength: whole.frequencyBinCount,
    spectrum: (into) => whole.getFloatFrequencyData(into),
    peaks: () => [peakOf(sides[0]), peakOf(sides[1])],
    close: () => {
      leave();
      for (const node of [input, splitter]) node.disconnect();
    },
  };
}
