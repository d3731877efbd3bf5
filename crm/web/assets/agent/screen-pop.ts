// <screen-pop>: who calls, and why. Everything in it comes from callers and goes in as text.
import type { Desk, Part } from "./desk";
import { make, part, show } from "./dom";

export interface Pop {
  call_id: string;
}

export class ScreenPop extends HTMLElement implements Part {
  attach(desk: Desk): void {
    desk.live.on("pop", (data) => this.#draw(data as Pop));
  }

  #draw(pop: Pop): void {
    show(part(this, "empty"), false);
    part(this, "card").replaceChildren(make("p", {}, pop.call_id));
  }
}
