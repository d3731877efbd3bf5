// Menus are <details>: they open by themselves. A click elsewhere, or Escape, closes them.
export function closeMenusElsewhere(): void {
  const open = (): NodeListOf<HTMLDetailsElement> => document.querySelectorAll("details.nav-menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}
