// What a job is doing or has done: numbers, a bar, Stop; then the result in a sentence, Undo, and what could not be done.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Job } from "../api/jobs";
import { type Choice, done_words, filter_words, in_one_sentence, next_words_of_many } from "../app/act_words";
import { cancel_job, dismiss_job, find_job, undo_job, useJob } from "../app/jobs";
import { message_path } from "../app/scopes";
import { Link } from "../app/router";
import { t, useLanguage } from "../i18n";
import { number } from "../i18n/format";
import { Button } from "./button";
import { Countdown, useSecondsLeft } from "./countdown";
import { CheckIcon, CloseIcon, ClockIcon, WarnIcon } from "./icons";
import { Foreign } from "./text";

const choice_of = (job: Job): Choice => ({
  action: job.action,
  ...(job.sender ? { sender: job.sender } : {}),
  ...(job.as ? { as: job.as } : {}),
});

/** "7 of 9", with the total as far as it is known. */
function progress_words(job: Job): string {
  const numbers = { done: job.done + job.problems, total: job.total };
  return t(job.total_is_exact ? "jobs.progress" : "jobs.progress_about", numbers);
}

function result_words(job: Job): string {
  const numbers = { done: number(job.done), total: number(job.total) };
  switch (job.state) {
    case "cancelled":
      return t("jobs.cancelled", numbers);
    case "failed":
      return t("jobs.failed", numbers);
    case "undone":
      return t("jobs.undone");
    default: {
      if (job.done === 0) return t("done.nothing");
      const choice = choice_of(job);
      return in_one_sentence(done_words(choice, job.done), next_words_of_many(choice));
    }
  }
}

function what_words(job: Job): string {
  if (!job.match) return job.text;
  const filter = filter_words(job.match);
  return filter ? t("jobs.what", { filter }) : t("jobs.what_all");
}

const spoken_every = 10_000;

/** The progress for screen readers: now and then, not at every step. */
function useSpoken(words: string, running: boolean): string {
  const [spoken, speak] = useState(words);
  const at = useRef(0);
  const ran = useRef(false);
  useEffect(() => {
    // Beginning and end are said at once, what lies between now and then.
    if (running && ran.current && Date.now() - at.current < spoken_every) return;
    ran.current = running;
    at.current = Date.now();
    speak(words);
  }, [words, running]);
  return spoken;
}

function Problems({ job }: { job: Job }): JSX.Element | null {
  if (job.problems === 0) return null;
  const scope = job.match?.scope ?? "mine";
  return (
    <details class="fold job__problems">
      <summary>{t("jobs.problems", { n: job.problems })}</summary>
      {job.problems > job.first_problems.length && (
        <p class="faint">{t("jobs.problems_first", { n: job.first_problems.length })}</p>
      )}
      <ul>
        {job.first_problems.map((each) => (
          <li key={each.id}>
            <Foreign text={each.problem} /> <Link to={message_path(scope, each.id)}>{t("jobs.open")}</Link>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function JobBanner(): JSX.Element {
  useLanguage();
  const followed = useJob();
  const seconds = useSecondsLeft(followed?.undo_until ?? 0);
  useEffect(() => void find_job(), []);

  const job = followed?.job ?? null;
  const running = job?.state === "running";
  const words = !job ? "" : running ? `${t(`jobs.${job.action}`)}: ${progress_words(job)}` : result_words(job);
  const spoken = useSpoken(words, running);
  const tried = job ? job.done + job.problems : 0;
  return (
    <>
      <p class="hidden" role="status">
        {spoken}
      </p>
      {job && followed && (
        <section class={`card job job--${job.state}`} aria-label={t("jobs.label")}>
          <span class="job__icon">
            {running ? <ClockIcon /> : job.state === "failed" || job.problems > 0 ? <WarnIcon /> : <CheckIcon />}
          </span>
          <div class="job__text">
            <p class="job__title">{running ? t(`jobs.${job.action}`) : result_words(job)}</p>
            <p class="job__what">
              <Foreign text={what_words(job)} />
            </p>
            {running && (
              <>
                <progress
                  class="job__bar"
                  aria-label={t(`jobs.${job.action}`)}
                  aria-valuetext={progress_words(job)}
                  value={job.total_is_exact ? Math.min(tried, job.total) : undefined}
                  max={Math.max(1, job.total)}
                />
                <p class="job__numbers">
                  <span class="job__count">{progress_words(job)}</span>
                  <span class="faint">{t("jobs.goes_on")}</span>
                </p>
              </>
            )}
            <Problems job={job} />
          </div>
          <div class="job__acts">
            {running && (
              <Button busy={followed.busy} on_press={() => void cancel_job()}>
                {t("jobs.cancel")}
              </Button>
            )}
            {!running && seconds > 0 && (
              <Button busy={followed.busy} on_press={() => void undo_job()}>
                {t("done.undo")}
                <Countdown seconds={seconds} />
              </Button>
            )}
            {!running && (
              <Button kind="quiet" label={t("error.dismiss")} on_press={dismiss_job}>
                <CloseIcon size={16} />
              </Button>
            )}
          </div>
        </section>
      )}
    </>
  );
}
