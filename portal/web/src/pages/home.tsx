import type { JSX } from "preact";
import { Heading } from "../components/heading";
import { t } from "../i18n";

export function HomePage(): JSX.Element {
  return (
    <div class="page">
      <header class="page__head">
        <Heading name={t("nav.home")}>{t("nav.home")}</Heading>
      </header>
    </div>
  );
}
