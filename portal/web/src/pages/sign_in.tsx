import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Gate } from "../components/icons";
import { LanguageSwitch } from "../components/language_switch";
import { SignInForm } from "../components/sign_in_form";
import { Wall } from "../components/wall";
import { t } from "../i18n";

export function SignInPage(): JSX.Element {
  useEffect(() => {
    document.title = `${t("sign_in.title")} · Postern`;
  });
  return (
    <div class="sign-in">
      <header class="sign-in__wall">
        <Wall />
        <p class="sign-in__brand">
          <Gate size={36} />
          Postern
        </p>
        <p class="sign-in__motto">{t("sign_in.wall")}</p>
      </header>
      <main class="sign-in__main" id="main">
        <div class="sign-in__box">
          <h1>{t("sign_in.title")}</h1>
          <p class="page__lead">{t("sign_in.lead")}</p>
          <SignInForm />
        </div>
        <LanguageSwitch />
      </main>
    </div>
  );
}
