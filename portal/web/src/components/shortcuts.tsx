import type { JSX } from "preact";
import { switch_shortcuts, useShortcutsOn } from "../app/keys";
import { t, type Key } from "../i18n";
import { Button } from "./button";
import { Dialog } from "./dialog";

const keys: [string, Key & `keys.${string}`][] = [
  ["j", "keys.down"],
  ["k", "keys.up"],
  ["x", "keys.select"],
  ["Enter", "keys.open"],
  ["/", "keys.search"],
  ["u", "keys.back"],
  ["z", "keys.undo"],
  ["?", "keys.help"],
];

export function Shortcuts({ on_close }: { on_close: () => void }): JSX.Element {
  const on = useShortcutsOn();
  return (
    <Dialog title={t("keys.title")} on_close={on_close}>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
      <label class="check check--text">
        <input type="checkbox" checked={on} onChange={(event) => switch_shortcuts(event.currentTarget.checked)} />
        {t("keys.on")}
      </label>
      <div class="dialog__buttons">
        <Button kind="main" on_press={on_close}>
          {t("keys.close")}
        </Button>
      </div>
    </Dialog>
  );
}
