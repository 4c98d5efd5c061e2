import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";

import { newId } from "../../session/newId";
import { Button } from "../parts/button";
import { Icon } from "../parts/icons";
import { useRoom } from "../room/hold";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { Result } from "./result";
import { LibrarySearch } from "./search";
import { UploadPanel } from "./uploadPanel";
import { Uploads } from "./uploads";

/** Search the library and add what is found. */
export function Library() {
  const { server, catalogue, instance } = useSurroundings();
  const { listening, desk } = useRoom();
  const search = useMemo(() => new LibrarySearch(server, catalogue), [server, catalogue]);
  const mostBytes = instance?.may_upload === true ? instance.upload_file_bytes : 0;
  const uploads = useMemo(
    () => (mostBytes > 0 ? new Uploads(server, mostBytes, () => void search.lookNow(search.found.get().query)) : null),
    [server, search, mostBytes],
  );
  const [isOver, setIsOver] = useState(false);
  const found = useObserved(search.found);
  const room = useObserved(listening.room);
  const link = useObserved(listening.link);
  const [text, setText] = useState("");
  const [stop, setStop] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const hint = useId();
  useEffect(() => {
    void search.lookNow("");
    return () => search.close();
  }, [search]);
  useEffect(() => {
    const { state, query } = search.found.get();
    // The server is back: what was looked for meanwhile is looked up properly.
    if (link.state === "online" && (state === "offline" || state === "failed")) search.look(query);
  }, [search, link.state]);
  const reason = room === null ? "Entering the room…" : room.may.has("add") ? "" : "Your role does not allow adding tracks here";
  const stopAt = found.tracks.some(({ track }) => track === stop) ? stop : found.tracks[0]?.track;
  const rest = found.total - found.tracks.length;
  return (
    <section
      class="library"
      aria-label="Library"
      data-dropping={isOver || undefined}
      onDragOver={(event) => {
        if (uploads === null || event.dataTransfer?.types.includes("Files") !== true) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        setIsOver(true);
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setIsOver(false);
      }}
      onDrop={(event) => {
        setIsOver(false);
        const dropped = [...(event.dataTransfer?.files ?? [])];
        if (uploads === null || dropped.length === 0) return;
        event.preventDefault();
        uploads.add(dropped, newId());
      }}
    >
      <div class="search" role="search">
        <Icon name="search" />
        <input
          ref={input}
          id="library-search"
          type="search"
          class="search-field"
          aria-label="Search the library"
          aria-describedby={hint}
          aria-keyshortcuts="/"
          placeholder="Search the library"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            search.look(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            const [first] = found.tracks;
            if (event.key === "Enter" && first !== undefined && first.is_available && reason === "" && found.query === text) {
              event.preventDefault();
              desk.add(first.track, event.shiftKey ? "next" : "end");
            } else if (event.key === "ArrowDown") {
              event.preventDefault();
              list.current?.querySelector("button")?.focus();
            } else if (event.key === "Escape") {
              event.stopPropagation();
              if (text === "") input.current?.blur();
              setText("");
              search.look("");
            }
          }}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      {uploads !== null && <UploadPanel uploads={uploads} />}
      <p class="quiet library-count" id={hint} role="status">
        {countWords(found.state, found.query, found.total, found.reason)}
      </p>
      {found.state === "failed" ? (
        <div class="empty">
          <Button kind="soft" onClick={() => void search.lookNow(text)}>
            Try again
          </Button>
        </div>
      ) : (
        <div class="library-scroll">
          <ol role="list" aria-label="Search results" ref={list} onKeyDown={(event) => walk(event, list.current, input.current)}>
            {found.tracks.map((track) => (
              <Result key={track.track} track={track} reason={reason} isStop={track.track === stopAt} onStop={setStop} />
            ))}
          </ol>
          {found.state === "found" && found.total === 0 && found.query.trim() !== "" && (
            <div class="empty">
              <p>Try fewer letters, or only the artist.</p>
            </div>
          )}
          {rest > 0 && (
            <div class="library-more">
              <Button kind="quiet" onClick={() => void search.more()}>
                Show more ({rest} left)
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  );
}

function countWords(state: string, query: string, total: number, reason: string): string {
  if (state === "failed") return reason;
  if (state === "searching" && total === 0) return "Searching…";
  if (state === "offline") return `You are offline: ${total} ${total === 1 ? "track" : "tracks"} this device remembers`;
  const words = query.trim();
  if (total === 0) return words === "" ? "The library is empty" : `Nothing found for “${words}”`;
  const tracks = `${total} ${total === 1 ? "track" : "tracks"}`;
  return words === "" ? `${tracks} in the library` : `${tracks} for “${words}”`;
}

/** ↑ and ↓ walk through the results, and back up into the field. */
function walk(event: KeyboardEvent, list: HTMLElement | null, field: HTMLElement | null): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || list === null || !(event.target instanceof Element)) return;
  event.preventDefault();
  event.stopPropagation();
  const rows = [...list.children];
  const index = rows.findIndex((row) => row.contains(document.activeElement)) + step;
  if (index < 0) field?.focus();
  else rows[index]?.querySelector("button")?.focus();
}
