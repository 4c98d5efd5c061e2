import { useEffect, useState } from "preact/hooks";

import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Switch } from "../parts/switch";
import { useRoom } from "../room/hold";
import type { RoomChanges, RoomGlance } from "../../api/answers";
import { asRefusal } from "../server";
import { useSurroundings } from "../surroundings";

/** Longest room name the server takes. */
export const ROOM_NAME_LENGTH = 80;

/** What hosts decide about their room. Every change holds at once. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const { server } = useSurroundings();
  const { room, invite } = useRoom();
  const [glance, setGlance] = useState<RoomGlance | null>(null);
  const [name, setName] = useState("");
  const [status, setStatus] = useState("");
  const take = (found: RoomGlance) => {
    setGlance(found);
    setName(found.name);
  };
  const attempt = async (question: () => Promise<RoomGlance>, words: string) => {
    try {
      take(await question());
      setStatus(words);
      return true;
    } catch (failure) {
      setStatus(asRefusal(failure).reason);
      return false;
    }
  };
  useEffect(() => void attempt(() => server.glance(room, invite), ""), [room]);
  const change = async (changes: RoomChanges) => {
    // Shown at once; the answer of the server replaces it, and a refusal puts it back.
    if (glance !== null) setGlance({ ...glance, ...changes });
    if (!(await attempt(() => server.configure(room, changes), "Saved"))) setGlance(glance);
  };
  return (
    <Dialog title="Room settings" onClose={onClose}>
      <form
        class="rename"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") void change({ name: name.trim() });
        }}
      >
        <label class="labelled">
          <span>Name of the room</span>
          <input class="field" value={name} maxLength={ROOM_NAME_LENGTH} required onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <Button submits disabled={glance === null || name.trim() === "" || name.trim() === glance.name}>
          Rename
        </Button>
      </form>
      <Switch
        label="Guests may control playback"
        hint="Play, pause, seek and skip for everybody."
        on={glance?.guests_control ?? null}
        onChange={(on) => void change({ guests_control: on })}
      />
      <Switch
        label="Guests may edit the whole queue"
        hint="Off: they add tracks, and move or remove only their own."
        on={glance?.guests_edit ?? null}
        onChange={(on) => void change({ guests_edit: on })}
      />
      <p class="dialog-status" role="status">
        {status}
      </p>
    </Dialog>
  );
}
