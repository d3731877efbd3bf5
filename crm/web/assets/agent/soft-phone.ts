// <soft-phone>: the phone as one sees it. The phone itself is in phone.ts.
import { post } from "./api";
import type { Desk, Part } from "./desk";
import { part, show, write } from "./dom";
import { lead } from "./leader";
import { Phone, type Line } from "./phone";
import { Microphone } from "./sound";
import { clock, say, wordFor } from "./words";

const METER_EVERY = 125;
const METER_AFTER_LOAD = 15_000;
/** Legs of callers who called us: these are asked how it was. */
const MARKED = new Set(["queue", "transfer", "consult", "rejoin"]);

/** A number as this person may read it: the exchange gives all of it, the page shows its ends. */
export function masked(number: string, whole: boolean): string {
  if (!number || /anonymous|unknown/i.test(number)) return say("withheld");
  if (whole || !/^\+?\d+$/.test(number)) return number;
  if (number.length < 8) return "•".repeat(number.length);
  return number.slice(0, 3) + "•".repeat(number.length - 7) + number.slice(-4);
}

export class SoftPhone extends HTMLElement implements Part {
  readonly microphone = new Microphone();
  readonly phone: Phone;
  #meterUntil = 0;
  #desk: Desk | undefined;

  constructor() {
    super();
    const { user = "", password = "", address = "", domain = "" } = this.dataset;
    this.removeAttribute("data-password");
    this.phone = new Phone({ user, password, address, domain }, this.microphone);
  }

  connectedCallback(): void {
    this.phone.addEventListener("registration", () => this.#registration());
    this.phone.addEventListener("line", () => this.#line());
    this.phone.addEventListener("no-microphone", () => this.#problem("problem_microphone"));
    this.phone.addEventListener("silent", () => this.#problem("problem_silent"));
    this.microphone.addEventListener("lost", () => this.#problem("problem_microphone_lost"));
    this.microphone.addEventListener("open", () => this.#problem(""));
    this.#wire();
    void this.#start();
  }

  attach(desk: Desk): void {
    this.#desk = desk;
    window.setInterval(() => this.#tick(), 250);
    window.setInterval(() => this.#meter(), METER_EVERY);
    this.#line();
  }

  /** Look at the microphone's level for a while. */
  showLevel(): void {
    this.#meterUntil = Date.now() + METER_AFTER_LOAD;
  }

  toggleKeypad(): void {
    this.#toggle("keypad", "keys");
  }

  /** The caller is asked how it was; the exchange takes this phone off his line first. */
  async askForMark(): Promise<void> {
    const { phase, callId, kind } = this.phone.line;
    if (phase !== "talking" || !callId || !MARKED.has(kind)) return;
    const button = part<HTMLButtonElement>(this, "survey");
    button.disabled = true;
    try {
      await post(`/calls/${encodeURIComponent(callId)}/survey`);
    } catch (error) {
      this.#desk?.explain(error);
    } finally {
      button.disabled = false;
    }
  }

  toggleTargets(): void {
    this.#toggle("transfer", "targets");
  }

  async #start(): Promise<void> {
    this.microphone.open().then(
      () => this.showLevel(),
      () => this.#problem("problem_microphone"),
    );
    await lead(() => {
      this.phone.registration = "waiting";
      this.#registration();
    });
    if (this.phone.registration === "waiting") this.phone.registration = "connecting";
    this.#registration();
    this.phone.start();
  }

  #wire(): void {
    const press = (role: string, act: () => void) => part(this, role).addEventListener("click", act);
    press("answer", () => void this.phone.answer());
    press("decline", () => this.phone.decline());
    press("hold", () => this.phone.toggleHold());
    press("mute", () => this.phone.toggleMute());
    press("keypad", () => this.toggleKeypad());
    press("transfer", () => this.toggleTargets());
    press("survey", () => void this.askForMark());
    press("hang-up", () => this.phone.hangUp());
    press("mend", () => this.#mend());
    for (const key of this.querySelectorAll<HTMLButtonElement>("[data-tone]")) {
      key.addEventListener("click", () => this.phone.tone(key.dataset["tone"] ?? ""));
    }
    part(this, "keys").addEventListener("keydown", (event) => {
      if (!/^[0-9*#]$/.test(event.key)) return;
      event.stopPropagation();
      this.phone.tone(event.key);
    });
  }

  #mend(): void {
    if (this.phone.registration === "refused") this.phone.tryAgain();
    else void this.microphone.open().catch(() => this.#problem("problem_microphone"));
  }

  #toggle(button: string, body: string): void {
    if (this.phone.line.phase !== "talking") return;
    const panel = part(this, body);
    show(panel, panel.hidden !== false);
    part(this, button).setAttribute("aria-expanded", String(!panel.hidden));
    if (panel.hidden) return;
    panel.dispatchEvent(new Event("opened"));
    panel.querySelector<HTMLElement>("input, button")?.focus();
  }

  #problem(key: string): void {
    const box = part(this, "problem");
    show(box, key !== "");
    if (key) write(part(this, "problem-text"), say(key));
    show(part(this, "mend"), key !== "" && key !== "problem_silent");
  }

  #registration(): void {
    const now = this.phone.registration;
    part(this, "registration").dataset["now"] = now;
    write(part(this, "registration-word"), wordFor("registration", now));
    if (now === "refused") this.#problem("problem_refused");
    if (now === "registered") this.#problem("");
    write(part(this, "idle-text"), say(now === "waiting" ? "idle_other_tab" : "idle"));
  }

  #line(): void {
    const { line } = this.phone;
    const busy = line.phase !== "idle";
    show(part(this, "idle"), !busy);
    show(part(this, "call"), busy);
    this.dataset["phase"] = line.phase;
    show(part(this, "ring-buttons"), line.phase === "ringing" || line.phase === "answering");
    for (const role of ["answer", "decline"]) {
      part<HTMLButtonElement>(this, role).disabled = line.phase === "answering";
    }
    show(part(this, "talk-buttons"), line.phase === "talking");
    show(part(this, "survey"), MARKED.has(line.kind));
    if (line.phase !== "talking") this.#closePanels();
    this.#words(line);
    this.#tick();
  }

  #words(line: Line): void {
    write(part(this, "caller"), line.caller ? masked(line.caller, this.dataset["whole"] === "1") : "");
    const phase = line.voiceLost ? "voice_lost" : line.held ? "held" : line.phase;
    part(this, "phase").dataset["phase"] = phase;
    const kind = line.kind && line.kind !== "queue" ? ` · ${wordFor("leg", line.kind)}` : "";
    write(part(this, "phase"), line.phase === "idle" ? "" : wordFor("phase", phase) + kind);
    const hold = part(this, "hold");
    hold.setAttribute("aria-pressed", String(line.held));
    part(this, "mute").setAttribute("aria-pressed", String(line.muted));
  }

  #closePanels(): void {
    for (const [button, body] of [["keypad", "keys"], ["transfer", "targets"]] as const) {
      show(part(this, body), false);
      part(this, button).setAttribute("aria-expanded", "false");
    }
  }

  #tick(): void {
    const { line } = this.phone;
    write(part(this, "clock"), line.since ? clock(Date.now() - line.since) : "");
  }

  #meter(): void {
    const meter = part(this, "meter");
    const wanted = !document.hidden && (this.phone.line.phase === "talking" || Date.now() < this.#meterUntil);
    if (!wanted) {
      this.microphone.mute();
      meter.dataset["off"] = "1";
      return;
    }
    delete meter.dataset["off"];
    const level = Math.round(this.microphone.level() * 100);
    meter.setAttribute("aria-valuenow", String(level));
    part(meter, "meter-bar").style.width = `${level}%`;
  }
}
