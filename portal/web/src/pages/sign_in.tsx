import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useProduct } from "../app/branding";
import { Mark, Support } from "../components/brand";
import { LanguageSwitch } from "../components/language_switch";
import { SignInForm } from "../components/sign_in_form";
import { Wall } from "../components/wall";
import { t } from "../i18n";

export function SignInPage(): JSX.Element {
  const product = useProduct();
  useEffect(() => {
    document.title = `${t("sign_in.title")} · ${product.name}`;
  });
  return (
    <div class="sign-in">
      <header class="sign-in__wall">
        <Wall />
        <p class="sign-in__brand">
          <Mark size={36} />
          {product.name}
        </p>
        <p class="sign-in__motto">{t("sign_in.wall")}</p>
      </header>
      <main class="sign-in__main" id="main">
        <div class="sign-in__box">
          <h1>{t("sign_in.title")}</h1>
          <p class="page__lead">{t("sign_in.lead")}</p>
          <SignInForm />
        </div>
        <Support class="sign-in__support" />
        <LanguageSwitch />
      </main>
    </div>
  );
}
