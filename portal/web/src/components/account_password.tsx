// A new password. What can be known here is said while it is typed; the gateway has the last word.
import type { JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { account_api } from "../api/account";
import { ApiError } from "../api/client";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { t } from "../i18n";
import { Button } from "./button";
import { CheckIcon, EyeIcon, LockIcon, SkipIcon } from "./icons";
import { Setting } from "./setting";

const characters_min = 10;

interface FieldProps {
  name: "current" | "new";
  label: string;
  value: string;
  visible: boolean;
  invalid: boolean;
  described_by: string;
  on_input: (value: string) => void;
  on_toggle: () => void;
}

function PasswordField(props: FieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="field__with">
        <input
          id={id}
          type={props.visible ? "text" : "password"}
          name={`${props.name}-password`}
          autocomplete={props.name === "current" ? "current-password" : "new-password"}
          autocapitalize="off"
          spellcheck={false}
          value={props.value}
          aria-invalid={props.invalid}
          aria-describedby={props.described_by}
          onInput={(event) => props.on_input(event.currentTarget.value)}
        />
        <Button kind="quiet" label={t(props.visible ? "sign_in.hide" : "sign_in.show")} on_press={props.on_toggle}>
          <EyeIcon />
        </Button>
      </div>
    </div>
  );
}

function problem_words(failure: unknown): string {
  if (failure instanceof ApiError && failure.status === 403) return t("account.password_wrong");
  if (failure instanceof ApiError && failure.status === 429)
    return t("account.password_wait", { n: failure.retry_after ?? 10 });
  if (failure instanceof ApiError && failure.status === 422) return t("account.password_weak");
  return in_words(failure);
}

export function AccountPassword({ address, on_changed }: { address: string; on_changed: () => void }): JSX.Element {
  const [current, set_current] = useState("");
  const [next, set_next] = useState("");
  const [visible, set_visible] = useState(false);
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  const own = address.toLowerCase();
  const parts = [own, own.split("@")[0] ?? own];
  const rules = [
    { words: t("account.password_rule_length", { n: characters_min }), met: [...next].length >= characters_min },
    { words: t("account.password_rule_address"), met: next !== "" && !parts.includes(next.toLowerCase()) },
    { words: t("account.password_rule_other"), met: next !== "" && next !== current },
  ];

  const change = async () => {
    if (!current || rules.some(({ met }) => !met)) {
      set_problem(t(current ? "account.password_rules_first" : "account.password_current_needed"));
      form.current
        ?.querySelector<HTMLInputElement>(current ? "[name=new-password]" : "[name=current-password]")
        ?.focus();
      return;
    }
    set_busy(true);
    try {
      await account_api.change_password(current, next);
      set_problem("");
      set_current("");
      set_next("");
      say("done", t("account.password_done"));
      on_changed();
    } catch (failure) {
      set_problem(problem_words(failure));
    } finally {
      set_busy(false);
    }
  };

  return (
    <Setting icon={<LockIcon />} title={t("account.password")} text={t("account.password_text")}>
      <form
        class="stack"
        noValidate
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void change();
        }}
      >
        {/* Password managers look for whose password it is. */}
        <input type="text" name="username" autocomplete="username" value={address} hidden readOnly />
        <PasswordField
          name="current"
          label={t("account.password_current")}
          value={current}
          visible={visible}
          invalid={problem !== ""}
          described_by={`${id}-problem`}
          on_input={set_current}
          on_toggle={() => set_visible(!visible)}
        />
        <PasswordField
          name="new"
          label={t("account.password_new")}
          value={next}
          visible={visible}
          invalid={problem !== ""}
          described_by={`${id}-rules`}
          on_input={set_next}
          on_toggle={() => set_visible(!visible)}
        />
        <ul class="rules-met" id={`${id}-rules`}>
          {rules.map(({ words, met }) => (
            <li key={words} class={met ? "rules-met__yes" : ""}>
              {met ? <CheckIcon size={16} /> : <SkipIcon size={16} />}
              <span>
                {words}
                <span class="hidden"> {t(met ? "account.rule_met" : "account.rule_open")}</span>
              </span>
            </li>
          ))}
        </ul>
        <p class="field__problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
        <p>
          <Button kind="main" type="submit" busy={busy}>
            {busy ? t("act.working") : t("account.password_change")}
          </Button>
        </p>
      </form>
    </Setting>
  );
}
