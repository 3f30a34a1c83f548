// How long something can still be undone: seconds, and a ring that runs out. The time is the gateway's; nothing here
// stretches it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { number } from "../i18n/format";

/** Whole seconds until `until` (milliseconds, this machine's clock), counted down on the page; 0 when it is over. */
export function useSecondsLeft(until: number): number {
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [seconds, set_seconds] = useState(left);
  useEffect(() => {
    set_seconds(left());
    if (until <= Date.now()) return;
    const timer = setInterval(() => {
      set_seconds(left());
      if (until <= Date.now()) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}

const most = 10;
const around = 100;

export function Countdown({ seconds }: { seconds: number }): JSX.Element {
  const gone = around * (1 - Math.min(seconds, most) / most);
  return (
    <span class="countdown" title={t("done.undo_left", { n: seconds })}>
      {/* Not read out every second: the notice has been spoken, and the button keeps its name. */}
      <svg class="countdown__ring" viewBox="0 0 20 20" width="24" height="24" aria-hidden="true">
        <circle class="countdown__track" cx="10" cy="10" r="8" />
        <circle class="countdown__left" cx="10" cy="10" r="8" pathLength={around} stroke-dashoffset={gone} />
      </svg>
      <span class="countdown__number" aria-hidden="true">
        {number(seconds)}
      </span>
    </span>
  );
}
