// Looks for news while somebody is there to see it.
const period = 30_000;
// The gateway takes every look as a sign of life. A page that is left open must not keep its session alive for ever,
// so it stops looking when nobody has touched it for a while.
const touched_within = 10 * 60_000;

let touched = Date.now();
for (const sign of ["pointerdown", "keydown", "wheel", "touchstart"] as const)
  addEventListener(sign, () => (touched = Date.now()), { passive: true, capture: true });

/** Calls `look` every half minute while the page is visible and in use, and whenever it comes back into view. */
export function watch_for_news(look: () => void): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible" && Date.now() - touched < touched_within) look();
  }, period);
  const returned = () => {
    if (document.visibilityState !== "visible") return;
    touched = Date.now();
    look();
  };
  document.addEventListener("visibilitychange", returned);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", returned);
  };
}
