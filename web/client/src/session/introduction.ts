import type { Session } from "../api/answers";
import type { Stop, Timers } from "../connection/timers";

const ASK_AGAIN_MS = 2_000;

/**
 * Asks the server who we are until it answers: the answer sets the cookie without which no connection is taken.
 *
 * `failed` is called for every attempt in vain. Returns what stops the asking.
 */
export function introduce(
  ask: () => Promise<Session>,
  timers: Timers,
  known: (session: Session) => void,
  failed: () => void,
): Stop {
  let isStopped = false;
  let stopTimer: Stop | null = null;
  const attempt = (): void => {
    ask().then(
      (session) => {
        if (!isStopped) known(session);
      },
      () => {
        if (isStopped) return;
        failed();
        stopTimer = timers.after(ASK_AGAIN_MS, attempt);
      },
    );
  };
  attempt();
  return () => {
    isStopped = true;
    stopTimer?.();
  };
}
