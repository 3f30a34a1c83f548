// Whether, how and when the person is told of new messages.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { Account, Day, DigestMode } from "../api/account";
import { change_preferences } from "../app/account";
import { t, tx } from "../i18n";
import { browser_time_zone, clock_time, day_and_time, day_and_time_in, day_names, time_zone } from "../i18n/format";
import { Button } from "./button";
import { CloseIcon, MailIcon, PlusIcon } from "./icons";
import { Setting } from "./setting";
import { Time } from "./text";

const modes: DigestMode[] = ["digest", "notice", "none"];
const days: Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** What is not set by the person is as the site has it. */
const or_site = <T,>(own: T[], site: T[]): T[] => (own.length > 0 ? own : site);

function Times({ times }: { times: string[] }): JSX.Element {
  const [text, set_text] = useState("");
  const [problem, set_problem] = useState("");
  const id = useId();
  const sorted = [...times].sort();
  const add = () => {
    if (!/^\d\d:\d\d$/.test(text)) return set_problem(t("account.time_needed"));
    set_problem("");
    set_text("");
    if (!times.includes(text)) void change_preferences({ digest_times: [...times, text].sort() });
  };
  return (
    <fieldset class="times">
      <legend>{t("account.times")}</legend>
      <ul class="chips">
        {sorted.map((time) => (
          <li key={time} class="chip">
            <span>{clock_time(time)}</span>
            {sorted.length > 1 && (
              <Button
                kind="quiet"
                class="chip__remove"
                label={t("account.time_remove", { time: clock_time(time) })}
                on_press={() => void change_preferences({ digest_times: times.filter((each) => each !== time) })}
              >
                <CloseIcon size={14} />
              </Button>
            )}
          </li>
        ))}
      </ul>
      <form
        class="times__add"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <div class="field">
          <label for={id}>{t("account.time_new")}</label>
          <input
            id={id}
            type="time"
            value={text}
            aria-invalid={problem !== ""}
            aria-describedby={`${id}-problem`}
            onInput={(event) => {
              set_text(event.currentTarget.value);
              set_problem("");
            }}
          />
        </div>
        <Button type="submit">
          <PlusIcon size={18} />
          {t("account.time_add")}
        </Button>
        <p class="field__problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      </form>
    </fieldset>
  );
}

function Days({ chosen }: { chosen: Day[] }): JSX.Element {
  const short = day_names("short");
  const long = day_names("long");
  return (
    <fieldset class="days">
      <legend>{t("account.days")}</legend>
      <div class="days__row">
        {days.map((day, at) => {
          const on = chosen.includes(day);
          return (
            <label key={day} class="day">
              <input
                type="checkbox"
                checked={on}
                aria-label={long[at]}
                // The last day stays: no day at all would be another way to say "nothing".
                disabled={on && chosen.length === 1}
                onChange={() =>
                  void change_preferences({
                    digest_days: days.filter((each) => (each === day ? !on : chosen.includes(each))),
                  })
                }
              />
              <span aria-hidden="true">{short[at]}</span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

const spoken = (zone: string) => zone.replaceAll("_", " ");

/**
 * When the next one comes, on the clock that the times above go by. Who chose no zone is served by the site's: where
 * the browser's is another, that is said, with a way to have it.
 */
function Next({ account, at }: { account: Account; at: string }): JSX.Element {
  const zone = account.preferences.time_zone || account.site.time_zone;
  const there = day_and_time_in(zone, at);
  const own = browser_time_zone();
  const elsewhere = account.preferences.time_zone === "" && there !== null && there !== day_and_time(at);
  return (
    <div class="setting__fact" role="status">
      <p>
        {tx("account.digest_next", {
          when: <Time at={at} text={there ?? day_and_time(at)} />,
          zone: spoken(there === null ? time_zone() : zone),
        })}
      </p>
      {elsewhere && (
        <Button
          kind="quiet"
          class="button--flush"
          on_press={() => void change_preferences({ time_zone: own })}
        >
          {t("account.digest_zone", { zone: spoken(own) })}
        </Button>
      )}
    </div>
  );
}

export function AccountDigest({ account }: { account: Account }): JSX.Element {
  const { preferences, site, digest_next_at } = account;
  const mode = preferences.mode || site.digest_mode;
  const name = useId();
  const changed = preferences.mode !== "" || preferences.digest_times.length > 0 || preferences.digest_days.length > 0;
  return (
    <Setting icon={<MailIcon />} title={t("home.digest")} text={t("account.digest_text")}>
      {!site.digest_enabled && <p class="setting__warning">{t("account.digest_disabled")}</p>}
      <fieldset class="choices">
        <legend class="hidden">{t("home.digest")}</legend>
        {modes.map((each) => (
          <label key={each} class="choice">
            <input
              type="radio"
              name={name}
              checked={mode === each}
              onChange={() => void change_preferences({ mode: each })}
            />
            <span>
              <strong>{t(`account.mode_${each}`)}</strong>
              <span class="choice__text">{t(`account.mode_${each}_text`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {mode === "digest" && (
        <>
          <Times times={or_site(preferences.digest_times, site.digest_times)} />
          <Days chosen={or_site(preferences.digest_days, site.digest_days)} />
        </>
      )}
      {mode === "digest" && digest_next_at && <Next account={account} at={digest_next_at} />}
      {changed && (
        <p>
          <Button
            kind="quiet"
            class="button--flush"
            on_press={() => void change_preferences({ mode: "", digest_times: [], digest_days: [] })}
          >
            {t("account.digest_site")}
          </Button>
        </p>
      )}
    </Setting>
  );
}
