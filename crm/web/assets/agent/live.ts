// The event stream: what happens in the centre, as it happens. The browser resumes it where it was (Last-Event-ID);
// what stays away for longer than a moment is called lost.
export type Listener = (data: unknown) => void;
const AGAIN = [500, 1000, 2000, 4000, 8000];
const GRACE = 2500; // the server ends a stream every few minutes, and the browser comes back at once

export class LiveEvents extends EventTarget {
  #source: EventSource | null = null;
  #listeners = new Map<string, Set<Listener>>();
  #tries = 0;
  #timer: number | undefined;
  #silence: number | undefined;

  constructor(readonly address: string) {
    super();
  }

  on(name: string, listener: Listener): void {
    const known = this.#listeners.get(name);
    if (known) {
      known.add(listener);
      return;
    }
    this.#listeners.set(name, new Set([listener]));
    this.#hear(name);
  }

  start(): void {
    this.#source = new EventSource(this.address);
    this.#source.addEventListener("open", () => {
      this.#tries = 0;
      window.clearTimeout(this.#silence);
      this.dispatchEvent(new Event("open"));
    });
    this.#source.addEventListener("error", () => this.#lost());
    for (const name of this.#listeners.keys()) this.#hear(name);
  }

  #hear(name: string): void {
    this.#source?.addEventListener(name, (event: MessageEvent<string>) => {
      const data: unknown = JSON.parse(event.data || "null");
      this.#listeners.get(name)?.forEach((listener) => listener(data));
    });
  }

  /** A browser tries a broken connection again, but gives a refused one up: that is tried again here. */
  #lost(): void {
    window.clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => this.dispatchEvent(new Event("lost")), GRACE);
    if (this.#source?.readyState !== EventSource.CLOSED) return;
    this.#source.close();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.start(), AGAIN[Math.min(this.#tries++, AGAIN.length - 1)]);
  }
}
