// Which mail is this person's: own addresses, mailboxes of others, and who else decides on theirs.
import type { ComponentChildren, JSX } from "preact";
import type { Account } from "../api/account";
import { t, tx } from "../i18n";
import { short_date } from "../i18n/format";
import { AccountIcon } from "./icons";
import { Setting } from "./setting";
import { Foreign, Time } from "./text";

function Group({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="owned">
      <h3 class="owned__title">{title}</h3>
      <ul class="owned__list">{children}</ul>
    </div>
  );
}

/** Mailboxes are granted on the command line too; who sat there is no address, and nobody's business here. */
export function AccountPeople({ account }: { account: Account }): JSX.Element {
  const since = (at: string) => <Time at={at} text={short_date(at)} />;
  return (
    <Setting icon={<AccountIcon />} title={t("account.people")} text={t("account.people_text")}>
      <Group title={t("account.addresses")}>
        {account.addresses.map(({ address, own }) => (
          <li key={address}>
            <Foreign text={address} class="owned__address" />
            {own && <span class="owned__note">{t("account.address_own")}</span>}
          </li>
        ))}
      </Group>
      {account.acts_for.length > 0 && (
        <Group title={t("account.acts_for")}>
          {account.acts_for.map(({ address, since: at, granted_by }) => (
            <li key={address}>
              <Foreign text={address} class="owned__address" />
              <span class="owned__note">
                {granted_by.includes("@")
                  ? tx("account.acts_since_by", { when: since(at), who: <Foreign text={granted_by} /> })
                  : tx("account.acts_since", { when: since(at) })}
              </span>
            </li>
          ))}
        </Group>
      )}
      {account.acted_by.length > 0 && (
        <Group title={t("account.acted_by")}>
          {account.acted_by.map(({ address, since: at }) => (
            <li key={address}>
              <Foreign text={address} class="owned__address" />
              <span class="owned__note">{tx("account.acts_since", { when: since(at) })}</span>
            </li>
          ))}
        </Group>
      )}
      <p class="setting__note">{t("account.people_change")}</p>
    </Setting>
  );
}
