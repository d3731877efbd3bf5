// <agent-state>: what I am doing, for how long, and what I may say of it.
import { post } from "./api";
import type { Agent } from "./board";
import type { Desk, Part } from "./desk";
import { part, show, write } from "./dom";
import { clock, say, wordFor } from "./words";

export class AgentState extends HTMLElement implements Part {
  #desk: Desk | null = null;
  #now: Agent | undefined;

  attach(desk: Desk): void {
    this.#desk = desk;
    desk.board.addEventListener("change", () => this.#show());
    window.setInterval(() => this.#tick(), 500);
    part(this, "available").addEventListener("click", () => void this.say("available"));
    const menu = part<HTMLDetailsElement>(this, "pause-menu");
    for (const item of menu.querySelectorAll<HTMLButtonElement>("[data-pause]")) {
      item.addEventListener("click", () => {
        menu.open = false;
        menu.querySelector("summary")?.focus();
        void this.say("paused", item.dataset["pause"]);
      });
    }
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
    document.addEventListener("click", (event) => {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
    });
  }

  openPause(): void {
    const menu = part<HTMLDetailsElement>(this, "pause-menu");
    menu.open = true;
    menu.querySelector<HTMLElement>("[data-pause]")?.focus();
  }

  async say(state: string, reason = ""): Promise<void> {
    try {
      await post("/agents/me/state", reason ? { state, reason } : { state });
    } catch (error) {
      this.#desk?.explain(error);
    }
  }

  #show(): void {
    const me = this.#desk?.board.agents.get(this.#desk.user);
    if (!me) return;
    const changed = me.state !== this.#now?.state || me.reason !== this.#now.reason;
    this.#now = me;
    part(this, "now").dataset["state"] = me.state;
    write(part(this, "name"), wordFor("state", me.state));
    const reason = me.reason ? wordFor("reason", me.reason) : "";
    write(part(this, "reason"), reason);
    show(part(this, "reason"), reason !== "");
    part<HTMLButtonElement>(this, "available").disabled = me.state === "available";
    if (changed) write(part(this, "said"), `${say("state_is")} ${wordFor("state", me.state)} ${reason}`);
    this.#tick();
  }

  #tick(): void {
    if (!this.#now || !this.#desk) return;
    const lasted = clock(this.#desk.board.sinceThen(this.#now.since));
    const limit = document.querySelector<HTMLElement>("[data-wrap-up][data-limit]")?.dataset["limit"];
    const left = limit && this.#now.state === "wrap_up" ? -this.#desk.board.sinceThen(limit) : null;
    write(part(this, "clock"), left === null ? lasted : say(left < 0 ? "late" : "left", { time: clock(Math.abs(left)) }));
  }
}
