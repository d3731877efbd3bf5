// <score-sheet>: the screen on which a call is scored. Every key is a button, too; every button has a key.
import { Heard } from "./heard";
import { Keeper, type Answer, type Standing } from "./keeper";
import { KeyReader, type Command, type Letters } from "./keys";
import { parseTime, Sheet, showTime, type Item, type Mark } from "./model";
import { draw, flawRows } from "./rows";
import { Suggested, type Suggestion } from "./suggested";

const SINGLE = "huiyin-sheet-single-keys";
const IDLE = 60_000;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

export class ScoreSheet extends HTMLElement {
  #sheet!: Sheet;
  #keeper!: Keeper;
  #heard!: Heard;
  #reader!: KeyReader;
  #suggested!: Suggested;
  #words: Record<string, string> = {};
  #keys = 0;
  #seconds = 0;
  #active = 0;
  #answer: Answer | null = null;
  #stop = new AbortController();

  connectedCallback(): void {
    const given = JSON.parse(this.dataset["sheet"] ?? "{}") as Answer & { length: number | null; marks: Mark[] } & Record<
      "good" | "advice",
      string
    > & { seconds: number; keys: number };
    this.#words = JSON.parse(this.dataset["words"] ?? "{}") as Record<string, string>;
    this.#reader = new KeyReader(JSON.parse(this.dataset["letters"] ?? "{}") as Letters);
    this.#sheet = new Sheet(this.#items(), given.marks);
    this.#heard = new Heard(this, this.dataset["player"], given.length);
    this.#suggested = new Suggested(this, { confirmed: this.#say("confirmed"), refused: this.#say("refused") });
    this.#keeper = new Keeper(
      this.dataset["path"] ?? "", document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "",
      Number(this.dataset["version"]), () => this.#written(), (standing, answer) => this.#stands(standing, answer),
    );
    this.#field("good").value = given.good;
    this.#field("advice").value = given.advice;
    [this.#seconds, this.#keys] = [given.seconds, given.keys];
    this.#score(given.stands_at);
    this.#restore();
    this.#wire();
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#stop.abort();
  }

  #items(): Map<string, Item> {
    const rows = [...this.querySelectorAll<HTMLElement>("[data-item]")];
    return new Map(
      rows.map((row) => {
        const code = row.dataset["item"] ?? "";
        const item = {
          code, title: row.dataset["title"] ?? "", points: Number(row.dataset["points"]), out: row.dataset["out"] === "1",
        };
        return [code, item];
      }),
    );
  }

  readonly #say = (key: string, values: Readonly<Record<string, string | number>> = {}): string =>
    (this.#words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

  #part<T extends HTMLElement = HTMLElement>(role: string): T {
    const found = this.querySelector<T>(`[data-role="${role}"]`);
    if (!found) throw new Error(`the page has no part ${role}`);
    return found;
  }

  #field(role: "good" | "advice"): HTMLTextAreaElement {
    return this.#part<HTMLTextAreaElement>(role);
  }

  #written(): { marks: Mark[]; good: string; advice: string; seconds: number; keys: number } {
    return {
      marks: this.#sheet.marks, good: this.#field("good").value, advice: this.#field("advice").value,
      seconds: this.#seconds, keys: this.#keys,
    };
  }

  /** What this machine kept and the server had not: put back when nobody else wrote since, else shown. */
  #restore(): void {
    const kept = this.#keeper.backup();
    if (!kept) return;
    if (kept.version === this.#keeper.version) {
      this.#sheet = new Sheet(this.#items(), kept.written.marks);
      this.#field("good").value = kept.written.good;
      this.#field("advice").value = kept.written.advice;
      this.#hint(this.#say("restored"));
      this.#keeper.touch();
      return;
    }
    this.#trouble(this.#say("conflict"), JSON.stringify(kept.written, null, 1));
    this.#keeper.forget();
  }

  #wire(): void {
    const { signal } = this.#stop;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    for (const role of ["good", "advice"] as const) {
      this.#field(role).addEventListener("input", () => this.#keeper.touch(), { signal });
    }
    window.addEventListener("beforeunload", (event) => this.#keeper.safe || event.preventDefault(), { signal });
    const single = this.#part<HTMLInputElement>("single");
    single.checked = localStorage.getItem(SINGLE) !== "off";
    single.addEventListener("change", () => localStorage.setItem(SINGLE, single.checked ? "on" : "off"), { signal });
    const clock = window.setInterval(() => this.#tick(), 1000);
    signal.addEventListener("abort", () => window.clearInterval(clock));
  }

  /** Time counts while somebody is at it. */
  #tick(): void {
    const playing = this.querySelector("call-player.is-playing") !== null;
    if (document.visibilityState === "visible" && (playing || Date.now() - this.#active < IDLE)) this.#seconds += 1;
  }

  #key(event: KeyboardEvent): void {
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    if (!event.repeat) this.#keys += 1;
    this.#active = Date.now();
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (typing(event.target)) return this.#typed(event);
    if (this.querySelector("dialog[open]") || !this.#part<HTMLInputElement>("single").checked) return;
    const native = event.target instanceof HTMLElement && event.target.matches("button, a, summary");
    if (native && (event.key === " " || event.key === "Enter")) return;
    const command = this.#reader.read(event.key);
    if (!command) return;
    event.preventDefault();
    this.#do(command);
  }

  /** Enter and Escape leave a note or a time; all other keys are the field's. */
  #typed(event: KeyboardEvent): void {
    const field = event.target as HTMLElement;
    if (!field.dataset["mark"] || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    field.blur();
  }

  #do(command: Command): void {
    this.#waitFor(command.kind === "wait" ? command.prefix : "");
    if (command.kind === "take") this.#take(command.code, command.points);
    else if (command.kind === "out") this.#out(command.code);
    else if (command.kind === "fatal") this.#fatal(command.code);
    else if (command.kind === "act") this.#act(command.name);
  }

  #waitFor(prefix: string): void {
    for (const one of this.querySelectorAll(".is-waiting")) one.classList.remove("is-waiting");
    if (!prefix) return this.#hint("");
    const item = this.#sheet.items.get(prefix);
    if (item) {
      const row = this.querySelector<HTMLElement>(`[data-item="${CSS.escape(prefix)}"]`);
      row?.classList.add("is-waiting");
      row?.scrollIntoView({ block: "nearest" });
      return this.#hint(this.#say("item", { code: prefix, title: item.title }));
    }
    this.#hint(prefix === "x" ? this.#say("fatal") : this.#say("section", { code: prefix.toUpperCase() }));
  }

  #act(name: string): void {
    const last = this.#sheet.last;
    const actions: Record<string, () => void> = {
      play: () => this.#heard.toggle(),
      back: () => this.#heard.seek(this.#heard.at - 5000),
      forward: () => this.#heard.seek(this.#heard.at + 5000),
      previous: () => this.#heard.line(-1),
      next: () => this.#heard.line(1),
      speed: () => this.#hint(this.#say("speed", { speed: this.#heard.speed() })),
      begin: () => this.#edge(last, "from_ms"),
      end: () => this.#edge(last, "to_ms"),
      whole: () => this.#whole(last),
      more: () => this.#after(this.#sheet.step(last, 1)),
      less: () => this.#after(this.#sheet.step(last, -1)),
      note: () => this.#note(last),
      undo: () => this.#undo(),
      hear: () => this.#hearSuggestion(),
      confirm: () => void this.#decide(this.#suggested.first, true),
      refuse: () => void this.#decide(this.#suggested.first, false),
      finish: () => void this.#finish(),
      help: () => this.#part<HTMLDialogElement>("help").showModal(),
    };
    actions[name]?.();
  }

  #take(code: string, points: number, candidate: Suggestion | null = null): void {
    const span = this.#spanOf(candidate);
    if (!this.#sheet.take(code, points, span, candidate?.id ?? null)) {
      return this.#hint(this.#say("nothing_left", { code }));
    }
    this.#after(true);
    const at = span ? showTime(span.from_ms) : "–";
    this.#hint(this.#say("took", { code, points, time: at }));
  }

  #spanOf(candidate: Suggestion | null): ReturnType<Heard["span"]> {
    const first = candidate?.spans[0];
    if (!first || this.#heard.length === null) return candidate ? null : this.#heard.span();
    const to_ms = Math.min(Math.max(first.to_ms, first.from_ms + 1), this.#heard.length);
    return { from_ms: Math.min(first.from_ms, to_ms - 1), to_ms, words: this.#heard.words(first.from_ms, to_ms) };
  }

  #out(code: string): void {
    if (!this.#sheet.out(code)) return this.#hint(this.#say("stays_in", { code }));
    this.#after(true);
  }

  #fatal(code: string, candidate: Suggestion | null = null): void {
    this.#sheet.fatal(code, this.#spanOf(candidate), candidate?.id ?? null);
    this.#after(true);
    this.#note(this.#sheet.last);
  }

  #edge(place: number, which: "from_ms" | "to_ms"): void {
    const mark = this.#sheet.marks[place];
    const length = this.#heard.length;
    if (!mark || length === null) return;
    const at = Math.min(this.#heard.at, length);
    const from_ms = which === "from_ms" ? Math.min(at, length - 1) : Math.min(mark.from_ms ?? at, Math.max(0, at - 1));
    const to_ms = which === "to_ms" ? Math.max(at, from_ms + 1) : Math.max(mark.to_ms ?? 0, from_ms + 1);
    this.#after(this.#sheet.change(place, { from_ms, to_ms, words: this.#heard.words(from_ms, to_ms) }));
  }

  #whole(place: number): void {
    const span = this.#heard.whole();
    if (span) this.#after(this.#sheet.change(place, span));
  }

  #note(place: number): void {
    const field = this.querySelector<HTMLInputElement>(`[data-place="${place}"] [data-mark=note]`);
    field?.focus();
    field?.scrollIntoView({ block: "nearest" });
  }

  #undo(): void {
    const done = this.#sheet.undo();
    this.#after(done);
    this.#hint(this.#say(done ? "undone" : "nothing_undone"));
  }

  #hearSuggestion(): void {
    const first = this.#suggested.first?.spans[0];
    if (first) this.#heard.hear(first.from_ms, first.to_ms);
    else this.#hint(this.#say("no_candidate"));
  }

  async #decide(one: Suggestion | null, confirmed: boolean): Promise<void> {
    if (!one) return this.#hint(this.#say("no_candidate"));
    if (!(await this.#suggested.decide(one, confirmed, this.#keeper))) return this.#hint(this.#say("decision_failed"));
    const mine = this.#sheet.marks.findIndex((mark) => mark.candidate_id === one.id);
    if (!confirmed && mine >= 0) this.#after(this.#sheet.drop(mine));
    if (!confirmed || mine >= 0) return;
    if (one.finding === "fatal") this.#fatal(one.code, one);
    else if (one.takes) this.#take(one.code, one.takes, one);
  }

  #after(changed: boolean): void {
    if (!changed) return;
    this.#draw();
    this.#keeper.touch();
  }

  #draw(): void {
    draw(this, this.#sheet, this.#say, this.#heard.length !== null);
    this.#heard.show(this.#sheet.marks);
  }

  #click(event: MouseEvent): void {
    if (event.detail > 0) this.#keys += 1; // a click by mouse; one by key was counted as the key
    this.#active = Date.now();
    const target = event.target instanceof Element ? event.target.closest<HTMLElement | SVGElement>("button, [data-seek]") : null;
    if (!target) return;
    const { take, markAct, act, role, from, to, seek } = target.dataset;
    if (seek !== undefined) this.#heard.seek(Number(seek), true);
    else if (from !== undefined) this.#heard.hear(Number(from), to ? Number(to) : null);
    else if (take !== undefined) this.#taken(target, take);
    else if (markAct) this.#markAct(target, markAct);
    else if (act) this.#act(act);
    else if (role === "confirm" || role === "refuse") void this.#decide(this.#suggested.of(target), role === "confirm");
    else if (role === "close") target.closest("dialog")?.close();
    else if (role === "submit") void this.#submit();
  }

  #taken(target: Element, take: string): void {
    const row = target.closest<HTMLElement>("[data-item], [data-fatal]");
    const code = row?.dataset["item"] ?? row?.dataset["fatal"] ?? "";
    if (take === "fatal") this.#fatal(code);
    else if (take === "out") this.#out(code);
    else this.#take(code, Number(take));
  }

  #markAct(target: Element, name: string): void {
    const place = Number(target.closest<HTMLElement>("[data-place]")?.dataset["place"] ?? -1);
    const mark = this.#sheet.marks[place];
    if (!mark) return;
    const actions: Record<string, () => void> = {
      hear: () => mark.from_ms !== null && this.#heard.hear(mark.from_ms, mark.to_ms),
      whole: () => this.#whole(place),
      more: () => this.#after(this.#sheet.step(place, 1)),
      less: () => this.#after(this.#sheet.step(place, -1)),
      drop: () => this.#after(this.#sheet.drop(place)),
    };
    actions[name]?.();
  }

  #changed(event: Event): void {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.dataset["mark"]) return;
    const place = Number(field.closest<HTMLElement>("[data-place]")?.dataset["place"] ?? -1);
    if (field.dataset["mark"] === "note") return this.#after(this.#sheet.change(place, { note: field.value }));
    const at = parseTime(field.value);
    const mark = this.#sheet.marks[place];
    if (at === null || !mark || this.#heard.length === null) return this.#draw();
    const given = field.dataset["mark"] === "from" ? { from_ms: at } : { to_ms: Math.min(at, this.#heard.length) };
    const { from_ms, to_ms } = { ...mark, ...given };
    const whole = from_ms !== null && to_ms !== null && from_ms < to_ms;
    this.#after(this.#sheet.change(place, { ...given, ...(whole ? { words: this.#heard.words(from_ms, to_ms) } : {}) }));
  }

  async #finish(): Promise<void> {
    this.#keeper.touch();
    const kept = await this.#keeper.flush();
    const answer = this.#answer;
    if (!kept || !answer) return;
    const flaws = answer.flaws;
    this.#part("finish-score").textContent = this.#say("score", { score: answer.stands_at });
    this.#part("finish-flaws").hidden = flaws.length === 0;
    this.#part("finish-why").textContent = this.#say("missing");
    this.#part("finish-list").replaceChildren(...flawRows(flaws, this.#sheet, this.#say));
    this.#part("counted").textContent = this.#say("counted", { keys: this.#keys, time: showTime(this.#seconds * 1000) });
    const yes = this.#part<HTMLButtonElement>("submit");
    yes.disabled = flaws.length > 0;
    const dialog = this.#part<HTMLDialogElement>("finish");
    if (!dialog.open) dialog.showModal();
    (flaws.length ? dialog.querySelector<HTMLElement>("[data-role=close]") : yes)?.focus();
  }

  /** The last press counts, too: what it took is kept before it is handed in. */
  async #submit(): Promise<void> {
    this.#keeper.touch();
    if (!(await this.#keeper.flush())) return;
    const answer = await this.#keeper.post("submit", { version: this.#keeper.version }).catch(() => null);
    if (answer?.ok) {
      this.#keeper.stop();
      window.location.assign(this.dataset["done"] ?? "/evaluations/");
      return;
    }
    const problem = (await answer?.json().catch(() => null)) as { detail?: string } | null;
    this.#part<HTMLDialogElement>("finish").close();
    this.#trouble(this.#say("failed", { why: problem?.detail ?? "" }));
  }

  #stands(standing: Standing, answer: Answer | null): void {
    if (answer) {
      this.#answer = answer;
      this.#score(answer.stands_at);
    }
    this.#part("score").classList.toggle("is-old", standing !== "saved");
    const line = this.#part("standing");
    const bad = standing === "waiting" || standing === "elsewhere";
    line.classList.toggle("text-danger", bad);
    const time = new Date().toLocaleTimeString([], { hour12: false });
    const text = this.#say(standing, { time });
    if (line.textContent !== text) line.textContent = text;
    if (standing === "elsewhere") this.#trouble(text, JSON.stringify(this.#written(), null, 1));
  }

  #score(points: number): void {
    const shown = this.#part("score");
    shown.textContent = String(points);
    shown.classList.toggle("is-fatal", this.#sheet.marks.some((one) => one.kind === "fatal"));
  }

  #hint(text: string): void {
    const line = this.#part("hint");
    if (line.textContent !== text) line.textContent = text;
  }

  #trouble(text: string, kept = ""): void {
    this.#part("trouble").hidden = false;
    this.#part("trouble-text").textContent = text;
    const area = this.#part<HTMLTextAreaElement>("trouble-kept");
    area.hidden = kept === "";
    area.value = kept;
  }
}
