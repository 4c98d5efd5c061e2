import { useState } from "preact/hooks";

import type { Person } from "../../session/listening";
import { Avatar } from "../parts/avatar";
import { Button, IconButton } from "../parts/button";
import { qualityOf, stateWords } from "../quality";
import { useRoom } from "../room/hold";
import { asRefusal } from "../server";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { NameField } from "./nameField";

/** Who is here, in which role, and how well each device keeps step. */
export function People() {
  const { listening, show } = useRoom();
  const people = useObserved(listening.people);
  const room = useObserved(listening.room);
  const { state } = useObserved(listening.link);
  const [asked, setAsked] = useState<string | null>(null);
  const mayKick = room?.may.has("kick") === true;
  return (
    <div class="people">
      {people.length === 0 ? (
        <div class="empty">
          <p>{state === "online" ? "Nobody is here yet." : "Who is here shows again when the server is back."}</p>
        </div>
      ) : (
        <ul role="list" aria-label="People">
          {people.map((person) => (
            <PersonRow
              key={person.connection}
              person={person}
              mayKick={mayKick && !person.isMe}
              isAsked={asked === person.connection}
              ask={(isAsked) => setAsked(isAsked ? person.connection : null)}
            />
          ))}
        </ul>
      )}
      <div class="people-invite">
        <Button kind="soft" icon="invite" onClick={() => show("invite")}>
          Invite more people
        </Button>
      </div>
    </div>
  );
}

interface PersonRowProps {
  readonly person: Person;
  readonly mayKick: boolean;
  readonly isAsked: boolean;
  readonly ask: (isAsked: boolean) => void;
}

function PersonRow({ person, mayKick, isAsked, ask }: PersonRowProps) {
  const { listening, room, desk } = useRoom();
  const { server } = useSurroundings();
  const [isNaming, setNaming] = useState(false);
  const quality = qualityOf(person.hasSound ? person.state : "silent", person.playbackError, person.isCoarse);
  const kick = async () => {
    ask(false);
    try {
      await server.kick(room, person.principal);
      desk.say(`${person.name} was removed`);
    } catch (failure) {
      desk.snack.set({ id: Date.now(), text: asRefusal(failure).reason, mayUndo: false });
    }
  };
  if (isNaming) return <li class="person">{<NameField name={person.name} save={(name) => listening.rename(name)} done={() => setNaming(false)} />}</li>;
  return (
    <li class="person">
      <Avatar name={person.name} quality={quality} />
      <div class="person-words">
        <span class="person-name">
          {person.name}
          {person.isMe && <span class="badge badge-me">you</span>}
          {person.role !== "guest" && <span class="badge">{person.role}</span>}
        </span>
        <span class="person-state" data-quality={quality}>
          {person.hasSound ? stateWords(person.state, person.playbackError, person.isCoarse) : "Controls only, no sound"}
        </span>
      </div>
      {person.isMe && <IconButton icon="edit" name="Change my name" onClick={() => setNaming(true)} />}
      {mayKick && !isAsked && <IconButton icon="close" name={`Remove ${person.name} from the room`} onClick={() => ask(true)} />}
      {isAsked && (
        <div class="person-ask" role="group" aria-label={`Remove ${person.name}?`}>
          <Button kind="danger" size="small" onClick={() => void kick()}>
            Remove
          </Button>
          <Button kind="quiet" size="small" onClick={() => ask(false)}>
            Keep
          </Button>
        </div>
      )}
    </li>
  );
}
