import { hueOfName } from "../palette";
import type { Quality } from "../quality";

/** First letters in a colour of their own, ringed by how well the device keeps step. Decoration: the words stand beside it. */
export function Avatar({ name, quality }: { readonly name: string; readonly quality: Quality }) {
  const letters = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0x20))
    .join("")
    .toUpperCase();
  return (
    <span class="avatar" data-quality={quality} style={{ "--hue": String(hueOfName(name)) }} aria-hidden="true">
      {letters}
    </span>
  );
}
