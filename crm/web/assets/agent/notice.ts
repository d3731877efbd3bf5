// Telling the agent that his phone rings when he looks elsewhere, and letting him answer from there.
import { say } from "./words";

let shown: Notification | null = null;

/** Whether notifications may be shown: yes, not yet asked, or no. */
export function allowed(): "yes" | "ask" | "no" {
  if (!("Notification" in window)) return "no";
  return Notification.permission === "granted" ? "yes" : Notification.permission === "default" ? "ask" : "no";
}

export async function ask(): Promise<void> {
  if (allowed() === "ask") await Notification.requestPermission();
}

/** Show who calls. The text comes from a caller: a notification shows it as text. */
export function notify(callId: string, caller: string, answer: () => void): void {
  document.title = `☎ ${caller}`;
  keys(answer);
  if (allowed() !== "yes" || document.hasFocus()) return;
  shown = new Notification(say("notice_title"), { body: say("notice_body", { caller }), tag: callId, requireInteraction: true });
  shown.addEventListener("click", () => {
    window.focus();
    shown?.close();
  });
}

export function silence(title: string): void {
  document.title = title;
  keys(null);
  shown?.close();
  shown = null;
}

/** The play key of a keyboard or a headset reaches a page in the background while it sounds. */
function keys(answer: (() => void) | null): void {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.setActionHandler("play", answer);
  navigator.mediaSession.setActionHandler("pause", answer);
}
