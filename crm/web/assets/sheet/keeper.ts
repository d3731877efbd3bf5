// Keeps a sheet: on the server as soon as it can be reached, and on this machine until then. Nothing typed is lost.
import type { Mark } from "./model";

export interface Written {
  marks: Mark[];
  good: string;
  advice: string;
  seconds: number;
  keys: number;
}

export interface Answer {
  version: number;
  stands_at: number;
  state: string;
  flaws: { place: number; flaw: string }[];
  items: { code: string; earned: number; possible: number; applies: boolean }[];
}

export type Standing = "saved" | "saving" | "waiting" | "elsewhere" | "over";

interface Backup {
  version: number;
  written: Written;
}

const QUIET = 500;
const AGAIN = 4000;

export class Keeper {
  #timer = 0;
  #running: Promise<boolean> | null = null;
  #dirty = false;
  #stopped = false;

  constructor(
    readonly path: string,
    readonly token: string,
    public version: number,
    readonly read: () => Written,
    readonly tell: (standing: Standing, answer: Answer | null) => void,
  ) {}

  get #name(): string {
    return `huiyin-sheet:${this.path}`;
  }

  /** What this machine has and the server has not: from a page that was closed before it could be kept. */
  backup(): Backup | null {
    try {
      return JSON.parse(localStorage.getItem(this.#name) ?? "null") as Backup | null;
    } catch {
      return null;
    }
  }

  forget(): void {
    localStorage.removeItem(this.#name);
  }

  /** Something changed. */
  touch(): void {
    if (this.#stopped) return;
    this.#dirty = true;
    this.#remember();
    this.tell("saving", null);
    this.#later(QUIET);
  }

  /** Keep it now. True: the server has all of it. */
  async flush(): Promise<boolean> {
    window.clearTimeout(this.#timer);
    // Whoever else waits here, too, must not take an earlier answer for that of what was sent since.
    while ((this.#dirty || this.#running) && !this.#stopped) {
      this.#running ??= this.#send().finally(() => (this.#running = null));
      if (!(await this.#running)) return false;
    }
    return !this.#stopped;
  }

  get safe(): boolean {
    return !this.#dirty || this.#stopped;
  }

  /** No more: it was handed in or given back. */
  stop(): void {
    this.#stopped = true;
    window.clearTimeout(this.#timer);
    this.forget();
  }

  async post(end: string, body: unknown): Promise<Response> {
    return fetch(`${this.path}/${end}`, this.#init("POST", body));
  }

  #remember(): void {
    try {
      localStorage.setItem(this.#name, JSON.stringify({ version: this.version, written: this.read() }));
    } catch {
      // A browser without room or without storage: the server alone keeps it.
    }
  }

  #later(delay: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.flush(), delay);
  }

  #init(method: string, body: unknown): RequestInit {
    return {
      method,
      credentials: "same-origin",
      redirect: "error",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
      body: JSON.stringify(body),
    };
  }

  async #send(): Promise<boolean> {
    this.#dirty = false;
    this.tell("saving", null);
    let answer: Response;
    try {
      answer = await fetch(this.path, this.#init("PUT", { version: this.version, ...this.read() }));
    } catch {
      return this.#failed();
    }
    if (answer.status === 409 || answer.status === 404) {
      this.#stopped = true;
      this.tell("elsewhere", null);
      return false;
    }
    if (!answer.ok) return this.#failed();
    const body = (await answer.json()) as Answer;
    this.version = body.version;
    if (this.#dirty) this.#remember();
    else this.forget();
    this.tell(this.#dirty ? "saving" : "saved", body);
    return true;
  }

  #failed(): boolean {
    this.#dirty = true;
    this.tell("waiting", null);
    this.#later(AGAIN);
    return false;
  }
}
