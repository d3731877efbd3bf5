// The recording and its transcript on this page: where we are, what is marked, and hearing a span to its end.
import type { Span } from "./model";

interface Player extends HTMLElement {
  readonly time: number;
  readonly duration: number;
  seek(seconds: number, play?: boolean): void;
}

interface Line {
  element: HTMLElement;
  from_ms: number;
  to_ms: number;
}

const SPEEDS = ["1", "1.25", "1.5", "2", "0.75"];
const AROUND = 5000;

function ms(element: HTMLElement, name: "start" | "end"): number {
  return Math.round(Number(element.dataset[name]) * 1000);
}

/** What is said, without the spaces of the page. */
function said(elements: Iterable<HTMLElement>): string {
  const pieces = [...elements].map((one) => one.textContent?.trim() ?? "").filter(Boolean);
  const han = /[\u3400-\u9fff]$/;
  return pieces.reduce((text, piece) => text + (text && !han.test(text) ? " " : "") + piece, "").slice(0, 1000);
}

export class Heard {
  readonly #player: Player | null;
  #until = Infinity;
  #cursor: Line | null = null;

  constructor(
    readonly root: HTMLElement,
    playerId: string | undefined,
    readonly length: number | null,
  ) {
    const found = playerId ? document.getElementById(playerId) : null;
    this.#player = found && "seek" in found ? (found as Player) : null;
    this.#player?.addEventListener("player-time", () => this.#tick());
  }

  get at(): number {
    return Math.round((this.#player?.time ?? 0) * 1000);
  }

  get #lines(): Line[] {
    return [...this.root.querySelectorAll<HTMLElement>("[data-line]")].map((element) => ({
      element,
      from_ms: ms(element, "start"),
      to_ms: ms(element, "end"),
    }));
  }

  toggle(): void {
    this.#until = Infinity;
    this.#player?.querySelector<HTMLElement>("[data-role=play]")?.click();
  }

  seek(at: number, play = false): void {
    this.#until = Infinity;
    this.#player?.seek(at / 1000, play);
  }

  /** Play a span and stop at its end. */
  hear(from: number, to: number | null): void {
    if (!this.#player) return;
    this.#player.seek(Math.max(0, from - 300) / 1000, true);
    this.#until = to === null ? Infinity : to + 300;
  }

  speed(): string {
    const select = this.#player?.querySelector<HTMLSelectElement>("[data-role=speed]");
    if (!select) return "";
    select.value = SPEEDS[(SPEEDS.indexOf(select.value) + 1) % SPEEDS.length] ?? "1";
    select.dispatchEvent(new Event("change"));
    return `${select.value} ×`;
  }

  /** Go to the line before or after the one that is heard. */
  line(by: 1 | -1): void {
    const lines = this.#lines;
    if (!lines.length) return this.seek(this.at + by * AROUND);
    const here = this.#cursor ? lines.findIndex((one) => one.element === this.#cursor?.element) : this.#lineAt(lines);
    const line = lines[Math.min(lines.length - 1, Math.max(0, here + (here < 0 ? 1 : by)))];
    if (line) this.#go(line);
  }

  #go(line: Line): void {
    this.#mark(line);
    this.seek(line.from_ms);
    line.element.scrollIntoView({ block: "nearest" });
  }

  /** The marked words; else the line that is heard; else the seconds around now. */
  span(): Span | null {
    if (this.length === null) return null;
    return this.#selected() ?? this.#spoken() ?? this.#around();
  }

  whole(): Span | null {
    return this.length === null ? null : { from_ms: 0, to_ms: this.length, words: "" };
  }

  /** What is said between two moments. */
  words(from: number, to: number): string {
    const found = [...this.root.querySelectorAll<HTMLElement>("[data-word]")];
    return said(found.filter((one) => ms(one, "end") > from && ms(one, "start") < to));
  }

  show(spans: readonly { from_ms: number | null; to_ms: number | null }[]): void {
    for (const line of this.#lines) {
      const hit = spans.some(
        ({ from_ms, to_ms }) => from_ms !== null && to_ms !== null && from_ms < line.to_ms && to_ms > line.from_ms,
      );
      line.element.classList.toggle("is-marked", hit);
    }
  }

  #selected(): Span | null {
    const chosen = window.getSelection();
    if (!chosen || chosen.isCollapsed || !chosen.rangeCount) return null;
    const range = chosen.getRangeAt(0);
    const pieces = [...this.root.querySelectorAll<HTMLElement>("[data-word]")].filter((one) => range.intersectsNode(one));
    const found = pieces.length ? pieces : this.#lines.map((one) => one.element).filter((one) => range.intersectsNode(one));
    const [first, last] = [found[0], found[found.length - 1]];
    if (!first || !last || !this.root.contains(range.commonAncestorContainer)) return null;
    chosen.removeAllRanges();
    return this.#fit({ from_ms: ms(first, "start"), to_ms: ms(last, "end"), words: said(found) });
  }

  #spoken(): Span | null {
    const lines = this.#lines;
    const line = this.#cursor ?? lines[this.#lineAt(lines)];
    if (!line) return null;
    const words = [...line.element.querySelectorAll<HTMLElement>("[data-word]")];
    const text = words.length ? said(words) : said(line.element.querySelectorAll<HTMLElement>(".said"));
    return this.#fit({ from_ms: line.from_ms, to_ms: line.to_ms, words: text });
  }

  /** Number of the line that is heard now, or that was heard last; -1: nothing was said yet. */
  #lineAt(lines: readonly Line[]): number {
    let found = -1;
    lines.forEach((line, index) => {
      if (line.from_ms <= this.at + 50 && (found < 0 || line.from_ms >= (lines[found]?.from_ms ?? 0))) found = index;
    });
    return found;
  }

  #around(): Span | null {
    return this.#fit({ from_ms: this.at - AROUND, to_ms: this.at + 1000, words: "" });
  }

  #fit(span: Span): Span | null {
    const end = this.length ?? 0;
    const from_ms = Math.min(Math.max(0, span.from_ms), Math.max(0, end - 1));
    return { ...span, from_ms, to_ms: Math.min(Math.max(from_ms + 1, span.to_ms), end) };
  }

  #mark(line: Line | null): void {
    this.#cursor?.element.classList.remove("is-cursor");
    this.#cursor = line;
    line?.element.classList.add("is-cursor");
  }

  #tick(): void {
    const at = this.at;
    const cursor = this.#cursor;
    if (cursor && (at < cursor.from_ms - 100 || at > cursor.to_ms)) this.#mark(null);
    if (at >= this.#until) {
      this.#until = Infinity;
      const button = this.#player?.querySelector<HTMLElement>("[data-role=play]");
      if (button?.getAttribute("aria-pressed") === "true") button.click();
    }
    const now = this.root.querySelector<SVGLineElement>("[data-role=timeline] [data-role=now]");
    if (now && this.length) {
      const x = String(Math.round((1000 * at) / this.length));
      now.setAttribute("x1", x);
      now.setAttribute("x2", x);
    }
  }
}
