// API tokens: keys for programs that act in the person's name, each with only what it needs.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { account_api, type Token } from "../api/account";
import { ApiError } from "../api/client";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { isolated, t, tx } from "../i18n";
import { distance, list_words, short_date } from "../i18n/format";
import { Button } from "./button";
import { ask_first } from "./dialog";
import { KeyIcon, PlusIcon } from "./icons";
import { Failure } from "./notice";
import { Setting } from "./setting";
import { Foreign, Time } from "./text";
import { NewToken } from "./token_form";

function TokenRow({ token, on_remove }: { token: Token; on_remove: () => void }): JSX.Element {
  const over = token.expires_at !== null && Date.parse(token.expires_at) <= Date.now();
  return (
    <li class="thing">
      <div class="thing__what">
        <p class="thing__name">
          <Foreign text={token.name} />
          {over && <span class="mark mark--over">{t("account.token_over")}</span>}
        </p>
        <p class="thing__note">{list_words(token.scopes.map((scope) => t(`account.scope_${scope}`)))}</p>
        <p class="thing__note">
          {token.used_at
            ? tx("account.token_used", { when: <Time at={token.used_at} text={distance(token.used_at)} /> })
            : t("account.token_unused")}{" "}
          {token.expires_at &&
            !over &&
            tx("account.token_expires", { when: <Time at={token.expires_at} text={short_date(token.expires_at)} /> })}
        </p>
      </div>
      <Button label={t("account.token_remove_long", { name: token.name })} on_press={on_remove}>
        {t("account.token_remove")}
      </Button>
    </li>
  );
}

export function AccountTokens({ may_report }: { may_report: boolean }): JSX.Element {
  const [tokens, set_tokens] = useState<Token[] | null>(null);
  const [error, set_error] = useState<ApiError | null>(null);
  const [making, set_making] = useState(false);
  const add = useRef<HTMLButtonElement>(null);

  const load = async () => {
    try {
      const answer = await account_api.tokens();
      set_tokens(answer.tokens);
      set_error(null);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      set_error(failure);
    }
  };
  useEffect(() => void load(), []);

  const remove = async (token: Token) => {
    const sure = await ask_first({
      title: t("account.token_remove_ask", { name: isolated(token.name) }),
      text: t("account.token_remove_text"),
      yes: t("account.token_remove"),
      danger: true,
    });
    if (!sure) return;
    try {
      await account_api.remove_tokens([token.id]);
      say("done", t("account.token_removed", { name: isolated(token.name) }));
    } catch (failure) {
      say("problem", in_words(failure));
    }
    await load();
    add.current?.focus();
  };

  return (
    <Setting icon={<KeyIcon />} title={t("account.tokens")} text={t("account.tokens_text")}>
      {error && <Failure error={error} on_retry={() => void load()} />}
      {tokens?.length === 0 && <p class="faint">{t("account.tokens_none")}</p>}
      {tokens && tokens.length > 0 && (
        <ul class="things" aria-label={t("account.tokens")}>
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} on_remove={() => void remove(token)} />
          ))}
        </ul>
      )}
      <p>
        <Button button_ref={add} on_press={() => set_making(true)}>
          <PlusIcon size={18} />
          {t("account.token_new")}
        </Button>
      </p>
      {making && <NewToken may_report={may_report} on_made={() => void load()} on_close={() => set_making(false)} />}
    </Setting>
  );
}
