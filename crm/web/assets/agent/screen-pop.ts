// <screen-pop>: who calls, and why. Everything in it comes from callers and goes in as text.
import { post } from "./api";
import { choose, chosen } from "./choice";
import type { Desk, Part } from "./desk";
import { make, part, show, type Child } from "./dom";
import { masked } from "./soft-phone";
import { clock, say, wordFor } from "./words";

export interface PopTicket {
  id: number;
  number: string;
  kind: string;
  status: string;
  is_complaint?: boolean;
  assignee?: string | null;
  legal_due_at?: string | null;
  internal_due_at?: string | null;
  text?: string | null;
}

export interface PopCall {
  call_id: string;
  started_at: string;
  queue?: string | null;
  outcome?: string | null;
  agent?: string | null;
  talk_time?: number | null;
}

export interface PopCustomer {
  id: number;
  name: string;
  grade?: string;
  elderly?: boolean;
  language?: string | null;
  verified?: boolean;
  open_tickets?: number;
  calls?: number;
}

export interface Pop {
  call_id: string;
  caller_number?: string | null;
  kind?: string | null;
  queue?: string | null;
  waited_s?: number | null;
  language?: string | null;
  menu_path?: string[] | null;
  verified?: boolean;
  customers?: PopCustomer[];
  open_tickets?: PopTicket[];
  ticket_ids_of_call?: number[];
  last_tickets?: PopTicket[];
  last_calls?: PopCall[];
}

const URGENT = 3_600_000;

export class ScreenPop extends HTMLElement implements Part {
  #desk: Desk | null = null;
  #pop: Pop | null = null;

  attach(desk: Desk): void {
    this.#desk = desk;
    desk.live.on("pop", (data) => this.draw(data as Pop));
    desk.live.on("pop_end", (data) => this.#end(data as { call_id: string; reason: string }));
    desk.board.addEventListener("change", () => this.#state());
    window.setInterval(() => this.#clocks(), 1000);
  }

  /** Draw the card, and note how long it took from the event to the screen. */
  draw(pop: Pop): void {
    performance.mark("pop-event");
    this.#pop = pop;
    show(part(this, "empty"), false);
    const card = part(this, "card");
    card.replaceChildren(...this.#parts(pop));
    show(card, true);
    this.dataset["call"] = pop.call_id;
    this.#clocks();
    requestAnimationFrame(() => {
      performance.mark("pop-drawn");
      performance.measure("pop", { start: "pop-event", end: "pop-drawn", detail: pop.call_id });
    });
  }

  clear(): void {
    this.#pop = null;
    delete this.dataset["call"];
    part(this, "card").replaceChildren();
    show(part(this, "card"), false);
    show(part(this, "empty"), true);
  }

  /** A pop whose ring came to nothing is stale: it goes. One that was answered stays for the call. */
  #end({ call_id: callId, reason }: { call_id: string; reason: string }): void {
    if (this.#pop?.call_id === callId && reason !== "answered") this.clear();
  }

  #state(): void {
    const me = this.#desk?.board.agents.get(this.#desk.user);
    if (me?.state === "available" && this.#pop && this.#desk?.phone.line.phase === "idle") this.clear();
  }

  #parts(pop: Pop): HTMLElement[] {
    return [this.#head(pop), this.#customers(pop), this.#tickets(pop), this.#past(pop), this.#ended(pop)].filter(
      (one): one is HTMLElement => one !== null,
    );
  }

  #head(pop: Pop): HTMLElement {
    const badges: Child[] = [
      pop.kind && pop.kind !== "queue" && badge(wordFor("leg", pop.kind), "open"),
      pop.queue && badge(this.#queue(pop.queue), "open"),
      pop.language && badge(wordFor("language", pop.language), "quiet"),
      !pop.verified && badge(say("unverified"), "busy"),
      pop.verified && badge(say("verified"), "good"),
    ];
    const waited = pop.waited_s == null ? null : say("waited", { time: clock(pop.waited_s * 1000) });
    return make(
      "header",
      { class: "card-body pop-head" },
      make(
        "div",
        { class: "pop-who" },
        make("strong", { class: "pop-number number" }, masked(pop.caller_number ?? "", this.hasAttribute("data-whole"))),
        make("span", { class: "pop-badges" }, ...badges),
      ),
      make("p", { class: "pop-way" }, this.#path(pop.menu_path ?? []), waited && make("span", { class: "explain" }, waited)),
    );
  }

  #path(path: string[]): HTMLElement {
    const steps = path.length ? path.map((step) => wordFor("menu", step)) : [say("straight_to_person")];
    return make("span", { class: "pop-path" }, steps.join(" › "));
  }

  #queue(name: string): string {
    const queue = this.#desk?.board.queues.get(name);
    return (this.#desk?.language === "zh" ? queue?.title_zh : queue?.title_en) || name;
  }

  #customers(pop: Pop): HTMLElement | null {
    const customers = pop.customers ?? [];
    if (customers.length === 0) return section(say("customer"), make("p", { class: "explain mb-0" }, say("customer_unknown")));
    const rows = customers.map((one) =>
      make(
        "li",
        {},
        make("a", { href: `${this.dataset["customers"] ?? "/customers/"}${one.id}` }, make("strong", {}, one.name || say("customer_unnamed"))),
        one.grade ? badge(wordFor("grade", one.grade), "busy") : null,
        one.elderly ? badge(say("elderly"), "busy") : null,
        one.language ? make("span", { class: "explain" }, wordFor("language", one.language)) : null,
        make("span", { class: "explain" }, say("customer_counts", { tickets: one.open_tickets ?? 0, calls: one.calls ?? 0 })),
        one.verified ? badge(say("verified"), "good") : null,
        pop.verified ? null : this.#identify(pop, one),
      ),
    );
    const title = customers.length > 1 ? say("customers_several", { count: customers.length }) : say("customer");
    return section(title, make("ol", { class: "pop-list pop-customers" }, ...rows));
  }

  /** The number says nothing for sure: the agent asks, and then says whom he has on the line. */
  #identify(pop: Pop, customer: PopCustomer): HTMLButtonElement {
    const about = make("span", { class: "visually-hidden" }, ` ${customer.name || say("customer_unnamed")}`);
    const button = make("button", { type: "button", class: "btn btn-sm pop-identify" }, say("identify"), about);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const body = { customer_id: customer.id };
        const known = (await post(`/calls/${encodeURIComponent(pop.call_id)}/identify`, body)) as Pop;
        this.draw({ ...pop, customers: known.customers ?? [], verified: known.verified ?? false });
      } catch {
        button.disabled = false;
        button.after(make("span", { class: "text-danger", role: "alert" }, say("identify_failed")));
      }
    });
    return button;
  }

  #tickets(pop: Pop): HTMLElement {
    const group = make("div", { class: "pop-list", role: "radiogroup", "aria-label": say("which_ticket") });
    for (const ticket of pop.open_tickets ?? []) group.append(this.#ticket(pop, ticket));
    const fresh = make(
      "div",
      { class: "pop-ticket" },
      make("span", { class: "explain" }, say("new_matter")),
      this.#pick(pop, "new", say("new")),
    );
    group.append(fresh);
    return section(say("open_tickets", { count: pop.open_tickets?.length ?? 0 }), group);
  }

  #ticket(pop: Pop, ticket: PopTicket): HTMLElement {
    const base = this.dataset["tickets"] ?? "/tickets/";
    const number = grouped(ticket.number);
    const link = make("a", { href: `${base}${ticket.id}`, class: "number" }, number);
    const due = [ticket.legal_due_at, ticket.internal_due_at].filter((one): one is string => Boolean(one)).sort()[0];
    const here = pop.ticket_ids_of_call?.includes(ticket.id);
    return make(
      "div",
      { class: "pop-ticket" },
      make(
        "span",
        { class: "pop-about" },
        link,
        badge(wordFor("kind", ticket.kind), ticket.is_complaint ? "bad" : "quiet"),
        here ? badge(say("of_this_call"), "open") : null,
        make("span", { class: "explain" }, [wordFor("status", ticket.status), ticket.assignee].filter(Boolean).join(" · ")),
        due ? make("span", { class: "pop-due number", "data-due": due }) : null,
        ticket.text ? make("span", { class: "pop-summary" }, ticket.text) : null,
      ),
      this.#pick(pop, String(ticket.id), say("continue"), number),
    );
  }

  #pick(pop: Pop, value: string, label: string, about = ""): HTMLButtonElement {
    const button = make(
      "button",
      { type: "button", class: "btn btn-sm pop-pick", role: "radio", "data-pick": value },
      label,
      about ? make("span", { class: "visually-hidden" }, ` ${about}`) : null,
    );
    button.setAttribute("aria-checked", String(chosen(pop.call_id) === value));
    button.addEventListener("click", () => {
      choose(pop.call_id, value);
      for (const other of this.querySelectorAll<HTMLElement>("[data-pick]")) {
        other.setAttribute("aria-checked", String(other === button));
      }
    });
    return button;
  }

  #ended(pop: Pop): HTMLElement | null {
    const tickets = pop.last_tickets ?? [];
    if (tickets.length === 0) return null;
    const rows = tickets.map((ticket) =>
      make(
        "li",
        { class: "pop-about" },
        make("a", { href: `${this.dataset["tickets"] ?? "/tickets/"}${ticket.id}`, class: "number" }, grouped(ticket.number)),
        make("span", {}, wordFor("kind", ticket.kind)),
        make("span", { class: "explain" }, wordFor("status", ticket.status)),
        ticket.text ? make("span", { class: "pop-summary" }, ticket.text) : null,
      ),
    );
    return section(say("ended_tickets"), make("ul", { class: "pop-list" }, ...rows));
  }

  #past(pop: Pop): HTMLElement | null {
    const calls = pop.last_calls ?? [];
    if (calls.length === 0) return null;
    const rows = calls.map((call) =>
      make(
        "li",
        {},
        make("span", { class: "number" }, this.#when(call.started_at)),
        make("span", {}, [call.queue && this.#queue(call.queue), call.outcome && wordFor("outcome", call.outcome)].filter(Boolean).join(" · ")),
        make("span", { class: "explain" }, call.agent ?? ""),
        make("span", { class: "number explain" }, call.talk_time == null ? "" : clock(call.talk_time * 1000)),
      ),
    );
    return section(say("last_calls"), make("ul", { class: "pop-list pop-calls" }, ...rows));
  }

  #when(instant: string): string {
    const locale = this.#desk?.language === "en" ? "en-GB" : "zh-CN";
    const shape = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false } as const;
    return new Intl.DateTimeFormat(locale, { ...shape, timeZone: this.#desk?.zone ?? "UTC" }).format(new Date(instant));
  }

  #clocks(): void {
    const now = Date.now() - (this.#desk?.board.ahead ?? 0);
    for (const one of this.querySelectorAll<HTMLElement>("[data-due]")) {
      const left = Date.parse(one.dataset["due"] ?? "") - now;
      one.textContent = left < 0 ? say("overdue", { time: span(-left) }) : say("due_in", { time: span(left) });
      one.dataset["urgent"] = left < 0 ? "over" : left < URGENT ? "soon" : "";
    }
  }
}

/** A ticket number in its groups, as people read it: 261121-01-00042. */
function grouped(number: string): string {
  return number.replace(/^(\d{6})(\d{2})(\d{5})$/, "$1-$2-$3");
}

function badge(text: string, tone: string): HTMLElement {
  return make("span", { class: `badge tone-${tone}` }, text);
}

function section(title: string, ...children: Child[]): HTMLElement {
  return make("section", { class: "card-body pop-part" }, make("h3", { class: "pop-title" }, title), ...children);
}

/** Days and hours while there are days, else the clock. */
function span(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  return hours >= 24 ? say("days_hours", { days: Math.floor(hours / 24), hours: hours % 24 }) : clock(milliseconds);
}
