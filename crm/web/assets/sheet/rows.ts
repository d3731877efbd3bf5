// Draws the marks of a sheet into its form. Whatever was said or typed goes in as text or as a field's value.
import { showTime, type Mark, type Sheet } from "./model";

export type Say = (key: string, values?: Readonly<Record<string, string | number>>) => string;

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function button(role: string, text: string, code: string): HTMLButtonElement {
  const hidden = make("span", { class: "visually-hidden" }, ` ${code}`);
  return make("button", { type: "button", class: "btn btn-sm", "data-mark-act": role }, text, hidden);
}

function time(name: "from" | "to", at: number | null, label: string): HTMLInputElement {
  const field = make("input", { class: "form-control mark-time", "data-mark": name, "aria-label": label, size: "7" });
  field.value = at === null ? "" : showTime(at);
  return field;
}

function line(mark: Mark, place: number, last: boolean, say: Say, heard: boolean): HTMLLIElement {
  const row = make("li", { "data-place": String(place) });
  row.classList.toggle("is-last", last);
  const { code } = mark;
  if (mark.not_applicable) row.append(make("span", { class: "explain" }, say("out")));
  else if (mark.kind === "item") {
    row.append(button("less", "−", code), make("strong", { class: "number" }, `−${mark.taken}`), button("more", "+", code));
  }
  if (!mark.not_applicable && heard) {
    row.append(
      time("from", mark.from_ms, say("from_of", { code })), "–", time("to", mark.to_ms, say("to_of", { code })),
      button("hear", "▶", code), button("whole", say("whole"), code),
    );
    if (mark.from_ms === null) row.append(make("span", { class: "text-danger small" }, say("nowhere")));
  }
  if (mark.words) row.append(make("q", {}, mark.words));
  if (!mark.not_applicable) {
    const label = say("note_of", { code });
    const note = make("input", {
      class: "form-control mark-note", "data-mark": "note", maxlength: "2000", "aria-label": label,
      placeholder: say("note"), autocomplete: "off",
    });
    note.value = mark.note;
    row.append(note);
  }
  row.append(button("drop", "×", `${say("remove")} ${code}`));
  return row;
}

/** Write all rows anew; the field that is being typed in keeps its place. */
export function draw(root: HTMLElement, sheet: Sheet, say: Say, heard: boolean): void {
  const typing = document.activeElement instanceof HTMLInputElement ? document.activeElement : null;
  const field = typing?.dataset["mark"];
  const where = typing?.closest<HTMLElement>("[data-place]")?.dataset["place"];
  for (const row of root.querySelectorAll<HTMLElement>("[data-item], [data-fatal]")) {
    const code = row.dataset["item"] ?? row.dataset["fatal"] ?? "";
    const kind = row.dataset["item"] ? "item" : "fatal";
    const marks = sheet.marks
      .map((mark, place) => ({ mark, place }))
      .filter(({ mark }) => mark.code === code && mark.kind === kind);
    const list = row.querySelector<HTMLElement>("[data-role=marks]");
    list?.replaceChildren(...marks.map(({ mark, place }) => line(mark, place, place === sheet.last, say, heard)));
    if (list) list.hidden = marks.length === 0;
    row.classList.toggle("is-crossed", kind === "fatal" && marks.length > 0);
    if (kind === "item") show(row, code, sheet, say, marks.length > 0);
  }
  if (field && where !== undefined) {
    const again = root.querySelector<HTMLInputElement>(`[data-place="${where}"] [data-mark="${field}"]`);
    again?.focus();
  }
}

function show(row: HTMLElement, code: string, sheet: Sheet, say: Say, marked: boolean): void {
  const out = sheet.isOut(code);
  const left = sheet.left(code);
  row.classList.toggle("is-out", out);
  row.classList.toggle("is-marked", marked && !out);
  const shown = row.querySelector<HTMLElement>("[data-role=left]");
  if (shown) shown.textContent = out ? say("out") : `${left}/${sheet.items.get(code)?.points ?? 0}`;
  for (const taking of row.querySelectorAll<HTMLButtonElement>("[data-take]")) {
    if (taking.dataset["take"] === "out") taking.setAttribute("aria-pressed", String(out));
    else taking.disabled = !out && Number(taking.dataset["take"]) > left;
  }
}

/** What keeps a sheet from being handed in, a row each; a place below 0 is the sheet's as a whole. */
export function flawRows(flaws: readonly { place: number; flaw: string }[], sheet: Sheet, say: Say): HTMLLIElement[] {
  return flaws.map(({ place, flaw }) => {
    const code = sheet.marks[place]?.code;
    return make("li", {}, `${code ? `${code}: ` : ""}${say(`flaw_${flaw}`)}`);
  });
}
