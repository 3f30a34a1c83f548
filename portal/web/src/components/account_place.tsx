// Language and time zone.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { account_api, type Account } from "../api/account";
import { change_preferences } from "../app/account";
import { choose_language, languages, t, useLanguage } from "../i18n";
import { browser_time_zone, clock_in } from "../i18n/format";
import { Combobox, type Option } from "./combobox";
import { GlobeIcon } from "./icons";
import { Setting } from "./setting";

function ZoneChoice({ chosen }: { chosen: string }): JSX.Element {
  const language = useLanguage();
  const [zones, set_zones] = useState<string[]>([]);
  useEffect(() => {
    // Without the gateway's list the browser's own zones are offered; the gateway says if it does not know one.
    account_api.time_zones().then(
      (answer) => set_zones(answer.time_zones),
      () => set_zones(Intl.supportedValuesOf("timeZone")),
    );
  }, []);
  const options = useMemo((): Option[] => {
    const own = { value: "", label: t("account.zone_browser", { zone: browser_time_zone().replaceAll("_", " ") }) };
    return [
      { ...own, note: clock_in(browser_time_zone()) },
      ...zones.map((zone) => ({ value: zone, label: zone.replaceAll("_", " "), note: clock_in(zone) })),
    ];
  }, [zones, language]);
  return (
    <Combobox
      label={t("account.zone")}
      options={options}
      value={chosen}
      on_choose={(zone) => void change_preferences({ time_zone: zone })}
    />
  );
}

export function AccountPlace({ account }: { account: Account }): JSX.Element {
  const { preferences } = account;
  const choose = async (language: string) => {
    if (await change_preferences({ language })) await choose_language(language);
  };
  return (
    <Setting icon={<GlobeIcon />} title={t("account.place")} text={t("account.place_text")}>
      <label class="field">
        <span class="field__label">{t("account.language")}</span>
        <select
          class="select"
          value={preferences.language}
          onChange={(event) => void choose(event.currentTarget.value)}
        >
          <option value="">{t("account.language_browser")}</option>
          {languages.map(({ code, name }) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <ZoneChoice chosen={preferences.time_zone} />
    </Setting>
  );
}
