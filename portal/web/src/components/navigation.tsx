// Where one can go. On a wide screen a list on the wall; on a phone the first few are tabs and the others open as a
// sheet above them.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Scope } from "../api/holds";
import type { Person } from "../api/session";
import * as lists from "../app/hold_lists";
import { useHome } from "../app/home";
import { Link } from "../app/router";
import { scope_pages } from "../app/scopes";
import { useStore } from "../app/store";
import { t, type Key } from "../i18n";
import { number } from "../i18n/format";
import {
  AccountIcon,
  AllIcon,
  HoldIcon,
  HomeIcon,
  ModeratedIcon,
  MoreIcon,
  RejectedIcon,
  ReportsIcon,
  RulesIcon,
  SendersIcon,
} from "./icons";

interface Item {
  to: string;
  icon: JSX.Element;
  words: Key & `nav.${string}`;
  short?: Key & `nav.${string}`;
  scope?: Scope;
}

const own: Item[] = [
  { to: "/", icon: <HomeIcon />, words: "nav.home" },
  { to: "/on-hold", icon: <HoldIcon />, words: "nav.on_hold", scope: "mine" },
  { to: "/moderated", icon: <ModeratedIcon />, words: "nav.moderated", scope: "moderated" },
  { to: "/senders", icon: <SendersIcon />, words: "nav.senders", short: "nav.senders_short" },
  { to: "/rejected", icon: <RejectedIcon />, words: "nav.rejected" },
  { to: "/account", icon: <AccountIcon />, words: "nav.account" },
];
const administration: Item[] = [
  { to: "/all-holds", icon: <AllIcon />, words: "nav.all", scope: "all" },
  { to: "/reports", icon: <ReportsIcon />, words: "nav.reports" },
  { to: "/rules", icon: <RulesIcon />, words: "nav.rules" },
];

/** As many as a narrow phone has room for, and one more if it is the last. */
const tabs_at_most = 5;

/** What waits in a list, as the list itself or else the home page has it. */
function Count({ scope }: { scope: Scope }): JSX.Element | null {
  const { query, total, total_is_exact } = useStore(lists.list_of(scope).store);
  const home = useHome().home;
  // The number of a search is not the number of what waits.
  const listed = query?.state === "held" && !Object.values(lists.filter_of(query)).some(Boolean) ? total : null;
  const known = { mine: home?.held, moderated: home?.moderated, all: home?.all }[scope];
  const count = listed ?? known ?? 0;
  if (count === 0) return null;
  const exact = listed === null ? scope !== "mine" || home?.held_is_exact : total_is_exact;
  return (
    <span class="nav__count">
      {number(count)}
      {!exact && "+"}
    </span>
  );
}

function NavItem({ item, path }: { item: Item; path: string }): JSX.Element {
  const current = path === item.to || path.startsWith(`${item.to}/`);
  return (
    <li>
      <Link to={item.to} class="nav__item" current={current}>
        {item.icon}
        <span class="nav__words">{t(item.words)}</span>
        <span class="nav__short">{t(item.short ?? item.words)}</span>
        {item.scope && <Count scope={item.scope} />}
      </Link>
    </li>
  );
}

export function Navigation({ person, path }: { person: Person; path: string }): JSX.Element {
  const [open, set_open] = useState(false);
  const root = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const may = ({ scope }: Item) =>
    !scope || scope_pages.some((page) => page.scope === scope && page.roles.includes(person.role));
  const mine = own.filter(may);
  const for_administrators = person.role === "administrator" ? administration : [];
  const all_fit = mine.length + for_administrators.length <= tabs_at_most;
  const tabs = all_fit ? mine : mine.slice(0, tabs_at_most - 1);
  const rest = mine.slice(tabs.length);

  useEffect(() => set_open(false), [path]);
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>(".nav__rest a")?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) set_open(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  const list = (items: Item[]) => items.map((item) => <NavItem key={item.to} item={item} path={path} />);
  const rest_is_current = [...rest, ...for_administrators].some(({ to }) => path === to || path.startsWith(`${to}/`));
  return (
    <nav
      class={`nav ${open ? "nav--open" : ""}`}
      aria-label={t("app.menu")}
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        set_open(false);
        button.current?.focus();
      }}
    >
      <ul class="nav__tabs">
        {list(tabs)}
        {!all_fit && (
          <li class="nav__more">
            <button
              ref={button}
              type="button"
              class={`nav__item ${rest_is_current ? "nav__item--current" : ""}`}
              aria-expanded={open}
              aria-controls={id}
              onClick={() => set_open(!open)}
            >
              <MoreIcon />
              <span class="nav__short">{t("nav.more")}</span>
            </button>
          </li>
        )}
      </ul>
      {!all_fit && (
        <div class="nav__rest" id={id}>
          {rest.length > 0 && <ul>{list(rest)}</ul>}
          {for_administrators.length > 0 && (
            <>
              <p class="nav__group" id={`${id}-group`}>
                {t("nav.administration")}
              </p>
              <ul aria-labelledby={`${id}-group`}>{list(for_administrators)}</ul>
            </>
          )}
        </div>
      )}
    </nav>
  );
}
