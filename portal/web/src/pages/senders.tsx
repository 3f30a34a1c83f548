// Managed senders: four lists of one's own, or of a mailbox one acts for.
import type { JSX } from "preact";
import { useId, useLayoutEffect, useState } from "preact/hooks";
import { senders_api, type EnteredList, type SenderList } from "../api/senders";
import { go, usePlace } from "../app/router";
import { useSession } from "../app/session";
import { Heading } from "../components/heading";
import { DownIcon, DownloadIcon } from "../components/icons";
import { Menu } from "../components/menu";
import { AddForm } from "../components/sender_add";
import { Entries } from "../components/sender_entries";
import { ImportDialog } from "../components/sender_import";
import { isolated, t } from "../i18n";

const all_lists: SenderList[] = ["blocked", "permitted", "auto_permitted", "trusted"];
const entered = all_lists.filter((list): list is EnteredList => list !== "auto_permitted");

function place_of(list: SenderList, own: string): string {
  const query = new URLSearchParams({ list });
  if (own) query.set("own", own);
  return `/senders?${query}`;
}

/** Whose lists these are. Only for those who act for others. */
function MailboxSwitch({ own, on_choose }: { own: string; on_choose: (own: string) => void }): JSX.Element | null {
  const session = useSession();
  const id = useId();
  if (session.phase !== "signed_in" && session.phase !== "ended") return null;
  const { address, acts_for = [] } = session.person;
  if (acts_for.length === 0) return null;
  return (
    <div class="mailbox">
      <label for={id}>{t("senders.lists_of")}</label>
      <select id={id} class="select" value={own} onChange={(event) => on_choose(event.currentTarget.value)}>
        <option value="">{t("senders.lists_of_me", { address: isolated(address) })}</option>
        {acts_for.map((mailbox) => (
          <option key={mailbox} value={mailbox}>
            {mailbox}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A download is the browser's; the link is pressed for the person. */
function download(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

export function SendersPage(): JSX.Element {
  const place = usePlace();
  const list = all_lists.find((each) => each === place.query.get("list")) ?? "blocked";
  const own = place.query.get("own") ?? "";
  const [news, set_news] = useState(0);
  const [importing, set_importing] = useState(false);
  const changed = () => set_news((count) => count + 1);
  const id = useId();

  // On a phone the tabs are wider than the window, and the chosen one may stand beyond its edge.
  useLayoutEffect(() => {
    document.getElementById(`${id}-${list}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [id, list]);

  const choose = (next: SenderList) => go(place_of(next, own), "replace");
  const move = (event: KeyboardEvent) => {
    const forward = getComputedStyle(document.documentElement).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = all_lists[(all_lists.indexOf(list) + step + all_lists.length) % all_lists.length]!;
    choose(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };

  return (
    <div class="page page--senders">
      <header class="page__head">
        <Heading name={t("senders.title")}>{t("senders.title")}</Heading>
        <p class="page__lead">{t("senders.lead")}</p>
      </header>
      <div class="senders__tools">
        <MailboxSwitch own={own} on_choose={(next) => go(place_of(list, next), "replace")} />
        <Menu
          align="end"
          button_class="button button--plain"
          items={[
            { key: "import", label: t("senders.import"), on_choose: () => set_importing(true) },
            null,
            {
              key: "list",
              label: t("senders.export_list"),
              icon: <DownloadIcon size={18} />,
              on_choose: () => download(senders_api.export_url(list, own)),
            },
            {
              key: "all",
              label: t("senders.export_all"),
              icon: <DownloadIcon size={18} />,
              on_choose: () => download(senders_api.export_url("all", own)),
            },
          ]}
          button={
            <>
              {t("senders.files")}
              <DownIcon size={16} />
            </>
          }
        />
      </div>
      <div class="tabs" role="tablist" aria-label={t("senders.tabs")} onKeyDown={move}>
        {all_lists.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            class="tab"
            aria-selected={each === list}
            aria-controls={`${id}-panel`}
            tabIndex={each === list ? 0 : -1}
            onClick={() => choose(each)}
          >
            {t(`senders.${each}`)}
          </button>
        ))}
      </div>
      <section class="card senders" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${list}`}>
        <p class="senders__text">{t(`senders.${list}_text`)}</p>
        {/* One form per list, all kept: what was typed in one is still there after a look at another. */}
        {entered.map((each) => (
          <div key={each} hidden={each !== list}>
            <AddForm list={each} own={own} on_added={changed} />
          </div>
        ))}
        <Entries key={`${list} ${own}`} list={list} own={own} news={news} on_changed={changed} />
      </section>
      {importing && (
        <ImportDialog list={list} own={own} on_imported={changed} on_close={() => set_importing(false)} />
      )}
    </div>
  );
}
