// Small helpers to find and make elements. Whatever comes from a caller goes in as text, never as markup.
export type Child = Node | string | null | undefined | false;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/** The element of a role inside another. Throws when the template has none: that is a mistake of ours. */
export function part<T extends HTMLElement = HTMLElement>(root: ParentNode, role: string): T {
  const found = root.querySelector<T>(`[data-role="${role}"]`);
  if (!found) throw new Error(`the page has no part ${role}`);
  return found;
}

export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible;
}

/** Set text only when it changes, so that a screen reader and the layout are left alone. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
