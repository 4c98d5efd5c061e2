import { Dialog } from "../parts/dialog";
import { useRoom } from "../room/hold";
import { roomPath } from "../routes";
import { useSurroundings } from "../surroundings";

/** How to get from loose to tight sync: browsers give exact audio clocks to pages over https alone. */
export function TightenDialog({ onClose }: { readonly onClose: () => void }) {
  const { instance } = useSurroundings();
  const { room, invite } = useRoom();
  const https = instance?.https_url ?? null;
  const address = https === null ? null : new URL(roomPath(room, invite), https).href;
  return (
    <Dialog title="Tighten sync" onClose={onClose}>
      <p>
        This page came over plain http. Browsers then hold back their exact audio clock, so this device plays along loosely: fine
        alone, audible as an echo beside another speaker.
      </p>
      {address === null ? (
        <p>
          This server has no https address yet. Whoever runs it can switch one on; on the same computer, <code>localhost</code> works
          as it is.
        </p>
      ) : (
        <ol class="steps">
          <li>Open the secure address of this room with the button below.</li>
          <li>
            Your browser may warn that it does not know this server. Choose <em>Advanced</em>, then <em>Continue</em>: the server made
            its own certificate, and the sound never leaves your network.
          </li>
          <li>Join again. The pill turns green.</li>
        </ol>
      )}
      {address !== null && (
        <p>
          <a class="button button-primary button-normal" href={address}>
            Open the secure page
          </a>
        </p>
      )}
    </Dialog>
  );
}
