import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { type Rejected, type RejectedPage as Page, senders_api } from "../api/senders";
import { problem_words, take_back } from "../app/sender_changes";
import { when_renewed } from "../app/session";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { Button } from "../components/button";
import { Heading } from "../components/heading";
import { DownIcon, RejectedIcon } from "../components/icons";
import { SearchField } from "../components/list_tools";
import { Menu } from "../components/menu";
import { Empty, Failure, Skeleton } from "../components/notice";
import { Foreign, Subject, Time } from "../components/text";
import { isolated, t, tx } from "../i18n";
import { short_time } from "../i18n/format";
import { reason_words } from "../i18n/reasons";

function from_of(entry: Rejected): { name: string; address: string } {
  const from = entry.header_from;
  if (typeof from !== "string") return from;
  const [, name = "", address = from] = /^(.*?)\s*<([^<>]+)>\s*$/s.exec(from) ?? [];
  return { name: name.replace(/^"(.*)"$/, "$1"), address };
}

/** Undo puts the sender back to where it stood, which may be the block list. */
async function permit(entry: string): Promise<void> {
  try {
    const changes = await senders_api.add("permitted", [entry]);
    const name = isolated(entry);
    if (changes.problems[0]) return say("problem", problem_words(changes.problems[0]));
    if (changes.unchanged.length > 0) return say("done", t("rejected.already", { address: name }));
    const words = changes.moved.length > 0 ? "rejected.permitted_moved" : "rejected.permitted";
    say("done", t(words, { address: name }), () =>
      take_back("permitted", changes, "").then(
        () => say("done", t("rejected.taken_back", { address: name })),
        (failure: unknown) => say("problem", in_words(failure)),
      ),
    );
  } catch (failure) {
    say("problem", in_words(failure));
  }
}

function PermitButtons({ sender }: { sender: string }): JSX.Element {
  const name = isolated(sender);
  const domain = sender.slice(sender.lastIndexOf("@") + 1);
  return (
    <div class="split">
      <Button label={t("rejected.permit_long", { address: name })} on_press={() => void permit(sender)}>
        {t("rejected.permit")}
      </Button>
      <Menu
        align="end"
        button_class="button button--plain split__more"
        label={t("rejected.permit_more", { address: name })}
        items={[
          {
            key: "domain",
            label: t("rejected.permit_domain", { domain: isolated(domain) }),
            on_choose: () => void permit(domain),
          },
        ]}
        button={<DownIcon size={16} />}
      />
    </div>
  );
}

function Row({ entry }: { entry: Rejected }): JSX.Element {
  const { name, address } = from_of(entry);
  const sender = address || entry.sender;
  return (
    <li class="refused">
      <span class="row__from">
        <span class="row__name">{name || sender ? <Foreign text={name || sender} /> : t("holds.no_sender")}</span>
        {name && <Foreign text={sender} class="row__address" />}
      </span>
      <span class="row__what">
        <span class="row__subject">
          <Subject text={entry.subject} />
        </span>
        <span class="row__why">
          <span class="reason reason--refused">
            <Foreign text={reason_words(entry)} />
          </span>
          <span class="row__owner">{tx("holds.to", { address: <Foreign text={entry.recipient} /> })}</span>
        </span>
      </span>
      <span class="row__when">
        <Time at={entry.at} text={short_time(entry.at)} />
      </span>
      <span class="refused__act">{sender.includes("@") && <PermitButtons sender={sender} />}</span>
    </li>
  );
}

export function RejectedPage(): JSX.Element {
  const [q, set_q] = useState("");
  const [page, set_page] = useState<Page | null>(null);
  const [error, set_error] = useState<ApiError | null>(null);
  const [asked, ask_again] = useState(0);
  const [more, set_more] = useState(false);
  const again = () => ask_again((count) => count + 1);

  useEffect(() => when_renewed(again), []);
  useEffect(() => {
    const asking = new AbortController();
    set_error(null);
    senders_api.rejected(q, null, asking.signal).then(set_page, (failure: unknown) => {
      if (asking.signal.aborted) return;
      if (!(failure instanceof ApiError)) throw failure;
      set_error(failure);
    });
    return () => asking.abort();
  }, [asked, q]);

  const load_more = async () => {
    if (!page?.next || more) return;
    set_more(true);
    try {
      const got = await senders_api.rejected(q, page.next);
      set_page({ ...got, rejected: [...page.rejected, ...got.rejected] });
    } catch (failure) {
      say("problem", in_words(failure));
    } finally {
      set_more(false);
    }
  };

  return (
    <div class="page page--list">
      <header class="page__head">
        <Heading name={t("rejected.title")}>{t("rejected.title")}</Heading>
        <p class="page__lead">{t("rejected.lead")}</p>
      </header>
      <div class="tools">
        <SearchField value={q} label={t("rejected.search")} hint={t("rejected.search")} on_change={set_q} />
      </div>
      {error && <Failure error={error} on_retry={again} />}
      <section class="card list" aria-label={t("rejected.title")}>
        {!page && !error && <Skeleton rows={6} />}
        {page?.rejected.length === 0 && (
          <Empty
            icon={<RejectedIcon size={28} />}
            title={t(q ? "rejected.empty_match" : "rejected.empty")}
            {...(q ? {} : { text: t("rejected.empty_text") })}
          />
        )}
        {page && page.rejected.length > 0 && (
          <ul class="list__rows refusals">
            {page.rejected.map((entry, at) => (
              <Row key={at} entry={entry} />
            ))}
          </ul>
        )}
        {page?.next && (
          <div class="list__end">
            <Button kind="quiet" busy={more} on_press={() => void load_more()}>
              {t(more ? "holds.loading_more" : "holds.more")}
            </Button>
          </div>
        )}
      </section>
    </div>
  );
}
