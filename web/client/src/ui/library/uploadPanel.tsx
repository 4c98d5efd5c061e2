import { useRef } from "preact/hooks";

import { newId } from "../../session/newId";
import { Button, IconButton } from "../parts/button";
import { useObserved } from "../useObserved";
import { isOpen, stateWords, summary, type Uploads } from "./uploads";

/** Kinds that the server plays; some systems know them by their names alone. */
const ACCEPTED = "audio/*,.mp3,.m4a,.m4b,.flac,.ogg,.oga,.opus,.wav,.aif,.aiff";

/** The button that chooses files, and those on their way. Files can also be dropped on the library around it. */
export function UploadPanel({ uploads }: { readonly uploads: Uploads }) {
  const rows = useObserved(uploads.rows);
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <div class="uploads">
      <div class="uploads-head">
        <input
          ref={chooser}
          type="file"
          class="uploads-chooser"
          aria-label="Music files to upload"
          tabIndex={-1}
          hidden
          multiple
          accept={ACCEPTED}
          onChange={(event) => {
            const chosen = [...(event.currentTarget.files ?? [])];
            // The same file may be chosen again, after an error.
            event.currentTarget.value = "";
            uploads.add(chosen, newId());
          }}
        />
        <Button kind="soft" size="small" icon="upload" onClick={() => chooser.current?.click()}>
          Upload music
        </Button>
        <p class="quiet uploads-summary" role="status">
          {rows.length === 0 ? "" : summary(rows)}
        </p>
        {rows.some((row) => !isOpen(row)) && (
          <Button kind="quiet" size="small" onClick={() => uploads.clear()}>
            Clear
          </Button>
        )}
      </div>
      {rows.length > 0 && (
        <ul role="list" class="uploads-list" aria-label="Uploads">
          {rows.map((row) => (
            <li key={row.id} class="upload-row" data-state={row.state}>
              <span class="upload-name" id={`upload-${row.id}`}>
                {row.name}
              </span>
              <span class="upload-state">{stateWords(row)}</span>
              {(row.state === "sending" || row.state === "checking") && (
                <progress
                  class="upload-progress"
                  aria-labelledby={`upload-${row.id}`}
                  max={row.byteCount}
                  {...(row.state === "checking" ? {} : { value: row.sentBytes })}
                />
              )}
              {isOpen(row) && <IconButton icon="close" name="Cancel upload" describedBy={`upload-${row.id}`} onClick={() => uploads.cancel(row.id)} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
