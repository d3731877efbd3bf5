// The words of the page in the language of the screen: the server puts them into the page, this gives them out.
let table: Readonly<Record<string, string>> = {};

export function learn(json: string | undefined): void {
  table = JSON.parse(json || "{}") as Record<string, string>;
}

/** The sentence for a key, with {names} filled in. A key without words shows itself: a test looks for that. */
export function say(key: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The word for a code of the server, or the code with spaces where there is none. */
export function wordFor(group: string, code: string): string {
  return table[`${group}_${code}`] ?? code.replaceAll("_", " ");
}

/** Minutes and seconds, with hours when there are any: 3:07, 1:03:07. */
export function clock(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(seconds).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
