// A newcomer is met by rising sound, never by a blast.
const WELCOME_SECONDS = 1;

// Long enough not to crackle under a moving slider.
const SMOOTHING_SECONDS = 0.03;

/** The last stage before the output: the listener's volume, and a slow rise the first time anything sounds. */
export class Volume {
  readonly node: GainNode;
  readonly #context: BaseAudioContext;
  #wanted: number;
  #isWelcomed = false;
  #isHushed = false;

  constructor(context: BaseAudioContext, volume: number) {
    this.#context = context;
    this.#wanted = volume;
    this.node = new GainNode(context, { gain: 0 });
  }

  set(volume: number): void {
    this.#wanted = volume;
    this.#glide();
  }

  /** Silent for a while, whatever the volume. */
  hush(isHushed: boolean): void {
    this.#isHushed = isHushed;
    this.#glide();
  }

  /** Something sounds now: rises to the volume over a second. Later calls do nothing. */
  welcome(): void {
    if (this.#isWelcomed) return;
    this.#isWelcomed = true;
    const now = this.#context.currentTime;
    this.node.gain.setValueAtTime(0, now);
    this.node.gain.linearRampToValueAtTime(this.#amplitude, now + WELCOME_SECONDS);
  }

  #glide(): void {
    if (this.#isWelcomed) this.node.gain.setTargetAtTime(this.#amplitude, this.#context.currentTime, SMOOTHING_SECONDS);
  }

  /** Loudness is felt roughly as the square of a slider's travel. */
  get #amplitude(): number {
    return this.#isHushed ? 0 : this.#wanted * this.#wanted;
  }
}
