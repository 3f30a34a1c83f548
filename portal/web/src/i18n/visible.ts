// Text from mail as it may be shown: nothing in it acts on the text around it.

const first_strong_isolate = "\u2068";
const pop_isolate = "\u2069";

/** Whether every isolate is closed within the text, so that nothing of it reaches beyond. */
function closes_its_isolates(text: string): boolean {
  let open = 0;
  for (const mark of text.match(/[\u2068\u2069]/g) ?? []) {
    open += mark === first_strong_isolate ? 1 : -1;
    if (open < 0) return false;
  }
  return open === 0;
}

/**
 * Control characters and marks that reorder text become a visible stand-in, so a name cannot disguise itself. Isolates
 * that are closed again stay: our own sentences keep foreign words apart with them.
 */
export function made_visible(text: string): string {
  const shown = text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066\u2067]/g, "\ufffd");
  return closes_its_isolates(shown) ? shown : shown.replace(/[\u2068\u2069]/g, "\ufffd");
}

/** Keeps a foreign value's writing direction from reordering our sentence. */
export const isolated = (text: string) => first_strong_isolate + made_visible(text) + pop_isolate;
