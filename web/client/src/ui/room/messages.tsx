import { useEffect, useRef, useState } from "preact/hooks";

import type { QueueRow } from "../../session/listening";
import { queueNews } from "../queue/news";
import { IconButton } from "../parts/button";
import { Icon } from "../parts/icons";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { useRoom } from "./hold";

const SNACK_MILLISECONDS = 7_000;
/** Others may edit quickly; a listener hears one sentence a second at most. */
const NEWS_MILLISECONDS = 1_000;

/** The server is there and cannot save anything: somebody has to see to it, and the code says what to look for. */
const STORAGE_TROUBLE: Readonly<Record<string, string>> = {
  "storage-full": "The server's disk is full: nothing new can be saved.",
  "storage-down": "The server's storage does not answer: nothing new can be saved.",
};

/** One line while the connection is away: the music goes on from what is buffered. */
export function ReconnectBanner() {
  const { listening } = useRoom();
  const { state, code } = useObserved(listening.link);
  const { waiting } = useObserved(listening.saved);
  const isWaiting = useObserved(listening.sync).state === "buffering";
  const trouble = STORAGE_TROUBLE[code];
  const wasOnline = useRef(false);
  if (state === "online") wasOnline.current = true;
  const isShown = state === "offline" || (wasOnline.current && state === "connecting");
  return (
    <div class="banner" role="status" data-shown={isShown || undefined}>
      {isShown && (
        <>
          <Icon name="offline" />
          <span>
            {trouble !== undefined
              ? `${trouble} Your edits are kept here and sent when that is over.`
              : wasOnline.current
                ? `Reconnecting… The music ${isWaiting ? "waits" : "goes on"}${waiting > 0 ? ", and your edits are kept." : "."}`
                : "You are offline. The queue is as this device last saw it; your edits are kept and sent when the server is back."}
            {trouble !== undefined && <code class="banner-code">{code}</code>}
          </span>
        </>
      )}
    </div>
  );
}

/** What the server or the engine has to say, until it is put away. */
export function Notices() {
  const { listening } = useRoom();
  const notices = useObserved(listening.notices);
  return (
    <div class="notices" aria-live="polite" role="log" aria-label="Notices">
      {notices.map((notice) => (
        <div key={notice.id} class="notice" data-kind={notice.kind}>
          <p>
            {notice.text}
            {notice.times > 1 && (
              <span class="notice-times">
                <span aria-hidden="true">×{notice.times}</span>
                <span class="hidden-words">{`, ${notice.times} times`}</span>
              </span>
            )}
          </p>
          <IconButton icon="close" name="Dismiss" onClick={() => listening.dismiss(notice.id)} />
        </div>
      ))}
    </div>
  );
}

/** What I just did, and the way back. Stays while the pointer or the focus is on it. */
export function Snackbar() {
  const { desk } = useRoom();
  const snack = useObserved(desk.snack);
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (snack === null || isHeld) return undefined;
    const timer = setTimeout(() => desk.snack.set(null), SNACK_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [snack, isHeld, desk]);
  useEffect(() => {
    if (snack === null) setHeld(false);
  }, [snack]);
  if (snack === null) return null;
  return (
    <div
      class="snackbar"
      role="region"
      aria-label="Last change"
      key={snack.id}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocusIn={() => setHeld(true)}
      onFocusOut={() => setHeld(false)}
    >
      <span>{snack.text}</span>
      {snack.mayUndo && (
        <button type="button" class="snackbar-undo" onClick={() => desk.undo()}>
          Undo
        </button>
      )}
    </div>
  );
}

/** Speaks to screen readers alone: my own actions at once, those of others at most once a second. */
export function SpokenNews() {
  const { listening, desk } = useRoom();
  const { catalogue } = useSurroundings();
  const said = useObserved(desk.said);
  const [news, setNews] = useState("");
  useEffect(() => {
    let told: readonly QueueRow[] = listening.queue.get();
    let isFirst = listening.room.get() === null || told.length === 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      timer = undefined;
      const rows = listening.queue.get();
      const title = (track: string) => catalogue.track(track).get()?.title ?? "a track";
      const words = queueNews(told, rows, listening.me.get().principal, desk.touched, title);
      told = rows;
      // The queue as it is on entering is no news.
      if (!isFirst && words !== "") setNews(words);
      isFirst = false;
    };
    const stop = listening.queue.subscribe(() => (timer ??= setTimeout(tell, NEWS_MILLISECONDS)));
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [listening, desk, catalogue]);
  return (
    <>
      <div class="hidden-words" role="status" aria-live="polite" aria-label="What I did">
        {said}
      </div>
      <div class="hidden-words" role="status" aria-live="polite" aria-label="What others did">
        {news}
      </div>
    </>
  );
}
