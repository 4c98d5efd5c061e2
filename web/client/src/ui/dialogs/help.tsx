import { Dialog } from "../parts/dialog";
import { Switch } from "../parts/switch";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";

const KEYS: readonly (readonly [string, string])[] = [
  ["Space", "Play or pause"],
  ["← →", "Back or forward 5 seconds"],
  ["Shift ← →", "Previous or next track"],
  ["↑ ↓", "Volume"],
  ["M", "Mute this device"],
  ["[ ]", "Offset of this output, 5 ms down or up"],
  ["< >", "Speed of the room, 5 % down or up"],
  ["/", "Search the library"],
  ["Enter", "In the search: add the first result (Shift: play it next)"],
  ["Q P", "Queue, people"],
  ["V", "Vibe: effects here, tempo and pitch of the room"],
  ["Alt ↑ ↓", "Move a row of the queue"],
  ["Del", "Remove a row of the queue"],
  ["Ctrl Z", "Undo my last change"],
  ["?", "This page"],
];

/** All keys on one page. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const { preferences } = useSurroundings();
  const { singleKeys } = useObserved(preferences.choices);
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, words]) => (
          <div key={keys} class="keys-line">
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <Switch
        label="Single-key shortcuts"
        hint="Switch off if they are in the way of speech input or a screen reader."
        on={singleKeys}
        onChange={(on) => preferences.choose({ singleKeys: on })}
      />
    </Dialog>
  );
}
