// One tab has the phone. The others say so and take it over when that tab is gone.
const LOCK = "huiyin-phone";
const PATIENCE = 400;

/** Wait for the phone. ``waiting`` is called when another tab has it; a page that is just being left has a moment. */
export async function lead(waiting: () => void): Promise<void> {
  if (!("locks" in navigator)) return;
  const timer = window.setTimeout(waiting, PATIENCE);
  await new Promise<void>((granted) => {
    void navigator.locks.request(LOCK, () => {
      granted();
      return new Promise<never>(() => undefined); // kept until the page is gone
    });
  });
  window.clearTimeout(timer);
}
