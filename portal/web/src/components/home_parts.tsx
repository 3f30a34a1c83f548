// What the home page is made of.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Home } from "../api/home";
import type { Hold } from "../api/holds";
import { act, type Choice } from "../app/acts";
import { Link } from "../app/router";
import { message_path } from "../app/scopes";
import { t, tx } from "../i18n";
import { day_and_time, distance, number, short_time } from "../i18n/format";
import { Button } from "./button";
import { Expiry, Reason } from "./hold_row";
import { CheckIcon, ClockIcon, HoldIcon, LockIcon, MailIcon, RejectIcon, ReleaseIcon, WarnIcon } from "./icons";
import { Foreign, Subject, subject_or_stand_in, Time } from "./text";

export function GatewayState({ gateway }: { gateway: Home["gateway"] }): JSX.Element {
  const icons = { ok: <CheckIcon size={18} />, busy: <ClockIcon size={18} />, trouble: <WarnIcon size={18} /> };
  return (
    <p class={`gateway gateway--${gateway.state}`}>
      {icons[gateway.state]}
      <span>
        {t(`home.gateway_${gateway.state}`)} {gateway.code !== "ok" && t(`home.gateway_${gateway.code}`)}
      </span>
    </p>
  );
}

const sender_of = (hold: Hold) => hold.header_from.name || hold.header_from.address || hold.sender;

function NewestRow({ hold, on_act }: { hold: Hold; on_act: (choice: Choice) => void }): JSX.Element {
  const sender = sender_of(hold);
  const address = hold.header_from.address || hold.sender;
  return (
    <li class="newest__row" data-hold={hold.id}>
      <Link to={message_path("mine", hold.id)} class="newest__link">
        <span class="newest__from">
          {sender ? <Foreign text={sender} class="newest__name" /> : <span class="faint">{t("holds.no_sender")}</span>}
          {address && address !== sender && <Foreign text={address} class="newest__address" />}
        </span>
        <span class="newest__subject">
          <Subject text={hold.subject} />
        </span>
        <span class="newest__why">
          <Reason hold={hold} />
        </span>
        <span class="newest__more">
          <Time at={hold.received_at} text={short_time(hold.received_at)} />
          <Expiry at={hold.expires_at} />
          {hold.mailbox && <span>{tx("holds.to", { address: <Foreign text={hold.mailbox} /> })}</span>}
        </span>
      </Link>
      <span class="newest__acts">
        {hold.may.release && (
          <Button
            label={t("home.release_one", { subject: subject_or_stand_in(hold.subject) })}
            on_press={() => on_act({ action: "release" })}
          >
            <ReleaseIcon size={18} />
            <span>{t("act.release")}</span>
          </Button>
        )}
        {hold.may.reject && (
          <Button
            label={t("home.reject_one", { subject: subject_or_stand_in(hold.subject) })}
            on_press={() => on_act({ action: "reject" })}
          >
            <RejectIcon size={18} />
            <span>{t("act.reject")}</span>
          </Button>
        )}
        {!hold.may.release && !hold.may.reject && (
          <span class="newest__locked">
            <LockIcon size={16} />
            {t(hold.kind === "moderator" ? "holds.kind_moderator" : "holds.kind_administrator")}
          </span>
        )}
      </span>
    </li>
  );
}

export function Newest({ holds, more }: { holds: Hold[]; more: boolean }): JSX.Element {
  const [busy, set_busy] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const carry_out = async (hold: Hold, choice: Choice) => {
    if (busy) return;
    set_busy(hold.id);
    const done = await act(choice, { ids: [hold.id], holds: [hold] });
    set_busy(null);
    // The row goes with its button; the focus must not fall to the page's top.
    if (done) heading.current?.focus();
  };
  return (
    <section class="card newest" aria-labelledby="newest">
      <h2 id="newest" class="home__title" tabIndex={-1} ref={heading}>
        <HoldIcon />
        {t("home.newest")}
      </h2>
      <ul>
        {holds.map((hold) => (
          <NewestRow key={hold.id} hold={hold} on_act={(choice) => void carry_out(hold, choice)} />
        ))}
      </ul>
      {more && (
        <p class="newest__all">
          <Link to="/on-hold">{t("home.newest_all")}</Link>
        </p>
      )}
    </section>
  );
}

export function Released({ holds }: { holds: Hold[] }): JSX.Element {
  return (
    <section class="card side" aria-labelledby="released">
      <h2 id="released" class="home__title">
        <ReleaseIcon />
        {t("home.released")}
      </h2>
      {holds.length === 0 && <p class="faint">{t("home.released_none")}</p>}
      {holds.length > 0 && (
        <ul class="released">
          {holds.map((hold) => (
            <li key={hold.id}>
              <Link to={message_path("mine", hold.id)} class="released__link">
                <Subject text={hold.subject} />
              </Link>
              <p class="released__who">
                {hold.decided_by && hold.decided_at
                  ? tx("home.released_by", {
                      who: <Foreign text={hold.decided_by} />,
                      when: <Time at={hold.decided_at} text={distance(hold.decided_at)} />,
                    })
                  : hold.decided_at && <Time at={hold.decided_at} text={distance(hold.decided_at)} />}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function DigestNote({ digest }: { digest: Home["digest"] }): JSX.Element {
  const words =
    digest.mode === "notice"
      ? t("home.digest_notice")
      : digest.mode === "none"
        ? t("home.digest_none")
        : digest.next_at
          ? tx("home.digest_next", { when: <Time at={digest.next_at} text={day_and_time(digest.next_at)} /> })
          : t("home.digest_off");
  return (
    <section class="card side" aria-labelledby="digest">
      <h2 id="digest" class="home__title">
        <MailIcon />
        {t("home.digest")}
      </h2>
      <p>{words}</p>
      <p>
        <Link to="/account">{t("home.digest_change")}</Link>
      </p>
    </section>
  );
}

export function Week({ counts, exact }: { counts: Home["counts_7d"]; exact: boolean }): JSX.Element {
  const facts = [
    ["released", counts.released],
    ["rejected", counts.rejected],
    ["reported", counts.reported],
    ["refused", counts.refused],
  ] as const;
  return (
    <section class="card side" aria-labelledby="week">
      <h2 id="week" class="home__title">
        <ClockIcon />
        {t("home.week")}
      </h2>
      <dl class="week">
        {facts.map(([what, count]) => (
          <div key={what}>
            <dt>{t(`home.week_${what}`)}</dt>
            <dd>
              {number(count)}
              {!exact && count > 0 && "+"}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
