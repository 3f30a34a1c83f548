import type { JSX } from "preact";
import { can_be_decided, type Hold, type Scope } from "../api/holds";
import type { Choice } from "../app/acts";
import { message_path } from "../app/scopes";
import { Link } from "../app/router";
import { t, tx } from "../i18n";
import { finding_words, reason_words } from "../i18n/reasons";
import { distance, full_time, short_time, time_left } from "../i18n/format";
import { Button } from "./button";
import { ClipIcon, LockIcon, RejectIcon, ReleaseIcon } from "./icons";
import { Foreign, Subject, subject_or_stand_in, Time } from "./text";

const day = 24 * 60 * 60 * 1000;

function Sender({ hold }: { hold: Hold }): JSX.Element {
  const { name, address } = hold.header_from;
  const shown = address || hold.sender;
  if (!name && !shown) return <span class="row__name faint">{t("holds.no_sender")}</span>;
  return (
    <>
      <span class="row__name">
        <Foreign text={name || shown} />
      </span>
      {/* A name proves nothing, so the address always stands beside it. */}
      {name && shown && (
        <span class="row__address">
          <Foreign text={shown} />
        </span>
      )}
    </>
  );
}

export function Expiry({ at }: { at: string }): JSX.Element {
  const left = time_left(at);
  const soon = left < 2 * day;
  return (
    <span class={`expiry ${soon ? "expiry--soon" : ""}`} title={full_time(at)}>
      {left <= 0 ? t("holds.expired_soon") : t("holds.expires", { when: distance(at) })}
    </span>
  );
}

export function State({ state }: { state: Hold["state"] }): JSX.Element {
  return <span class={`state state--${state}`}>{t(`state.${state}`)}</span>;
}

/** In a list the rule comes first: sentences that all begin alike say little when they are cut off. */
export function Reason({ hold }: { hold: Hold }): JSX.Element {
  const opening = `"${hold.rule}": `;
  const at = hold.rule ? hold.reason.indexOf(opening) : -1;
  return (
    <span class="reason" title={reason_words(hold)}>
      {at < 0 ? (
        <Foreign text={reason_words(hold)} />
      ) : (
        <>
          <Foreign text={hold.rule} />{" "}
          <Foreign text={finding_words(hold.reason.slice(at + opening.length))} class="reason__detail" />
        </>
      )}
    </span>
  );
}

interface HoldRowProps {
  hold: Hold;
  scope: Scope;
  selected: boolean;
  on_select: (on: boolean, range: boolean) => void;
  on_act: (choice: Choice) => void;
}

export function HoldRow({ hold, scope, selected, on_select, on_act }: HoldRowProps): JSX.Element {
  const waiting = hold.state === "held";
  const may_act = can_be_decided(hold);
  return (
    <li class={`row ${selected ? "row--selected" : ""}`} data-hold={hold.id}>
      <label class="row__check check">
        <input
          type="checkbox"
          checked={selected}
          disabled={!may_act}
          aria-label={t("holds.select_one", { subject: subject_or_stand_in(hold.subject) })}
          onClick={(event) => on_select(event.currentTarget.checked, event.shiftKey)}
        />
      </label>
      <Link to={message_path(scope, hold.id)} class="row__link">
        <span class="row__from">
          <Sender hold={hold} />
        </span>
        <span class="row__what">
          <span class="row__subject">
            <Subject text={hold.subject} />
            {hold.attachments > 0 && (
              <span class="row__clip" title={t("holds.attachments", { n: hold.attachments })}>
                <ClipIcon size={15} />
                <span class="hidden">{t("holds.attachments", { n: hold.attachments })}</span>
              </span>
            )}
          </span>
          <span class="row__why">
            <Reason hold={hold} />
            {hold.state !== "held" && hold.decided_by && (
              <span class="row__decided">
                {tx("holds.decided_by", { who: <Foreign text={hold.decided_by} /> })}
                {hold.decided_at && ", "}
                {hold.decided_at && <Time at={hold.decided_at} text={distance(hold.decided_at)} />}
              </span>
            )}
            {scope !== "mine" && (
              <span class="row__owner">{tx("holds.to", { address: <Foreign text={hold.owner} /> })}</span>
            )}
            {scope === "mine" && hold.mailbox && (
              <span class="row__mailbox">{tx("holds.mailbox", { address: <Foreign text={hold.mailbox} /> })}</span>
            )}
            {scope === "mine" && hold.kind !== "user" && waiting && (
              <span class="row__kind">
                <LockIcon size={14} />
                <span>{t(hold.kind === "moderator" ? "holds.kind_moderator" : "holds.kind_administrator")}</span>
              </span>
            )}
          </span>
        </span>
        <span class="row__when">
          <Time at={hold.received_at} text={short_time(hold.received_at)} />
          {waiting ? <Expiry at={hold.expires_at} /> : <State state={hold.state} />}
        </span>
      </Link>
      {may_act && (
        <span class="row__quick">
          {hold.may.release && (
            <Button kind="quiet" label={t("act.release")} on_press={() => on_act({ action: "release" })}>
              <ReleaseIcon />
            </Button>
          )}
          {hold.may.reject && (
            <Button kind="quiet" label={t("act.reject")} on_press={() => on_act({ action: "reject" })}>
              <RejectIcon />
            </Button>
          )}
        </span>
      )}
    </li>
  );
}
