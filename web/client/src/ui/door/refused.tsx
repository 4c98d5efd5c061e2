import { Button } from "../parts/button";
import { Sign } from "../parts/icons";
import { isAway, type ServerRefusal } from "../server";
import { useSurroundings } from "../surroundings";

interface Words {
  readonly title: string;
  readonly next: string;
}

const WORDS: Partial<Record<string, Words>> = {
  "unknown-room": { title: "There is no such room", next: "Check the link, or ask for a new one." },
  "invite-required": { title: "This room is by invitation", next: "Ask somebody inside for the link." },
  "invite-expired": { title: "This link has expired", next: "The host made a new one: ask for it." },
  kicked: { title: "The host asked you to leave", next: "You cannot come back to this room, but others are open." },
  "room-full": { title: "The room is full", next: "Try again when somebody has left." },
  unreachable: {
    title: "The server does not answer",
    next: "This device has not been in this room before, so there is nothing to show yet. Check your connection: the page tries again by itself.",
  },
};

/** A closed door: what happened in plain words, and always a way on. */
export function Refused({ refusal, retry }: { readonly refusal: ServerRefusal; readonly retry: (() => void) | null }) {
  const { navigation } = useSurroundings();
  const words = WORDS[isAway(refusal) ? "unreachable" : refusal.code] ?? { title: "You cannot enter this room", next: refusal.reason };
  return (
    <main class="refused">
      <Sign />
      <h1>{words.title}</h1>
      <p class="quiet">{words.next}</p>
      <div class="dialog-actions">
        <Button kind="primary" onClick={() => navigation.go("/")}>
          Go to the start page
        </Button>
        {retry !== null && refusal.code !== "kicked" && <Button onClick={retry}>Try again</Button>}
      </div>
    </main>
  );
}
