// What a machine suggests, in the order of the page: the first that waits, and the person's word on it.
import type { Keeper } from "./keeper";

export interface Suggestion {
  id: number;
  code: string;
  finding: string;
  takes: number;
  decides: boolean;
  spans: { from_ms: number; to_ms: number }[];
  row: HTMLElement;
}

function suggestion(row: HTMLElement): Suggestion {
  return {
    id: Number(row.dataset["candidate"]),
    code: row.dataset["code"] ?? "",
    finding: row.dataset["finding"] ?? "",
    takes: Number(row.dataset["takes"]),
    decides: row.dataset["decides"] === "1",
    spans: JSON.parse(row.dataset["spans"] ?? "[]") as Suggestion["spans"],
    row,
  };
}

export class Suggested {
  constructor(
    readonly root: HTMLElement,
    readonly words: { confirmed: string; refused: string },
  ) {
    this.show();
  }

  all(): Suggestion[] {
    return [...this.root.querySelectorAll<HTMLElement>("[data-candidate]")].map(suggestion);
  }

  of(element: Element): Suggestion | null {
    const row = element.closest<HTMLElement>("[data-candidate]");
    return row ? suggestion(row) : null;
  }

  get first(): Suggestion | null {
    return this.all().find((one) => one.row.dataset["state"] === "open") ?? null;
  }

  /** Write the decision down; false: it could not be. */
  async decide(one: Suggestion, confirmed: boolean, keeper: Keeper): Promise<boolean> {
    if (one.decides) {
      const answer = await keeper.post(`candidates/${one.id}`, { confirmed }).catch(() => null);
      if (!answer?.ok) return false;
    }
    const state = confirmed ? "confirmed" : "refused";
    one.row.dataset["state"] = state;
    const badge = one.row.querySelector<HTMLElement>("[data-role=decided]");
    if (badge) {
      badge.textContent = this.words[state];
      badge.hidden = false;
    }
    this.show();
    return true;
  }

  show(): void {
    const first = this.first;
    for (const one of this.all()) {
      one.row.classList.toggle("is-first", one.row === first?.row);
      one.row.classList.toggle("is-decided", one.row.dataset["state"] !== "open");
    }
  }
}
