// The frame around every page: the wall with the navigation on a wide screen, a bar above and one below on a phone.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Person } from "../api/session";
import { useProduct } from "../app/branding";
import { useKeys } from "../app/keys";
import { go, Link } from "../app/router";
import { set_language, sign_out } from "../app/session";
import { say, undo_newest } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { isolated, languages, t, useLanguage } from "../i18n";
import { Mark, Support } from "./brand";
import { AccountIcon, CheckIcon, KeyboardIcon, LeaveIcon } from "./icons";
import { Menu } from "./menu";
import { Navigation } from "./navigation";
import { Shortcuts } from "./shortcuts";
import { Foreign } from "./text";

function AccountMenu({ person, on_shortcuts }: { person: Person; on_shortcuts: () => void }): JSX.Element {
  const language = useLanguage();
  const shown = person.name || person.address;
  const others = person.addresses.filter((address) => address !== person.address).length;
  return (
    <Menu
      align="end"
      button_class="account"
      button={
        <>
          <span class="account__mark" aria-hidden="true">
            {[...shown][0]?.toLocaleUpperCase()}
          </span>
          <span class="hidden">{t("account.open", { address: isolated(person.address) })}</span>
          <span class="account__who">
            <Foreign text={shown} class="account__name" />
            {person.role !== "user" && <span class="account__role">{t(`account.role_${person.role}`)}</span>}
          </span>
        </>
      }
      header={
        <div class="menu__header">
          {person.name && <Foreign text={person.name} class="menu__name" />}
          <Foreign text={person.address} class="menu__address" />
          {others > 0 && <span class="menu__address">{t("account.also", { n: others })}</span>}
        </div>
      }
      items={[
        {
          key: "account",
          label: t("account.settings"),
          icon: <AccountIcon size={18} />,
          on_choose: () => go("/account"),
        },
        null,
        ...languages.map(({ code, name }) => ({
          key: code,
          label: name,
          icon: code === language ? <CheckIcon size={18} /> : null,
          chosen: code === language,
          on_choose: () => void set_language(code).catch((failure: unknown) => say("problem", in_words(failure))),
        })),
        null,
        { key: "shortcuts", label: t("account.shortcuts"), icon: <KeyboardIcon size={18} />, on_choose: on_shortcuts },
        {
          key: "leave",
          label: t("account.sign_out"),
          icon: <LeaveIcon size={18} />,
          on_choose: () => void sign_out().catch((failure: unknown) => say("problem", in_words(failure))),
        },
      ]}
    />
  );
}

export function Shell({
  person,
  path,
  children,
}: {
  person: Person;
  path: string;
  children: ComponentChildren;
}): JSX.Element {
  const [shortcuts, show_shortcuts] = useState(false);
  const product = useProduct();
  useKeys({ "?": () => show_shortcuts(true), z: () => undo_newest() });
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t("app.skip")}
      </a>
      <header class="shell__wall">
        <Link to="/" class="brand">
          <Mark size={30} />
          <span>{product.name}</span>
        </Link>
        <Navigation person={person} path={path} />
        <div class="shell__foot">
          <Support class="shell__support" />
          <AccountMenu person={person} on_shortcuts={() => show_shortcuts(true)} />
        </div>
      </header>
      <main class="shell__main" id="main" tabIndex={-1}>
        {children}
      </main>
      {shortcuts && <Shortcuts on_close={() => show_shortcuts(false)} />}
    </div>
  );
}
