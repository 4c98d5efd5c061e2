import { useEffect } from "preact/hooks";

import { useControl } from "../player/useControl";
import { useSurroundings } from "../surroundings";
import { useObserved } from "../useObserved";
import { VIBE_BUTTON } from "../vibe/vibe";
import type { RoomHold } from "./hold";

type Act = () => void;

/**
 * The keys of a room. Silent while somebody types, while a dialog is open, and for keys that the focused control needs
 * itself. Keys without Ctrl, Cmd or Alt can be switched off.
 */
export function useKeys(hold: RoomHold, barred: ReturnType<typeof useControl>): void {
  const { preferences } = useSurroundings();
  const { singleKeys } = useObserved(preferences.choices);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || isTyping(event.target) || isInDialog(event.target)) return;
      const act = chordAct(event, hold) ?? (singleKeys ? keyAct(event, hold, barred) : null);
      if (act === null) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [hold, singleKeys, barred.play, barred.seek, barred.next, barred.previous, barred.rate]);
}

function chordAct(event: KeyboardEvent, { desk }: RoomHold): Act | null {
  const isChord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  return isChord && event.key.toLowerCase() === "z" ? () => desk.undo() : null;
}

function keyAct(event: KeyboardEvent, hold: RoomHold, barred: ReturnType<typeof useControl>): Act | null {
  // Many keyboards reach brackets only with Alt or AltGr, which some systems tell as Ctrl and Alt.
  const isReached = (event.key === "[" || event.key === "]") && event.altKey && !event.metaKey;
  if (!isReached && (event.ctrlKey || event.metaKey || event.altKey)) return null;
  const { desk, listening, open, show } = hold;
  const allowed = (reason: string, act: Act): Act => (reason === "" ? act : () => desk.say(reason));
  const isShift = event.shiftKey;
  switch (event.key) {
    case " ":
      return isOperated(event.target) ? null : allowed(barred.play, () => desk.playOrPause());
    case "ArrowLeft":
      if (isAdjusted(event.target)) return null;
      return isShift ? allowed(barred.previous, () => listening.previous()) : allowed(barred.seek, () => desk.seekBy(-1));
    case "ArrowRight":
      if (isAdjusted(event.target)) return null;
      return isShift ? allowed(barred.next, () => listening.next()) : allowed(barred.seek, () => desk.seekBy(1));
    case "ArrowUp":
    case "ArrowDown":
      return isAdjusted(event.target) || isShift ? null : () => desk.volumeBy(event.key === "ArrowUp" ? 1 : -1);
    case "m":
    case "M":
      return () => desk.toggleMute();
    case "[":
    case "]":
      return () => desk.nudgeBy(event.key === "[" ? -1 : 1);
    case "<":
    case ">":
      return allowed(barred.rate, () => desk.rateBy(event.key === "<" ? -1 : 1));
    case "q":
    case "Q":
      return () => open("queue");
    case "p":
    case "P":
      return () => open("people");
    case "v":
    case "V":
      return () => showVibe(open);
    case "/":
      return () => open("library");
    case "?":
      return () => show("help");
    default:
      return null;
  }
}

/** On a phone the button stands on the first tab only. */
function showVibe(open: RoomHold["open"]): void {
  const press = (): boolean => {
    const button = document.getElementById(VIBE_BUTTON);
    button?.click();
    return button !== null;
  };
  if (press()) return;
  open("now");
  requestAnimationFrame(press);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["range", "checkbox", "radio", "button", "submit"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("dialog") !== null;
}

/** Controls that Space belongs to. */
function isOperated(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a[href], input, summary, [role=menuitem], [role=tab]") !== null;
}

/** Controls that arrow keys belong to. */
function isAdjusted(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, [role=slider], [role=tablist], [role=menu]") !== null;
}
