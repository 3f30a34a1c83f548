// One held message: what it says it is, why it is held, and what can be done about it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
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
import { Expiry, State } from "../components/hold_row";
import { Heading } from "../components/heading";
import { BackIcon, DownIcon, LockIcon, UpIcon, WarnIcon } from "../components/icons";
import { MailBody } from "../components/mail_body";
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
      <dt>{t("message.id")}</dt>
      <dd class="mono">{hold.mail_id}</dd>
    </dl>
  );
}

function Standing({ hold }: { hold: HoldDetail }): JSX.Element | null {
  if (hold.state !== "held") {
    const when = hold.decided_at ? distance(hold.decided_at) : "";
    const state = <State state={hold.state} />;
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

function Message({ hold, scope, on_acted }: { hold: HoldDetail; scope: Scope; on_acted: () => void }): JSX.Element {
  const [busy, set_busy] = useState(false);
  const carry_out = async (choice: Choice) => {
    set_busy(true);
    const done = await act(choice, { ids: [hold.id] });
    set_busy(false);
    if (done) go(page_of(scope).path);
    else on_acted();
  };
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
                on_act={(choice) => void carry_out(choice)}
              />
            </div>
          )}
        </header>
        <Why hold={hold} />
        <MailBody key={hold.id} hold={hold} />
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
  useKeys({
    j: () => older && go(message_path(scope, older)),
    k: () => newer && go(message_path(scope, newer)),
    u: () => go(back),
  });

  const current = hold?.id === id ? hold : null;
  return (
    <div class="page page--message">
      <nav class="crumbs" aria-label={t("message.back")}>
        <Link to={back} class="button button--quiet crumbs__back">
          <BackIcon />
          {t(page_of(scope).title)}
        </Link>
        {(newer || older) && (
          <span class="crumbs__near">
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
        )}
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
      {current && <Message hold={current} scope={scope} on_acted={again} />}
      {!current && !error && <Skeleton rows={5} />}
    </div>
  );
}
