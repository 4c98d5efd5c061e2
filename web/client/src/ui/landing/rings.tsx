/** Waves that leave several speakers at the same instant: the promise of the page, as a picture. */
export function Rings() {
  return (
    <svg class="rings" viewBox="0 0 600 300" aria-hidden="true" focusable="false">
      {[130, 300, 470].map((centre) => (
        <g key={centre}>
          {[26, 58, 92, 128].map((radius, index) => (
            <circle key={radius} class={`ring ring-${index}`} cx={centre} cy="150" r={radius} />
          ))}
          <circle class="ring-core" cx={centre} cy="150" r="7" />
        </g>
      ))}
    </svg>
  );
}
