// Where the person is signed in.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { account_api, type OpenSession } from "../api/account";
import { ApiError } from "../api/client";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { isolated, t, tx } from "../i18n";
import { distance } from "../i18n/format";
import { Button } from "./button";
import { DeviceIcon } from "./icons";
import { Failure, Skeleton } from "./notice";
import { Setting } from "./setting";
import { Foreign, Time } from "./text";

/** The gateway names browser and system in English: "Firefox on Linux". */
function agent_words(agent: string): string {
  const [, browser, system] = /^(.+) on (.+)$/.exec(agent) ?? [];
  return browser && system ? t("account.agent", { browser, system }) : agent || t("account.session_unknown");
}

/** `news` changes when sessions may have ended elsewhere on the page. */
export function AccountSessions({ news }: { news: number }): JSX.Element {
  const [sessions, set_sessions] = useState<OpenSession[] | null>(null);
  const [error, set_error] = useState<ApiError | null>(null);
  const heading = useRef<HTMLUListElement>(null);

  const load = async () => {
    try {
      const answer = await account_api.sessions();
      set_sessions(answer.sessions);
      set_error(null);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      set_error(failure);
    }
  };
  useEffect(() => void load(), [news]);

  const end = async (which: { ids: string[] } | { others: true }) => {
    try {
      const { ended } = await account_api.end_sessions(which);
      say("done", t("account.sessions_ended", { n: ended }));
      heading.current?.focus();
    } catch (failure) {
      say("problem", in_words(failure));
    }
    await load();
  };

  const others = sessions?.filter((each) => !each.this) ?? [];
  return (
    <Setting icon={<DeviceIcon />} title={t("account.sessions")} text={t("account.sessions_text")}>
      {error && <Failure error={error} on_retry={() => void load()} />}
      {!sessions && !error && <Skeleton rows={2} />}
      {sessions && (
        <ul class="things" tabIndex={-1} ref={heading} aria-label={t("account.sessions")}>
          {sessions.map((each) => (
            <li key={each.id} class="thing">
              <div class="thing__what">
                <p class="thing__name">
                  <Foreign text={agent_words(each.agent)} />
                  {each.this && <span class="mark">{t("account.session_this")}</span>}
                </p>
                <p class="thing__note">
                  {tx("account.session_seen", {
                    client: <Foreign text={each.client} />,
                    when: <Time at={each.seen_at} text={distance(each.seen_at)} />,
                  })}
                </p>
              </div>
              {!each.this && (
                <Button
                  label={t("account.session_end_long", { agent: isolated(agent_words(each.agent)) })}
                  on_press={() => void end({ ids: [each.id] })}
                >
                  {t("account.session_end")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {others.length > 1 && (
        <p>
          <Button on_press={() => void end({ others: true })}>{t("account.sessions_end_others")}</Button>
        </p>
      )}
    </Setting>
  );
}
