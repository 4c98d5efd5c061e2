import { IconButton, Button } from "../parts/button";
import { Sign, Icon, type IconName } from "../parts/icons";
import { Appearance } from "../parts/appearance";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { useRoom } from "./hold";

/** Name of the room, whether edits are saved, and the ways to invite, set up and leave. */
export function Header({ isNarrow }: { readonly isNarrow: boolean }) {
  const { listening, show } = useRoom();
  const { navigation } = useSurroundings();
  const room = useObserved(listening.room);
  const mayConfigure = room?.may.has("configure") === true;
  return (
    <header class="header">
      <a
        class="brand"
        href="/"
        aria-label="Hathor: leave the room"
        title="Leave the room"
        onClick={(event) => {
          event.preventDefault();
          navigation.go("/");
        }}
      >
        <Sign />
        {!isNarrow && <span>Hathor</span>}
      </a>
      <h1 class="header-name">{room?.name ?? "Entering…"}</h1>
      <SavedState />
      <div class="header-actions">
        {isNarrow ? (
          <IconButton icon="invite" name="Invite" onClick={() => show("invite")} />
        ) : (
          <Button icon="invite" size="small" onClick={() => show("invite")}>
            Invite
          </Button>
        )}
        {mayConfigure && <IconButton icon="settings" name="Room settings" onClick={() => show("settings")} />}
        {isNarrow ? <Appearance onKeys={() => show("help")} /> : <Appearance />}
        {!isNarrow && <IconButton icon="help" name="Keys" shortcut="?" onClick={() => show("help")} />}
      </div>
    </header>
  );
}

/** "Saved" means on the server's disk. */
function SavedState() {
  const { listening } = useRoom();
  const { state, waiting } = useObserved(listening.saved);
  const edits = `${waiting} ${waiting === 1 ? "edit" : "edits"} waiting`;
  const words = state === "saved" ? "Saved" : state === "saving" ? "Saving…" : waiting === 0 ? "Offline" : `Offline, ${edits}`;
  const icon: IconName = state;
  return (
    <span class="saved" data-state={state} role="status">
      <Icon name={icon} />
      <span>{words}</span>
    </span>
  );
}
