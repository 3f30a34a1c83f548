// Everything a person can set for themselves. Switches and choices hold at once; only the password and a new token
// have a button that says so.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { account_api, type Account } from "../api/account";
import { load_account, useAccount } from "../app/account";
import { switch_shortcuts, useShortcutsOn } from "../app/keys";
import { when_renewed } from "../app/session";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { AccountDigest } from "../components/account_digest";
import { AccountPassword } from "../components/account_password";
import { AccountPeople } from "../components/account_people";
import { AccountPlace } from "../components/account_place";
import { AccountSessions } from "../components/account_sessions";
import { AccountTokens } from "../components/account_tokens";
import { Button } from "../components/button";
import { ask_first } from "../components/dialog";
import { Heading } from "../components/heading";
import { KeyboardIcon, LinkIcon } from "../components/icons";
import { Failure, Skeleton } from "../components/notice";
import { Setting } from "../components/setting";
import { Foreign } from "../components/text";
import { t } from "../i18n";
import "../styles/account.css";

function DigestLinks(): JSX.Element {
  const revoke = async () => {
    const sure = await ask_first({
      title: t("account.links_ask"),
      text: t("account.links_ask_text"),
      yes: t("account.links_revoke"),
      danger: true,
    });
    if (!sure) return;
    try {
      const { revoked } = await account_api.revoke_digest_links();
      say("done", t("account.links_revoked", { n: revoked }));
    } catch (failure) {
      say("problem", in_words(failure));
    }
  };
  return (
    <Setting icon={<LinkIcon />} title={t("account.links")} text={t("account.links_text")}>
      <p>
        <Button on_press={() => void revoke()}>{t("account.links_revoke")}</Button>
      </p>
    </Setting>
  );
}

function ShortcutsSwitch(): JSX.Element {
  const on = useShortcutsOn();
  return (
    <Setting icon={<KeyboardIcon />} title={t("account.shortcuts")} text={t("account.shortcuts_text")}>
      <label class="check check--text">
        <input type="checkbox" checked={on} onChange={(event) => switch_shortcuts(event.currentTarget.checked)} />
        {t("keys.on")}
      </label>
    </Setting>
  );
}

function Settings({ account }: { account: Account }): JSX.Element {
  const [news, set_news] = useState(0);
  return (
    <div class="settings">
      <AccountDigest account={account} />
      <AccountPlace account={account} />
      <AccountPeople account={account} />
      <AccountSessions news={news} />
      <AccountPassword address={account.address} on_changed={() => set_news(news + 1)} />
      <DigestLinks />
      <ShortcutsSwitch />
      <AccountTokens may_report={account.role === "administrator"} />
    </div>
  );
}

export function AccountPage(): JSX.Element {
  const { account, error } = useAccount();
  useEffect(() => {
    void load_account();
    return when_renewed(() => void load_account());
  }, []);
  return (
    <div class="page page--account">
      <header class="page__head">
        <Heading name={t("nav.account")}>{t("nav.account")}</Heading>
        {account && (
          <p class="page__lead">
            <Foreign text={account.name ? `${account.name}, ${account.address}` : account.address} />
          </p>
        )}
      </header>
      {error && <Failure error={error} on_retry={() => void load_account()} />}
      {!account && !error && <Skeleton rows={6} />}
      {account && <Settings account={account} />}
    </div>
  );
}
