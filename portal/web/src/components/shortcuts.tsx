import type { JSX } from "preact";
import { switch_shortcuts, useShortcutsOn } from "../app/keys";
import { t, type Key } from "../i18n";
import { Button } from "./button";
import { Dialog } from "./dialog";

type Words = Key & `keys.${string}`;

const groups: { title: Words; keys: [string[], Words][] }[] = [
  {
    title: "keys.in_list",
    keys: [
      [["j"], "keys.down"],
      [["k"], "keys.up"],
      [["Enter"], "keys.open"],
      [["x"], "keys.select"],
      [["Shift", "x"], "keys.range"],
      [["r"], "keys.release"],
      [["e"], "keys.reject"],
      [["!"], "keys.report"],
      [["/"], "keys.search"],
      [["u", "z"], "keys.undo"],
    ],
  },
  {
    title: "keys.in_message",
    keys: [
      [["j"], "keys.down"],
      [["k"], "keys.up"],
      [["r"], "keys.release"],
      [["e"], "keys.reject"],
      [["!"], "keys.report"],
      [["u"], "keys.back"],
    ],
  },
  {
    title: "keys.everywhere",
    keys: [
      [["z"], "keys.undo"],
      [["?"], "keys.help"],
    ],
  },
];

export function Shortcuts({ on_close }: { on_close: () => void }): JSX.Element {
  const on = useShortcutsOn();
  return (
    <Dialog title={t("keys.title")} on_close={on_close}>
      {/* What is read first has the focus, so that a small screen begins there and not at the buttons below. */}
      <p class="keys__note" tabIndex={-1} autofocus>
        {t("keys.chosen")}
      </p>
      <div class="keys__groups">
        {groups.map((group) => (
          <section key={group.title} class="keys__group">
            <h3 class="keys__title">{t(group.title)}</h3>
            <dl class="keys">
              {group.keys.map(([keys, meaning]) => (
                <div key={keys.join()}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{t(meaning)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
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
