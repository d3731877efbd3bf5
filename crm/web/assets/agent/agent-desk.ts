// <agent-desk>: the page. It joins the parts and speaks to the agent; each part does its own work.
import type { AgentState } from "./agent-state";
import { get, Refused } from "./api";
import { carryInto } from "./choice";
import { Board } from "./board";
import type { Desk, Part, Tone } from "./desk";
import { Dialogs } from "./dialogs";
import { part, show, write } from "./dom";
import { LiveEvents } from "./live";
import { notify, silence } from "./notice";
import { listen } from "./shortcuts";
import { masked, type SoftPhone } from "./soft-phone";
import { Bell } from "./sound";
import { say } from "./words";

const SOON = 400;

export class AgentDesk extends HTMLElement {
  #title = document.title;
  #dialogs: Dialogs | null = null;


  connectedCallback(): void {
    const softPhone = this.querySelector<SoftPhone>("soft-phone");
    if (!softPhone) return;
    const live = new LiveEvents(this.dataset["events"] ?? "");
    const desk: Desk = {
      user: this.dataset["user"] ?? "",
      language: this.dataset["language"] ?? "zh",
      zone: this.dataset["zone"] ?? "UTC",
      live,
      board: new Board(live),
      phone: softPhone.phone,
      microphone: softPhone.microphone,
      bell: new Bell(),
      tell: (text, tone) => this.#tell(text, tone),
      explain: (error) => this.#explain(error),
    };
    live.addEventListener("lost", () => show(part(this, "lost"), true));
    live.addEventListener("open", () => show(part(this, "lost"), false));
    part(this, "notice-close").addEventListener("click", () => show(part(this, "notice"), false));
    for (const one of this.querySelectorAll<Part>("agent-state, soft-phone, call-transfer, queue-glance, screen-pop")) {
      one.attach(desk);
    }
    this.#dialogs = new Dialogs(desk);
    this.#calls(desk, softPhone);
    this.#keys(desk, softPhone);
    this.#stay();
    this.#carry();
    desk.board.addEventListener("change", () => {
      this.#wrapUp(desk);
      this.#lost(desk);
    });
    window.addEventListener("beforeunload", (event) => desk.phone.line.phase === "talking" && event.preventDefault());
    live.start();
  }

  #calls(desk: Desk, softPhone: SoftPhone): void {
    const { phone, bell } = desk;
    phone.addEventListener("line", () => this.#lost(desk));
    phone.addEventListener("line", () => {
      if (phone.line.phase === "ringing" && !phone.line.back) {
        if (!bell.ringing) void bell.ring();
        notify(phone.line.callId, masked(phone.line.caller, softPhone.dataset["whole"] === "1"), () => void phone.answer());
      } else {
        bell.stop();
        silence(this.#title);
      }
    });
    phone.addEventListener("back", () => this.#tell(say("back_in_call"), "success"));
    phone.addEventListener("gone", (event) => void this.#gone((event as CustomEvent<string>).detail));
  }

  /** A call that this page waits for, and that the server no longer gives to this agent, is gone. */
  #lost({ board, phone, user }: Desk): void {
    const me = board.agents.get(user);
    if (phone.line.phase === "rejoining" && me && me.call_id !== phone.line.callId) phone.givenUp();
  }

  /** The call could not be had back. What became of it? */
  async #gone(callId: string): Promise<void> {
    const call = (await get(`/calls/${encodeURIComponent(callId)}`).catch(() => null)) as { ended_at?: string } | null;
    this.#tell(say(call?.ended_at ? "call_ended_meanwhile" : "caller_back_in_queue"), "warning");
  }

  /** The form of a call's wrap-up comes when the call is over, and stays until it is done or the next one begins. */
  #wrapUp(desk: Desk): void {
    const me = desk.board.agents.get(desk.user);
    this.dataset["busy"] = String(["ringing", "on_call", "wrap_up"].includes(me?.state ?? ""));
    const call = me?.state === "wrap_up" ? (me.call_id ?? "") : "";
    const place = part(this, "wrap-up");
    if (call && place.dataset["call"] !== call) {
      place.dataset["call"] = call;
      this.#ask(place);
    }
    if (!me || call) return;
    delete place.dataset["call"];
    if (me.state === "available") place.replaceChildren();
  }

  #ask(place: HTMLElement): void {
    if (place.dataset["call"]) place.dispatchEvent(new CustomEvent("wrap-up-due"));
  }

  #carry(): void {
    const place = part(this, "wrap-up");
    place.addEventListener("htmx:afterSettle", () => {
      const form = place.querySelector<HTMLElement>("[data-wrap-up]");
      if (form) carryInto(form, form.dataset["call"] ?? "");
      else if (place.dataset["call"]) window.setTimeout(() => this.#ask(place), SOON); // its row is being written
    });
  }

  /** Whatever leads away from this page opens beside it: the phone lives here. Parts of the page stay in it. */
  #stay(): void {
    const parts = /^\/(knowledge|tasks|wrap-up|call-out)(\/|$)/;
    document.addEventListener(
      "click",
      (event) => {
        const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
        if (!link || link.origin !== location.origin || link.getAttribute("href")?.startsWith("#")) return;
        if (this.contains(link) && parts.test(link.pathname)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        window.open(link.href, "_blank", "noopener");
      },
      true,
    );
    document.addEventListener(
      "submit",
      (event) => {
        const form = event.target;
        if (form instanceof HTMLFormElement && form.method === "get" && !this.contains(form)) form.target = "_blank";
      },
      true,
    );
  }

  #keys({ phone }: Desk, softPhone: SoftPhone): void {
    const state = this.querySelector<AgentState>("agent-state");
    part(softPhone, "sound").addEventListener("click", () => this.#dialogs?.openSound());
    part(softPhone, "help").addEventListener("click", () => this.#dialogs?.openKeys());
    listen({
      a: () => void phone.answer(),
      h: () => phone.toggleHold(),
      m: () => phone.toggleMute(),
      k: () => softPhone.toggleKeypad(),
      t: () => softPhone.toggleTargets(),
      E: () => phone.hangUp(),
      v: () => void state?.say("available"),
      p: () => state?.openPause(),
      "/": () => this.querySelector<HTMLElement>("[data-role=knowledge] input[type=search]")?.focus(),
      "?": () => this.#dialogs?.openKeys(),
    });
  }

  #tell(text: string, tone: Tone): void {
    const bar = part(this, "notice");
    bar.className = `desk-bar alert alert-${tone}`;
    write(part(this, "notice-text"), text);
    show(bar, true);
  }

  #explain(error: unknown): void {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401) this.#tell(say("logged_out"), "danger");
    else if (error.status === 0) this.#tell(say("not_reached"), "danger");
    else this.#tell(say("refused", { why: error.message || String(error.status) }), "warning");
  }
}
