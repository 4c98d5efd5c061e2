import { asRefusal, isAway, type ServerRefusal } from "./server";

const ASK_AGAIN_MILLISECONDS = 3_000;

/**
 * Asks the server until somebody answers, yes or no: again every three seconds, and at once when the network is back.
 *
 * `refused` is told of every attempt in vain; `isAway` of its refusal says whether another follows. Returns what stops it.
 */
export function untilAnswered<Answer>(
  ask: () => Promise<Answer>,
  answered: (answer: Answer) => void,
  refused: (refusal: ServerRefusal) => void,
): () => void {
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const attempt = () => {
    clearTimeout(timer);
    timer = undefined;
    ask().then(
      (answer) => {
        if (isStopped) return;
        stop();
        answered(answer);
      },
      (failure: unknown) => {
        if (isStopped) return;
        const refusal = asRefusal(failure);
        if (isAway(refusal)) timer = setTimeout(attempt, ASK_AGAIN_MILLISECONDS);
        else stop();
        refused(refusal);
      },
    );
  };
  const hurry = () => {
    if (timer !== undefined) attempt();
  };
  const stop = () => {
    isStopped = true;
    clearTimeout(timer);
    window.removeEventListener("online", hurry);
  };
  window.addEventListener("online", hurry);
  attempt();
  return stop;
}
