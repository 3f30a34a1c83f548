// Making an API token, and showing it the one time it can be seen.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { account_api, token_scopes, type TokenScope } from "../api/account";
import { in_words } from "../app/words_for_errors";
import { t } from "../i18n";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { CheckIcon, CopyIcon } from "./icons";

const lifetimes = [7, 30, 90, 365];

function Made({ token, on_close }: { token: string; on_close: () => void }): JSX.Element {
  const [copied, set_copied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(token);
      set_copied(true);
    } catch {
      // Pages without TLS have no clipboard; the text is selected, so that one key copies it.
      set_copied(false);
    }
  };
  return (
    <>
      <p class="dialog__text">{t("account.token_once")}</p>
      <div class="token">
        <label class="hidden" for={id}>
          {t("account.token_value")}
        </label>
        <input ref={field} id={id} type="text" class="mono" dir="ltr" readOnly value={token} />
        <Button on_press={() => void copy()}>
          {copied ? <CheckIcon size={18} /> : <CopyIcon size={18} />}
          {t(copied ? "account.token_copied" : "account.token_copy")}
        </Button>
      </div>
      <p class="hidden" role="status">
        {copied && t("account.token_copied")}
      </p>
      <div class="dialog__buttons">
        <Button kind="main" on_press={on_close}>
          {t("account.token_done")}
        </Button>
      </div>
    </>
  );
}

interface NewTokenProps {
  /** Whether the person's role has reports to read. */
  may_report: boolean;
  on_made: () => void;
  on_close: () => void;
}

export function NewToken({ may_report, on_made, on_close }: NewTokenProps): JSX.Element {
  const [name, set_name] = useState("");
  const [scopes, set_scopes] = useState<TokenScope[]>([]);
  const [days, set_days] = useState(90);
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState("");
  const [made, set_made] = useState<string | null>(null);
  const id = useId();

  const make = async () => {
    if (!name.trim() || scopes.length === 0) {
      set_problem(t(name.trim() ? "account.token_scopes_needed" : "account.token_name_needed"));
      return;
    }
    set_busy(true);
    set_problem("");
    try {
      const { token } = await account_api.add_token(name.trim(), scopes, days);
      set_made(token);
      on_made();
    } catch (failure) {
      set_problem(in_words(failure));
    } finally {
      set_busy(false);
    }
  };

  if (made) {
    return (
      <Dialog title={t("account.token_made")}>
        <Made token={made} on_close={on_close} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("account.token_new")} on_close={on_close}>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void make();
        }}
      >
        <div class="field">
          <label for={`${id}-name`}>{t("account.token_name")}</label>
          <input
            id={`${id}-name`}
            type="text"
            maxLength={100}
            autocomplete="off"
            value={name}
            aria-describedby={`${id}-hint ${id}-problem`}
            onInput={(event) => {
              set_name(event.currentTarget.value);
              set_problem("");
            }}
          />
          <p class="field__hint" id={`${id}-hint`}>
            {t("account.token_name_hint")}
          </p>
        </div>
        <fieldset class="choices">
          <legend>{t("account.token_scopes")}</legend>
          {token_scopes
            .filter((scope) => scope !== "reports:read" || may_report)
            .map((scope) => (
              <label key={scope} class="choice choice--short">
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  onChange={(event) => {
                    const others = scopes.filter((each) => each !== scope);
                    set_scopes(event.currentTarget.checked ? [...others, scope] : others);
                    set_problem("");
                  }}
                />
                <span>{t(`account.scope_${scope}`)}</span>
              </label>
            ))}
        </fieldset>
        <label class="field">
          <span class="field__label">{t("account.token_days")}</span>
          <select class="select" value={days} onChange={(event) => set_days(Number(event.currentTarget.value))}>
            {lifetimes.map((each) => (
              <option key={each} value={each}>
                {t("account.token_days_n", { n: each })}
              </option>
            ))}
          </select>
        </label>
        <p class="field__problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
        <div class="dialog__buttons">
          <Button on_press={on_close}>{t("confirm.cancel")}</Button>
          <Button kind="main" type="submit" busy={busy}>
            {busy ? t("act.working") : t("account.token_make")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
