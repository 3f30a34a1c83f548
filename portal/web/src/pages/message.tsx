// One held message: what it says it is, why it is held, and what can be done about it.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { can_be_decided, type HoldDetail, holds_api, type Scope } from "../api/holds";
import { act, type Choice } from "../app/acts";
import * as lists from "../app/hold_lists";
import { useKeys } from "../app/keys";
import { go, Link } from "../app/router";
import { message_path, page_of } from "../app/scopes";
import { when_renewed } from "../app/session";
import { useStore } from "../app/store";
import { ActionBar } from "../components/action_bar";
import { Button } from "../components/button";
import { Expiry, State } from "../components/hold_row";
import { Heading } from "../components/heading";
import { BackIcon, DownIcon, LockIcon, PrintIcon, UpIcon, WarnIcon } from "../components/icons";
import { MailBody } from "../components/mail_body";
import { Links, LooksLike } from "../components/mail_findings";
import { Attachments, HeaderFields, History } from "../components/mail_parts";
import { Failure, Skeleton } from "../components/notice";
import { Foreign, Subject, subject_or_stand_in, Time } from "../components/text";
import { Why } from "../components/why";
import { t, tx } from "../i18n";
import { bytes, distance, full_time } from "../i18n/format";

const domain_of = (address: string) => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

function Sender({ hold }: { hold: HoldDetail }): JSX.Element {
  const { name, address } = hold.header_from;
  const differs = address !== "" && hold.sender !== "" && domain_of(address) !== domain_of(hold.sender);
  return (
    <dl class="people">
      <dt>{t("message.from")}</dt>
      <dd>
        {name && <Foreign text={name} class="people__name" />}
        {address ? (
          <Foreign text={address} class={name ? "people__address" : "people__name"} />
        ) : (
          !name && t("holds.no_sender")
        )}
      </dd>
      <dt>{t("message.envelope")}</dt>
      <dd>
        {hold.sender ? <Foreign text={hold.sender} class="people__address" /> : t("message.envelope_null")}
        {differs && (
          <span class="people__warning">
            <WarnIcon size={15} />
            {t("message.envelope_differs")}
          </span>
        )}
      </dd>
      <dt>{t("message.to")}</dt>
      <dd>
        <Foreign text={hold.to || hold.owner} class="people__address" />
      </dd>
    </dl>
  );
}

function Facts({ hold }: { hold: HoldDetail }): JSX.Element {
  return (
    <dl class="facts">
      <dt>{t("message.owner")}</dt>
      <dd>
        <Foreign text={hold.owner} />
      </dd>
      <dt>{t("message.received")}</dt>
      <dd>
        <Time at={hold.received_at} text={full_time(hold.received_at)} />
      </dd>
      {hold.state === "held" && (
        <>
          <dt>{t("message.expires")}</dt>
          <dd>
            <Time at={hold.expires_at} text={full_time(hold.expires_at)} />
            <span class="facts__aside">
              <Expiry at={hold.expires_at} />
            </span>
          </dd>
        </>
      )}
      <dt>{t("message.size")}</dt>
      <dd>{bytes(hold.size)}</dd>
      {hold.client_address && (
        <>
          <dt>{t("message.client")}</dt>
          <dd>
            {hold.helo
              ? tx("message.client_value", {
                  address: <Foreign text={hold.client_address} />,
                  helo: <Foreign text={hold.helo} />,
                })
              : hold.client_address}
          </dd>
        </>
      )}
      <dt>{t("message.kind")}</dt>
      <dd>{t(`message.kind_${hold.kind}`)}</dd>
      <dt>{t("message.id")}</dt>
      <dd class="mono">{hold.mail_id}</dd>
      <dt>{t("message.sha256")}</dt>
      <dd class="mono facts__hash">{hold.sha256}</dd>
    </dl>
  );
}

function Standing({ hold }: { hold: HoldDetail }): JSX.Element | null {
  if (hold.state !== "held") {
    const state = <State state={hold.state} />;
    const when = hold.decided_at && <Time at={hold.decided_at} text={distance(hold.decided_at)} />;
    if (!when) return <p class="standing">{state}</p>;
    return (
      <p class="standing">
        <span>
          {hold.decided_by
            ? tx("message.decided_by", { state, who: <Foreign text={hold.decided_by} />, when })
            : tx("message.decided", { state, when })}
        </span>
      </p>
    );
  }
  if (hold.may.release || hold.kind === "user") return null;
  return (
    <p class="standing">
      <LockIcon size={16} />
      {t(hold.kind === "moderator" ? "message.only_moderator" : "message.only_administrator")}
    </p>
  );
}

interface MessageProps {
  hold: HoldDetail;
  scope: Scope;
  busy: boolean;
  on_act: (choice: Choice) => void;
}

function Message({ hold, scope, busy, on_act }: MessageProps): JSX.Element {
  return (
    <article class="message">
      <div class="message__main">
        <header class="card message__head">
          <Heading name={subject_or_stand_in(hold.subject)} class="message__subject">
            <Subject text={hold.subject} />
          </Heading>
          <Sender hold={hold} />
          <Standing hold={hold} />
          {can_be_decided(hold) && (
            <div class="message__actions">
              <ActionBar
                allowed={{ ...hold.may, manage_sender: hold.may.manage_sender && scope !== "moderated" }}
                busy={busy}
                on_act={on_act}
              />
            </div>
          )}
        </header>
        <LooksLike hold={hold} />
        <Why hold={hold} />
        <MailBody key={hold.id} hold={hold} />
        <Links links={hold.links ?? []} />
        <HeaderFields headers={hold.headers} />
      </div>
      <aside class="message__side">
        {hold.parts.length > 0 && <Attachments hold={hold} />}
        <section class="card side">
          <Facts hold={hold} />
        </section>
        {hold.history.length > 0 && <History entries={hold.history} />}
      </aside>
    </article>
  );
}

/** On paper nothing can be unfolded, so everything is while it is printed. */
function useUnfoldedInPrint(): void {
  const folded = useRef<HTMLDetailsElement[]>([]);
  useEffect(() => {
    const unfold = () => {
      folded.current = [...document.querySelectorAll<HTMLDetailsElement>(".message details:not([open])")];
      for (const each of folded.current) each.open = true;
    };
    const fold = () => {
      for (const each of folded.current) each.open = false;
    };
    addEventListener("beforeprint", unfold);
    addEventListener("afterprint", fold);
    return () => {
      removeEventListener("beforeprint", unfold);
      removeEventListener("afterprint", fold);
    };
  }, []);
}

export function MessagePage({ scope, id }: { scope: Scope; id: string }): JSX.Element {
  const [hold, set_hold] = useState<HoldDetail | null>(null);
  const [error, set_error] = useState<ApiError | null>(null);
  const [asked, ask_again] = useState(0);
  const again = () => ask_again((count) => count + 1);
  useStore(lists.list_of(scope).store);

  useEffect(() => {
    const asking = new AbortController();
    set_error(null);
    holds_api.one(id, asking.signal).then(set_hold, (failure: unknown) => {
      if (asking.signal.aborted) return;
      if (!(failure instanceof ApiError)) throw failure;
      set_error(failure);
    });
    return () => asking.abort();
  }, [id, asked]);
  useEffect(() => {
    scrollTo(0, 0);
    lists.list_of(scope).opened = id;
  }, [id, scope]);
  useEffect(() => when_renewed(again), []);

  const { newer, older } = lists.neighbours(scope, id);
  const back = page_of(scope).path;
  const current = hold?.id === id ? hold : null;
  const [busy, set_busy] = useState(false);
  useUnfoldedInPrint();

  /** What was decided leaves the list, and the next message comes up; the last one leads back. */
  const carry_out = async (choice: Choice) => {
    if (!current || busy) return;
    const next = older ?? newer;
    set_busy(true);
    const done = await act(choice, { ids: [id], holds: [current] });
    set_busy(false);
    if (done) go(next ? message_path(scope, next) : back, "replace");
    else again();
  };
  useKeys({
    r: () => current?.may.release && void carry_out({ action: "release" }),
    e: () => current?.may.reject && void carry_out({ action: "reject" }),
    "!": () => current?.may.report && void carry_out({ action: "report", as: "spam" }),
    j: () => older && go(message_path(scope, older)),
    k: () => newer && go(message_path(scope, newer)),
    u: () => go(back),
  });

  return (
    <div class="page page--message">
      <nav class="crumbs" aria-label={t("message.back")}>
        <Link to={back} class="button button--quiet crumbs__back">
          <BackIcon />
          {t(page_of(scope).title)}
        </Link>
        <span class="crumbs__near">
          {current && (
            <Button kind="quiet" class="crumbs__print" label={t("message.print")} on_press={() => print()}>
              <PrintIcon />
            </Button>
          )}
          {newer && (
            <Link to={message_path(scope, newer)} class="button button--quiet" label={t("message.newer")}>
              <UpIcon />
            </Link>
          )}
          {older && (
            <Link to={message_path(scope, older)} class="button button--quiet" label={t("message.older")}>
              <DownIcon />
            </Link>
          )}
        </span>
      </nav>
      {error && (
        <>
          {!current && (
            <Heading name={t(page_of(scope).title)} class="hidden">
              {t(page_of(scope).title)}
            </Heading>
          )}
          {error.status === 404 ? <Failure error={error} /> : <Failure error={error} on_retry={again} />}
        </>
      )}
      {current && <Message hold={current} scope={scope} busy={busy} on_act={(choice) => void carry_out(choice)} />}
      {!current && !error && <Skeleton rows={5} />}
    </div>
  );
}
