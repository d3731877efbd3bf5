// Keys. Single ones work unless somebody types or switched them off; with Alt and Shift they always work.
const OFF = "huiyin-single-keys-off";

export function singleKeys(): boolean {
  return localStorage.getItem(OFF) === null;
}

export function setSingleKeys(on: boolean): void {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

/** ``acts``: what the keys do, by their letter or sign; a capital letter asks for Shift. */
export function listen(acts: Readonly<Record<string, () => void>>): void {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const everywhere = event.altKey && event.shiftKey;
    if (event.altKey && !event.shiftKey) return;
    if (!everywhere && (typing(event.target) || !singleKeys())) return;
    const act = acts[everywhere ? letter(event) : event.key] ?? (everywhere ? acts[letter(event).toUpperCase()] : undefined);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** With Alt some systems type another sign: the key itself counts. */
function letter(event: KeyboardEvent): string {
  return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}
