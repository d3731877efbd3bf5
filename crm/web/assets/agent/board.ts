// Agents and queues as the server knows them: loaded once, kept up by events, loaded anew when events were missed.
import { get } from "./api";
import type { LiveEvents } from "./live";

export interface Agent {
  user: string;
  display_name: string;
  state: string;
  since: string;
  reason: string;
  call_id: string | null;
  phone: string | null;
  queues: string[];
}

export interface Queue {
  name: string;
  title_zh: string;
  title_en: string;
  callers: { call_id: string; since: string }[] | null;
  waiting?: number | null;
  longest_wait_s?: number | null;
}

interface List<T> {
  items: T[];
}

interface State {
  at?: string;
  agents?: Agent[];
  queues?: Queue[];
}

export class Board extends EventTarget {
  readonly agents = new Map<string, Agent>();
  readonly queues = new Map<string, Queue>();
  /** How far this machine's clock is ahead of the server's, in milliseconds. */
  ahead = 0;

  constructor(live: LiveEvents) {
    super();
    live.on("agent", (data) => this.#take({ agents: [data as Agent] }));
    live.on("board", (data) => this.#take(data as State));
    live.on("reset", () => void this.load());
    live.addEventListener("open", () => void this.load());
  }

  async load(): Promise<void> {
    const [agents, queues] = await Promise.all([get("/agents"), get("/queues")]).catch(() => []);
    if (!agents || !queues) return;
    const found = { agents: (agents as List<Agent>).items, queues: (queues as List<Queue>).items };
    const here = new Set(found.agents.map((agent) => agent.user));
    for (const user of [...this.agents.keys()]) if (!here.has(user)) this.agents.delete(user);
    this.queues.clear();
    this.#take(found);
  }

  /** Queues alone: agents are not told of every caller who waits. */
  async queuesAgain(): Promise<void> {
    const queues = (await get("/queues").catch(() => null)) as List<Queue> | null;
    if (queues) this.#take({ queues: queues.items });
  }

  /** Milliseconds since an instant of the server's clock. */
  sinceThen(instant: string): number {
    return Date.now() - this.ahead - Date.parse(instant);
  }

  #take(state: State): void {
    if (state.at) this.ahead = Date.now() - Date.parse(state.at);
    for (const agent of state.agents ?? []) this.#agent(agent);
    for (const queue of state.queues ?? []) this.queues.set(queue.name, queue);
    this.dispatchEvent(new Event("change"));
  }

  /** Answers and events may overtake each other: the state that began later is the one that holds. */
  #agent(agent: Agent): void {
    const known = this.agents.get(agent.user);
    if (known && Date.parse(agent.since) < Date.parse(known.since)) return;
    this.agents.set(agent.user, agent);
  }
}
