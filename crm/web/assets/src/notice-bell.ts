// The bell of every page: how many notices wait, and a word about one that has just come. One tab of a browser listens
// for all of them, because a browser opens only a few connections to one address.
interface Told {
  user: string;
  unread: number;
  notice?: { id: number; kind: string; number: string | null };
}

const NAME = "huiyin-bell";
const AGAIN = 15000;
const SHOWN = 12000;

export class NoticeBell extends HTMLElement {
  #channel = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
  #source: EventSource | null = null;
  #hide: number | undefined;
  #again: number | undefined;
  #gone = false;

  connectedCallback(): void {
    this.#channel?.addEventListener("message", (event: MessageEvent<Told>) => this.#show(event.data));
    if (!this.dataset["events"]) return;
    if ("locks" in navigator) {
      void navigator.locks.request(NAME, () => {
        this.#listen();
        return new Promise<never>(() => undefined); // this tab listens until it is gone
      });
    } else this.#listen();
  }

  disconnectedCallback(): void {
    this.#gone = true;
    this.#source?.close();
    this.#channel?.close();
    window.clearTimeout(this.#again);
    window.clearTimeout(this.#hide);
  }

  #listen(): void {
    if (this.#gone) return;
    this.#source = new EventSource(this.dataset["events"] ?? "");
    this.#source.addEventListener("notice", (event: MessageEvent<string>) => {
      const data = JSON.parse(event.data) as { id: number; kind: string; ticket_number: string | null; unread: number };
      this.#tell({ unread: data.unread, notice: { id: data.id, kind: data.kind, number: data.ticket_number } });
    });
    this.#source.addEventListener("reset", () => void this.#count());
    // A browser comes back by itself unless it was refused: then there are too many streams, or the session is over.
    this.#source.addEventListener("error", () => {
      if (this.#source?.readyState !== EventSource.CLOSED) return;
      window.clearTimeout(this.#again);
      this.#again = window.setTimeout(() => this.#listen(), AGAIN);
    });
  }

  async #count(): Promise<void> {
    const answer = await fetch(this.dataset["count"] ?? "", { headers: { Accept: "application/json" } });
    if (answer.ok) this.#tell({ unread: ((await answer.json()) as { unread: number }).unread });
  }

  #tell(what: Omit<Told, "user">): void {
    const told = { user: this.dataset["user"] ?? "", ...what };
    this.#channel?.postMessage(told);
    this.#show(told);
  }

  #show(told: Told): void {
    if (told.user !== this.dataset["user"]) return;
    const count = this.querySelector<HTMLElement>("[data-role=count]");
    if (count) {
      count.textContent = told.unread > 99 ? "99+" : String(told.unread);
      count.hidden = told.unread === 0;
    }
    const words = JSON.parse(this.dataset["words"] ?? "{}") as Record<string, string>;
    const toast = this.querySelector<HTMLAnchorElement>("[data-role=toast]");
    const notice = told.notice;
    if (!toast || !notice) return;
    const shown = notice.number ? ` ${notice.number.replace(/^(\d{6})(\d{2})(\d{5})$/, "$1-$2-$3")}` : "";
    toast.textContent = (words[notice.kind] ?? "") + shown;
    toast.href = `${this.dataset["follow"] ?? ""}${notice.id}`;
    toast.hidden = false;
    window.clearTimeout(this.#hide);
    this.#hide = window.setTimeout(() => (toast.hidden = true), SHOWN);
  }
}
