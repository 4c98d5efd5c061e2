import { useEffect, useState } from "preact/hooks";

import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { useRoom } from "../room/hold";
import { roomPath } from "../routes";
import type { InviteLink } from "../../api/answers";
import { asRefusal } from "../server";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";

/** The way in for others: a link, and the same as a picture for a phone's camera. */
export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const { server } = useSurroundings();
  const { listening, room, invite } = useRoom();
  const view = useObserved(listening.room);
  const mayRenew = view?.may.has("invite") === true;
  const [link, setLink] = useState<InviteLink | null>(null);
  const [status, setStatus] = useState("");

  const ask = async (question: () => Promise<InviteLink>, words: string) => {
    try {
      setLink(await question());
      setStatus(words);
    } catch (failure) {
      setStatus(asRefusal(failure).reason);
    }
  };
  useEffect(() => {
    // Whoever may not make links can still pass on the one that let them in.
    if (mayRenew) void ask(() => server.invite(room), "");
    else setLink({ link: new URL(roomPath(room, invite), location.href).href, token: invite });
  }, [mayRenew, room]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link?.link ?? "");
      setStatus("Copied");
    } catch {
      setStatus("Copying is not allowed here: mark the link and copy it by hand");
    }
  };
  const canShare = "share" in navigator;
  return (
    <Dialog title="Invite people" onClose={onClose}>
      <p class="quiet">Whoever opens this link listens along. No account needed.</p>
      {link === null ? (
        <div class="qr" data-empty />
      ) : (
        <img class="qr" src={server.qrUrl(room, link.token)} alt="QR code of the link: scan it with a phone" width={208} height={208} />
      )}
      <div class="copy">
        <input
          class="field"
          readOnly
          aria-label="Link to this room"
          value={link?.link ?? ""}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button kind="primary" icon="copy" disabled={link === null} onClick={() => void copy()}>
          Copy link
        </Button>
      </div>
      {(canShare || mayRenew) && (
        <div class="dialog-actions">
          {canShare && link !== null && (
            <Button icon="share" onClick={() => void navigator.share({ title: view?.name ?? "", url: link.link }).catch(() => undefined)}>
              Share…
            </Button>
          )}
          {mayRenew && (
            <Button kind="quiet" onClick={() => void ask(() => server.renewInvite(room), "A new link: the old one no longer works")}>
              Make a new link
            </Button>
          )}
        </div>
      )}
      <p class="dialog-status" role="status">
        {status}
      </p>
    </Dialog>
  );
}
