// What keys mean on the scoring screen, a key at a time. Pure: it knows the card's letters and nothing of the page.
export type Command =
  | { kind: "take"; code: string; points: number }
  | { kind: "out"; code: string }
  | { kind: "fatal"; code: string }
  | { kind: "wait"; prefix: string }
  | { kind: "cancel" }
  | { kind: "act"; name: string };

/** The letters that open the sections and red lines of a card, and its items by number. */
export interface Letters {
  /** letter of a section → codes of its items, the first is 1 */
  readonly sections: Readonly<Record<string, readonly string[]>>;
  /** letter → code of a red line */
  readonly fatals: Readonly<Record<string, string>>;
  /** item → points */
  readonly points: Readonly<Record<string, number>>;
}

const ACTS: Readonly<Record<string, string>> = {
  " ": "play",
  ArrowLeft: "back",
  ArrowRight: "forward",
  ArrowUp: "previous",
  ArrowDown: "next",
  "[": "begin",
  "]": "end",
  "+": "more",
  "=": "more",
  "-": "less",
  w: "whole",
  m: "note",
  z: "undo",
  s: "speed",
  p: "hear",
  y: "confirm",
  n: "refuse",
  Enter: "finish",
  "?": "help",
};

export class KeyReader {
  #open = "";
  #item = "";

  constructor(readonly letters: Letters) {}

  /** What is being waited for: "", a section's letter, an item's code or "x". */
  get pending(): string {
    return this.#item || this.#open;
  }

  reset(): void {
    this.#open = "";
    this.#item = "";
  }

  /** What this key comes to; null: it means nothing here and is the page's own. */
  read(key: string): Command | null {
    const typed = key.length === 1 ? key.toLowerCase() : key;
    if (typed === "Escape") {
      const waited = this.pending !== "";
      this.reset();
      return waited ? { kind: "cancel" } : null;
    }
    if (this.#item) return this.#value(typed);
    if (this.#open === "x") return this.#redLine(typed);
    if (this.#open) return this.#number(typed);
    if (typed === "x" || typed in this.letters.sections) {
      this.#open = typed;
      return { kind: "wait", prefix: typed };
    }
    const name = ACTS[typed];
    return name ? { kind: "act", name } : null;
  }

  #redLine(typed: string): Command {
    const code = this.letters.fatals[typed];
    this.reset();
    return code ? { kind: "fatal", code } : { kind: "cancel" };
  }

  #number(typed: string): Command {
    const code = this.letters.sections[this.#open]?.[Number(typed) - 1];
    if (!/^[1-9]$/.test(typed) || !code) {
      this.reset();
      return { kind: "cancel" };
    }
    this.#item = code;
    return { kind: "wait", prefix: code };
  }

  /** 1 to 9: so many points; 0: all of them; -: it does not apply. */
  #value(typed: string): Command {
    const code = this.#item;
    const all = this.letters.points[code] ?? 0;
    this.reset();
    if (typed === "-") return { kind: "out", code };
    if (typed === "0") return { kind: "take", code, points: all };
    const points = Number(typed);
    return /^[1-9]$/.test(typed) && points <= all ? { kind: "take", code, points } : { kind: "cancel" };
  }
}
