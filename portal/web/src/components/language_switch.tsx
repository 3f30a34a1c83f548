import type { JSX } from "preact";
import { choose_language, languages, t, useLanguage } from "../i18n";

export function LanguageSwitch(): JSX.Element {
  const language = useLanguage();
  return (
    <label class="language">
      <span class="hidden">{t("account.language")}</span>
      <select
        class="select select--quiet"
        value={language}
        onChange={(event) => void choose_language(event.currentTarget.value)}
      >
        {languages.map(({ code, name }) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
