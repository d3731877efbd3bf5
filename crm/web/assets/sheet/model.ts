// What stands on a scoring sheet, and what can be done to it. Pure: marks in, marks out, with a way back.
export interface Mark {
  kind: "item" | "fatal";
  code: string;
  taken: number;
  not_applicable: boolean;
  from_ms: number | null;
  to_ms: number | null;
  words: string;
  note: string;
  candidate_id: number | null;
}

export interface Item {
  code: string;
  title: string;
  points: number;
  out: boolean;
}

export interface Span {
  from_ms: number;
  to_ms: number;
  words: string;
}

const KEPT = 50;

export function mark(kind: Mark["kind"], code: string, given: Partial<Mark> = {}): Mark {
  return {
    kind, code, taken: 0, not_applicable: false, from_ms: null, to_ms: null, words: "", note: "", candidate_id: null,
    ...given,
  };
}

export class Sheet {
  #undo: Mark[][] = [];
  last = -1;

  constructor(
    readonly items: ReadonlyMap<string, Item>,
    public marks: Mark[],
  ) {
    this.last = marks.length - 1;
  }

  left(code: string): number {
    const item = this.items.get(code);
    if (!item) return 0;
    return item.points - this.marks.reduce((sum, one) => sum + (one.code === code ? one.taken : 0), 0);
  }

  isOut(code: string): boolean {
    return this.marks.some((one) => one.code === code && one.not_applicable);
  }

  /** Take points where there are as many left; an item that did not apply applies again. */
  take(code: string, points: number, span: Span | null, candidate: number | null = null): boolean {
    const back = this.isOut(code);
    const could = Math.min(points, back ? (this.items.get(code)?.points ?? 0) : this.left(code));
    if (could < 1) return false;
    this.#keep();
    this.marks = this.marks.filter((one) => !(one.code === code && one.not_applicable));
    this.#add(mark("item", code, { taken: could, ...(span ?? {}), candidate_id: candidate }));
    return true;
  }

  /** Say that an item does not apply, or that it does after all. */
  out(code: string): boolean {
    const item = this.items.get(code);
    if (!item?.out) return false;
    const was = this.isOut(code);
    this.#keep();
    this.marks = this.marks.filter((one) => one.code !== code || one.kind === "fatal");
    if (!was) this.#add(mark("item", code, { not_applicable: true }));
    this.last = this.marks.length - 1;
    return true;
  }

  fatal(code: string, span: Span | null, candidate: number | null = null): void {
    this.#keep();
    this.#add(mark("fatal", code, { ...(span ?? {}), candidate_id: candidate }));
  }

  change(place: number, given: Partial<Mark>): boolean {
    const found = this.marks[place];
    if (!found) return false;
    this.#keep();
    this.marks = this.marks.map((one, index) => (index === place ? { ...one, ...given } : one));
    this.last = place;
    return true;
  }

  /** One point more or less of a deduction; none left: the deduction is gone. */
  step(place: number, by: number): boolean {
    const found = this.marks[place];
    if (!found || found.kind !== "item" || found.not_applicable) return false;
    if (by > 0 && this.left(found.code) < 1) return false;
    return found.taken + by < 1 ? this.drop(place) : this.change(place, { taken: found.taken + by });
  }

  drop(place: number): boolean {
    if (!this.marks[place]) return false;
    this.#keep();
    this.marks = this.marks.filter((_, index) => index !== place);
    this.last = this.marks.length - 1;
    return true;
  }

  undo(): boolean {
    const before = this.#undo.pop();
    if (!before) return false;
    this.marks = before;
    this.last = before.length - 1;
    return true;
  }

  #add(one: Mark): void {
    this.marks = [...this.marks, one];
    this.last = this.marks.length - 1;
  }

  #keep(): void {
    this.#undo = [...this.#undo, this.marks].slice(-KEPT);
  }
}

/** Minutes, seconds and a tenth, as 1:07.5; what is typed so is read back by ``parseTime``. */
export function showTime(ms: number): string {
  const tenths = Math.floor(ms / 100);
  const seconds = Math.floor(tenths / 10);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}.${tenths % 10}`;
}

export function parseTime(text: string): number | null {
  const found = /^\s*(?:(\d{1,4}):)?(\d{1,5})(?:[.,](\d{1,3}))?\s*$/.exec(text);
  if (!found) return null;
  const [, minutes, seconds, part] = found;
  return (Number(minutes ?? 0) * 60 + Number(seconds)) * 1000 + Number((part ?? "0").padEnd(3, "0"));
}
