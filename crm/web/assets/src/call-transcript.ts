// <call-transcript for="ID">: marks what is being said while the player of that id plays; a click plays from there.
import { CallPlayer } from "./call-player";

interface Line {
  element: HTMLElement;
  start: number;
  end: number;
  words: { element: HTMLElement; start: number; end: number }[];
}

function span(element: HTMLElement): { element: HTMLElement; start: number; end: number } {
  return { element, start: Number(element.dataset["start"]), end: Number(element.dataset["end"]) };
}

export class CallTranscript extends HTMLElement {
  #lines: Line[] = [];
  #player: CallPlayer | null = null;
  #stop: AbortController | null = null;
  #now: HTMLElement | null = null;

  connectedCallback(): void {
    const found = document.getElementById(this.getAttribute("for") ?? "");
    if (!(found instanceof CallPlayer)) return;
    this.#player = found;
    this.#lines = [...this.querySelectorAll<HTMLElement>("[data-line]")].map((element) => ({
      ...span(element),
      words: [...element.querySelectorAll<HTMLElement>("[data-word]")].map(span),
    }));
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    found.addEventListener("player-time", () => this.#follow(found.time), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
  }

  disconnectedCallback(): void {
    this.#stop?.abort();
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-start]") : null;
    if (!target || window.getSelection()?.toString()) return;
    this.#player?.seek(Number(target.dataset["start"]), true);
  }

  #follow(time: number): void {
    for (const line of this.#lines) {
      const on = time > 0 && time >= line.start && time < line.end;
      line.element.classList.toggle("is-now", on);
      if (on) line.element.setAttribute("aria-current", "true");
      else line.element.removeAttribute("aria-current");
      for (const word of line.words) {
        word.element.classList.toggle("is-now", on && time >= word.start && time < word.end);
      }
      if (on && line.element !== this.#now) this.#reveal(line.element);
    }
  }

  /** Keep the running line in sight inside the box, and leave the page where the reader has it. */
  #reveal(line: HTMLElement): void {
    this.#now = line;
    const box = this.querySelector<HTMLElement>("[data-role=scroll]");
    if (!box) return;
    const top = line.offsetTop - box.offsetTop;
    if (top < box.scrollTop || top + line.offsetHeight > box.scrollTop + box.clientHeight) {
      box.scrollTop = Math.max(0, top - box.clientHeight / 3);
    }
  }
}
