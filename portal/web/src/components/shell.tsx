// The frame around every page: the wall with the navigation on a wide screen, a bar above and one below on a phone.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Scope } from "../api/holds";
import type { Person } from "../api/session";
import * as lists from "../app/hold_lists";
import { useKeys } from "../app/keys";
import { Link } from "../app/router";
import { scope_pages } from "../app/scopes";
import { sign_out } from "../app/session";
import { useStore } from "../app/store";
import { say, undo_newest } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { choose_language, isolated, languages, t, useLanguage } from "../i18n";
import { number } from "../i18n/format";
import {
  AllIcon,
  CheckIcon,
  Gate,
  HoldIcon,
  KeyboardIcon,
  LeaveIcon,
  ModeratedIcon,
  RejectedIcon,
  SendersIcon,
} from "./icons";
import { Menu } from "./menu";
import { Shortcuts } from "./shortcuts";
import { Foreign } from "./text";

const scope_words = { mine: "nav.on_hold", moderated: "nav.moderated", all: "nav.all" } as const;
const scope_icons: Record<Scope, JSX.Element> = { mine: <HoldIcon />, moderated: <ModeratedIcon />, all: <AllIcon /> };

function Count({ scope }: { scope: Scope }): JSX.Element | null {
  const { query, total, total_is_exact } = useStore(lists.list_of(scope).store);
  // The number of a search is not the number of what waits.
  if (
    !query ||
    query.state !== "held" ||
    query.q ||
    query.subject ||
    query.from ||
    query.to ||
    query.reason ||
    total === 0
  )
    return null;
  return (
    <span class="nav__count">
      {number(total)}
      {!total_is_exact && "+"}
    </span>
  );
}

function Navigation({ person, path }: { person: Person; path: string }): JSX.Element {
  const here = (root: string) => path === root || path.startsWith(`${root}/`);
  const item = (to: string, icon: JSX.Element, words: string, short: string, count?: JSX.Element) => (
    <li key={to}>
      <Link to={to} class="nav__item" current={here(to)}>
        {icon}
        <span class="nav__words">{words}</span>
        <span class="nav__short">{short}</span>
        {count}
      </Link>
    </li>
  );
  return (
    <nav class="nav" aria-label={t("app.menu")}>
      <ul>
        {scope_pages
          .filter((page) => page.roles.includes(person.role))
          .map((page) =>
            item(
              page.path,
              scope_icons[page.scope],
              t(scope_words[page.scope]),
              t(scope_words[page.scope]),
              <Count scope={page.scope} />,
            ),
          )}
        {item("/senders", <SendersIcon />, t("nav.senders"), t("nav.senders_short"))}
        {item("/rejected", <RejectedIcon />, t("nav.rejected"), t("nav.rejected"))}
      </ul>
    </nav>
  );
}

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
        ...languages.map(({ code, name }) => ({
          key: code,
          label: name,
          icon: code === language ? <CheckIcon size={18} /> : null,
          chosen: code === language,
          on_choose: () => void choose_language(code),
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
  useKeys({ "?": () => show_shortcuts(true), z: () => undo_newest() });
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t("app.skip")}
      </a>
      <header class="shell__wall">
        <Link to="/on-hold" class="brand">
          <Gate size={30} />
          <span>{person.product.name}</span>
        </Link>
        <Navigation person={person} path={path} />
        <div class="shell__foot">
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
