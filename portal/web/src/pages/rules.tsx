import type { JSX } from "preact";
import { Heading } from "../components/heading";
import { t } from "../i18n";

export function RulesPage(): JSX.Element {
  return (
    <div class="page">
      <header class="page__head">
        <Heading name={t("rules.title")}>{t("rules.title")}</Heading>
      </header>
    </div>
  );
}
