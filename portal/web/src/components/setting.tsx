// One matter of the account: what it is about on one side, what can be set on the other.
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface SettingProps {
  icon: ComponentChildren;
  title: string;
  text?: ComponentChildren;
  children: ComponentChildren;
}

export function Setting({ icon, title, text, children }: SettingProps): JSX.Element {
  const id = useId();
  return (
    <section class="card setting" aria-labelledby={id}>
      <div class="setting__about">
        <h2 class="setting__title" id={id}>
          {icon}
          {title}
        </h2>
        {text && <p class="setting__text">{text}</p>}
      </div>
      <div class="setting__body">{children}</div>
    </section>
  );
}
