// What the page must still know after a reload.
//
// The dialog's ids let a new page take over the call (INVITE with Replaces). They are worth as much as the call
// itself, so they are kept for this tab alone. That there was a call, and nothing more, is kept for the browser:
// a tab that was closed and opened again can then say what became of it.
const DIALOG = "huiyin-dialog";
const CALL = "huiyin-call";
const FRESH = 60_000;

export interface Dialog {
  callId: string;
  localTag: string;
  remoteTag: string;
}

export interface KeptCall {
  callId: string;
  caller: string;
  since: number;
}

export interface Kept {
  dialog: Dialog | null;
  call: KeptCall;
}

export function keep(call: KeptCall, dialog: Dialog | null): void {
  if (dialog) sessionStorage.setItem(DIALOG, JSON.stringify({ ...dialog, call: call.callId }));
  localStorage.setItem(CALL, JSON.stringify({ ...call, seen: Date.now() }));
}

/** Called now and then during a call, so that an old note is known to be old. */
export function touch(): void {
  const call = read(CALL);
  if (call) localStorage.setItem(CALL, JSON.stringify({ ...call, seen: Date.now() }));
}

export function forget(): void {
  sessionStorage.removeItem(DIALOG);
  localStorage.removeItem(CALL);
}

/** The call that this page, or one of this browser, had a moment ago. */
export function recall(): Kept | null {
  const call = read(CALL);
  if (!call || Date.now() - Number(call["seen"]) > FRESH) return null;
  const dialog = read(DIALOG);
  const same = dialog !== null && dialog["call"] === call["callId"];
  return {
    call: { callId: String(call["callId"]), caller: String(call["caller"]), since: Number(call["since"]) },
    dialog: same
      ? {
          callId: String(dialog["callId"]),
          localTag: String(dialog["localTag"]),
          remoteTag: String(dialog["remoteTag"]),
        }
      : null,
  };
}

function read(key: string): Record<string, unknown> | null {
  const storage = key === DIALOG ? sessionStorage : localStorage;
  try {
    return JSON.parse(storage.getItem(key) ?? "null") as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
