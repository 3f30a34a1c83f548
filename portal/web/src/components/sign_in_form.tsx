// Address, Next, then what that address uses. The same form signs in afresh and over a page whose session ended.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { session_api } from "../api/session";
import { sign_in } from "../app/session";
import { in_words } from "../app/words_for_errors";
import { t } from "../i18n";
import { Button } from "./button";
import { EyeIcon, WarnIcon } from "./icons";

type Problem = { text: string } | { wait_until: number };

function Told({ problem, id, on_over }: { problem: Problem | null; id: string; on_over: () => void }): JSX.Element {
  const [now, set_now] = useState(Date.now());
  const until = problem && "wait_until" in problem ? problem.wait_until : 0;
  useEffect(() => {
    if (!until) return;
    set_now(Date.now());
    const ticking = setInterval(() => {
      set_now(Date.now());
      if (Date.now() >= until) on_over();
    }, 500);
    return () => clearInterval(ticking);
  }, [until]);
  const seconds = Math.max(1, Math.ceil((until - now) / 1000));
  return (
    <div id={id} role="alert">
      {problem && (
        <p class="sign-in__problem">
          <WarnIcon size={18} />
          {"text" in problem ? problem.text : t("sign_in.wait", { n: seconds })}
        </p>
      )}
    </div>
  );
}

interface SignInFormProps {
  /** Given when the person is known and only the password is asked. */
  address?: string;
}

export function SignInForm({ address: known }: SignInFormProps): JSX.Element {
  const [address, set_address] = useState(known ?? "");
  const [password, set_password] = useState("");
  const [step, set_step] = useState<"address" | "password">(known ? "password" : "address");
  const [visible, set_visible] = useState(false);
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem | null>(null);
  const address_field = useRef<HTMLInputElement>(null);
  const password_field = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => {
    (step === "address" ? address_field : password_field).current?.focus();
  }, [step]);

  const tell = (failure: unknown) => {
    if (failure instanceof ApiError && failure.status === 429) {
      set_problem({ wait_until: Date.now() + (failure.retry_after ?? 10) * 1000 });
    } else if (failure instanceof ApiError && failure.status === 401) {
      set_problem({ text: t("sign_in.wrong") });
    } else {
      set_problem({ text: in_words(failure) });
    }
  };

  const next = async () => {
    const wanted = address.trim();
    if (!/^[^\s@]+@[^\s@]+$/u.test(wanted)) {
      set_problem({ text: t("sign_in.address_needed") });
      address_field.current?.focus();
      return;
    }
    const { methods } = await session_api.methods(wanted);
    if (!methods.includes("password")) {
      set_problem({ text: t("sign_in.no_method") });
      return;
    }
    set_problem(null);
    set_step("password");
  };

  const enter = async () => {
    if (!password) {
      set_problem({ text: t("sign_in.password_needed") });
      password_field.current?.focus();
      return;
    }
    try {
      await sign_in(address.trim(), password);
    } catch (failure) {
      // The wrong password stays, selected: one key replaces it, and a slip can still be mended.
      password_field.current?.select();
      throw failure;
    }
  };

  const submit = async () => {
    set_busy(true);
    try {
      await (step === "address" ? next() : enter());
    } catch (failure) {
      tell(failure);
    } finally {
      set_busy(false);
    }
  };

  const wrong = problem !== null;
  return (
    <form
      class="sign-in__form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void submit();
      }}
    >
      <div class="field">
        <label for={`${id}-address`}>{t("sign_in.address")}</label>
        <input
          ref={address_field}
          id={`${id}-address`}
          type="email"
          name="username"
          autocomplete="username"
          autocapitalize="off"
          spellcheck={false}
          readOnly={step === "password"}
          value={address}
          aria-invalid={wrong && step === "address"}
          aria-describedby={`${id}-problem`}
          onInput={(event) => {
            set_address(event.currentTarget.value);
            if (problem && "text" in problem) set_problem(null);
          }}
        />
        {step === "password" && !known && (
          <Button
            kind="quiet"
            class="sign-in__change"
            on_press={() => {
              set_problem(null);
              set_password("");
              set_step("address");
            }}
          >
            {t("sign_in.change")}
          </Button>
        )}
      </div>
      {step === "password" && (
        <div class="field">
          <label for={`${id}-password`}>{t("sign_in.password")}</label>
          <div class="field__with">
            <input
              ref={password_field}
              id={`${id}-password`}
              type={visible ? "text" : "password"}
              name="password"
              autofocus
              autocomplete="current-password"
              autocapitalize="off"
              spellcheck={false}
              value={password}
              aria-invalid={wrong}
              aria-describedby={`${id}-problem`}
              onInput={(event) => {
                set_password(event.currentTarget.value);
                if (problem && "text" in problem) set_problem(null);
              }}
            />
            <Button
              kind="quiet"
              label={t(visible ? "sign_in.hide" : "sign_in.show")}
              on_press={() => set_visible(!visible)}
            >
              <EyeIcon />
            </Button>
          </div>
        </div>
      )}
      <Told problem={problem} id={`${id}-problem`} on_over={() => set_problem(null)} />
      <Button kind="main" type="submit" class="sign-in__submit" busy={busy}>
        {busy ? t("act.working") : t(step === "address" ? "sign_in.next" : "sign_in.submit")}
      </Button>
    </form>
  );
}
