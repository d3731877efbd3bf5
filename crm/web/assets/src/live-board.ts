// Keeps a board true: asks for its fragment anew when the server says that something changed, lets durations run
// in between, and says so when it hears nothing any more.
import htmx from "htmx.org";

const AT_MOST_EVERY = 1000;
const PATIENCE = 5000;

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${parts.join(":")}` : parts.join(":");
}

export class LiveBoard extends HTMLElement {
  private source: EventSource | null = null;
  private beat: number | undefined;
  private refresh: number | undefined;
  private doubt: number | undefined;
  private refreshedAt = 0;
  private ahead = 0;

  connectedCallback(): void {
    this.addEventListener("htmx:afterSwap", () => this.measure());
    this.addEventListener("htmx:afterRequest", (event) => this.answered(event as CustomEvent<{ successful: boolean }>));
    this.measure();
    this.beat = window.setInterval(() => this.tick(), 1000);
    const address = this.dataset["events"];
    if (address) this.listen(address);
  }

  private listen(address: string): void {
    this.source = new EventSource(address);
    for (const name of ["board", "reset"]) this.source.addEventListener(name, () => this.soon());
    this.source.addEventListener("open", () => {
      window.clearTimeout(this.doubt);
      this.doubt = undefined;
      this.tell(false);
      this.soon();
    });
    // The server ends a stream every few minutes, and the browser is back at once: that is no loss.
    this.source.addEventListener("error", () => {
      this.doubt ??= window.setTimeout(() => this.tell(true), PATIENCE);
    });
  }

  disconnectedCallback(): void {
    this.source?.close();
    window.clearInterval(this.beat);
    window.clearTimeout(this.refresh);
    window.clearTimeout(this.doubt);
  }

  private soon(): void {
    if (this.refresh !== undefined) return;
    const wait = Math.max(0, this.refreshedAt + AT_MOST_EVERY - Date.now());
    this.refresh = window.setTimeout(() => {
      this.refresh = undefined;
      this.refreshedAt = Date.now();
      const content = this.querySelector("[data-role=content]");
      if (content) htmx.trigger(content, "refresh");
    }, wait);
  }

  private answered(event: CustomEvent<{ successful: boolean }>): void {
    if (!event.detail.successful) this.tell(true);
    else if (this.source === null || this.source.readyState === EventSource.OPEN) this.tell(false);
  }

  // The server's clock, so that a wrong clock of the screen makes no wrong durations.
  private measure(): void {
    const now = this.querySelector<HTMLElement>("[data-now]")?.dataset["now"];
    if (now) this.ahead = Date.now() - Date.parse(now);
    this.tick();
  }

  private tick(): void {
    const now = Date.now() - this.ahead;
    for (const element of this.querySelectorAll<HTMLElement>("[data-since]")) {
      element.textContent = clock((now - Date.parse(element.dataset["since"] ?? "")) / 1000);
    }
  }

  private tell(lost: boolean): void {
    const bar = this.querySelector<HTMLElement>("[data-role=lost]");
    if (bar) bar.hidden = !lost;
  }
}
