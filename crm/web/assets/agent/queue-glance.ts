// <queue-glance>: how many wait, and how long, in a few lines.
import type { Queue } from "./board";
import type { Desk, Part } from "./desk";
import { make, part, show } from "./dom";
import { clock } from "./words";

const EVERY = 10_000;

export class QueueGlance extends HTMLElement implements Part {
  attach(desk: Desk): void {
    const draw = () => this.#draw(desk, [...desk.board.queues.values()]);
    desk.board.addEventListener("change", draw);
    window.setInterval(() => document.hidden || void desk.board.queuesAgain(), EVERY);
  }

  #draw(desk: Desk, queues: Queue[]): void {
    show(this, queues.length > 0);
    const rows = queues.map((queue) => {
      const waits = (queue.callers ?? []).map((caller) => desk.board.sinceThen(caller.since));
      const waiting = queue.callers ? waits.length : (queue.waiting ?? 0);
      const longest = queue.callers ? Math.max(0, ...waits) : (queue.longest_wait_s ?? 0) * 1000;
      return make(
        "tr",
        waiting ? { class: "has-callers" } : {},
        make("th", { scope: "row" }, (desk.language === "zh" ? queue.title_zh : queue.title_en) || queue.name),
        make("td", { class: "end number" }, String(waiting)),
        make("td", { class: "end number" }, waiting ? clock(longest) : "–"),
      );
    });
    part(this, "rows").replaceChildren(...rows);
  }
}
