import { useState } from "preact/hooks";

import { ROOM_NAME_LENGTH } from "../dialogs/settings";
import { Button } from "../parts/button";
import { useSurroundings } from "../surroundings";

/** A new room in one step; its maker is the host and is inside at once. */
export function StartRoom({ attempt }: { readonly attempt: (way: () => Promise<void>) => Promise<void> }) {
  const { server, enter } = useSurroundings();
  const [name, setName] = useState("");
  const [isBusy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    await attempt(async () => {
      const made = await server.createRoom(name.trim() === "" ? "Our room" : name.trim());
      enter(made.room, made.invite, true);
    });
    setBusy(false);
  };
  return (
    <section class="card" aria-labelledby="start">
      <h2 id="start">Start a room</h2>
      <p class="quiet">Give it a name, send the link, press play.</p>
      <form
        class="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <input
          class="field"
          aria-label="Name of the room"
          placeholder="Friday night"
          value={name}
          maxLength={ROOM_NAME_LENGTH}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Button submits disabled={isBusy}>
          Start a room
        </Button>
      </form>
    </section>
  );
}
