// <call-transfer>: to whom, and how. The exchange moves the caller; this only asks for it.
import { post } from "./api";
import type { Agent } from "./board";
import type { Desk, Part } from "./desk";
import { make, part, show, write } from "./dom";
import { clock, say, wordFor } from "./words";

interface CallNow {
  call_id: string;
  legs: { agent: string; kind: string; up: boolean }[];
}

type Way = "transfer" | "consult" | "conference";
const REACHABLE = new Set(["available", "paused", "wrap_up"]);

export class CallTransfer extends HTMLElement implements Part {
  #desk: Desk | null = null;
  #consulted = "";
  #seen = false;

  attach(desk: Desk): void {
    this.#desk = desk;
    const search = part<HTMLInputElement>(this, "search");
    search.addEventListener("input", () => this.#list());
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.querySelector<HTMLButtonElement>("[data-way=consult]:enabled, [data-way]")?.focus();
    });
    desk.board.addEventListener("change", () => this.#list());
    this.addEventListener("opened", () => this.#list());
    desk.phone.addEventListener("line", () => this.#line());
    desk.live.on("call", (data) => this.#heard(data as CallNow));
    part(this, "complete").addEventListener("click", () => void this.#ask("transfer"));
    part(this, "cancel").addEventListener("click", () => void this.#ask("consult/cancel", {}, () => this.#consult("")));
    part(this, "join").addEventListener("click", () => void this.#ask("conference", {}, () => this.#consult("")));
    this.#list();
  }

  #line(): void {
    if (this.#desk?.phone.line.phase === "idle") this.#consult("");
  }

  /** The colleague's phone rings, he speaks, or he is gone: then the caller is back by himself. */
  #heard({ call_id: callId, legs }: CallNow): void {
    if (callId !== this.#desk?.phone.line.callId || !this.#consulted) return;
    const leg = legs.find((one) => one.kind === "consult");
    if (leg) write(part(this, "consult-state"), say(leg.up ? "consult_speaks" : "consult_rings"));
    part<HTMLButtonElement>(this, "complete").disabled = !leg?.up;
    if (leg) this.#seen = true;
    else if (this.#seen) this.#consult("");
  }

  #list(): void {
    const desk = this.#desk;
    if (!desk || this.hidden) return;
    const wanted = part<HTMLInputElement>(this, "search").value.trim().toLowerCase();
    const fits = (...names: string[]) => names.some((name) => name.toLowerCase().includes(wanted));
    const agents = [...desk.board.agents.values()]
      .filter((agent) => agent.user !== desk.user && fits(agent.user, agent.display_name))
      .sort((a, b) => Number(REACHABLE.has(b.state)) - Number(REACHABLE.has(a.state)) || a.user.localeCompare(b.user));
    const queues = [...desk.board.queues.values()].filter((one) => fits(one.name, one.title_en, one.title_zh));
    const focused = document.activeElement?.getAttribute("data-key");
    part(this, "list").replaceChildren(
      ...agents.map((agent) => this.#agent(agent)),
      ...queues.map((queue) => {
        const title = (desk.language === "zh" ? queue.title_zh : queue.title_en) || queue.name;
        return this.#row(`queue:${queue.name}`, title, say("queue"), ["transfer"], true);
      }),
    );
    if (focused) this.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    show(part(this, "nobody"), agents.length + queues.length === 0);
  }

  #agent(agent: Agent): HTMLElement {
    const lasts = this.#desk ? clock(this.#desk.board.sinceThen(agent.since)) : "";
    const state = `${wordFor("state", agent.state)} ${lasts}`;
    const ways: Way[] = ["consult", "transfer", "conference"];
    return this.#row(`agent:${agent.user}`, agent.display_name, state, ways, REACHABLE.has(agent.state), agent.state);
  }

  #row(target: string, name: string, about: string, ways: Way[], reachable: boolean, state = ""): HTMLElement {
    const buttons = ways.map((way) => {
      const button = make(
        "button",
        { type: "button", class: "btn btn-sm", "data-way": way, "data-key": `${target} ${way}` },
        say(way),
        make("span", { class: "visually-hidden" }, ` ${name}`),
      );
      button.disabled = !reachable;
      button.addEventListener("click", () => void this.#go(way, target, name));
      return button;
    });
    return make(
      "li",
      { "data-state": state },
      make("span", { class: "target-name" }, make("strong", {}, name), make("span", { class: "explain" }, about)),
      make("span", { class: "target-ways" }, ...buttons),
    );
  }

  async #go(way: Way, target: string, name: string): Promise<void> {
    await this.#ask(way, { target }, () => {
      if (way === "consult") this.#consult(name);
    });
  }

  async #ask(what: string, body: Record<string, string> = {}, then: () => void = () => undefined): Promise<void> {
    const desk = this.#desk;
    if (!desk?.phone.line.callId) return;
    this.#wait(true);
    try {
      await post(`/calls/${encodeURIComponent(desk.phone.line.callId)}/${what}`, body);
      then();
    } catch (error) {
      desk.explain(error);
    } finally {
      this.#wait(false);
      this.#list();
    }
  }

  #wait(busy: boolean): void {
    this.setAttribute("aria-busy", String(busy));
    for (const button of this.querySelectorAll("button")) button.disabled = busy;
  }

  #consult(name: string): void {
    if (name === this.#consulted) return;
    this.#consulted = name;
    this.#seen = false;
    show(part(this, "choose"), name === "");
    show(part(this, "consulting"), name !== "");
    write(part(this, "consulted"), name);
    write(part(this, "consult-state"), name ? say("consult_rings") : "");
    if (name) part(this, "cancel").focus();
  }
}
