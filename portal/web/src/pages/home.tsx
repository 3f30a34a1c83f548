// Home: in one glance what is new, what waits, what will be lost soon, and that the gateway is well.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { when_changed } from "../api/client";
import type { Home } from "../api/home";
import { load_home, useHome } from "../app/home";
import { Link } from "../app/router";
import { useSession, when_renewed } from "../app/session";
import { watch_for_news } from "../app/watch";
import { Heading } from "../components/heading";
import { DigestNote, GatewayState, Newest, Released, Week } from "../components/home_parts";
import { Gate, ForwardIcon } from "../components/icons";
import { Failure, Skeleton } from "../components/notice";
import { isolated, t } from "../i18n";
import { number, short_time } from "../i18n/format";

/** The one number that people come for, and what stands beside it. */
function Glance({ home }: { home: Home }): JSX.Element {
  if (home.held === 0) {
    return (
      <section class="glance glance--clear" aria-label={t("home.waiting")}>
        <span class="glance__gate">
          <Gate size={72} />
        </span>
        <div class="glance__words">
          <p class="glance__title">{t("home.clear")}</p>
          <p>{t("home.clear_text")}</p>
        </div>
      </section>
    );
  }
  const about = !home.held_is_exact;
  return (
    <section class="glance" aria-label={t("home.waiting")}>
      <p class="glance__number">
        {number(home.held)}
        {about && "+"}
      </p>
      <div class="glance__words">
        <p class="glance__title">{t(about ? "home.held_about" : "home.held", { n: home.held })}</p>
        <ul class="glance__facts">
          {home.new_since !== null && (
            <li>
              {/* All are new at a first visit, too: then there is no visit to name. */}
              {home.new > 0 && home.new >= home.held
                ? t("home.new_all", { n: home.held })
                : home.new > 0
                  ? t("home.new", { n: home.new, when: short_time(home.new_since) })
                  : t("home.new_none", { when: short_time(home.new_since) })}
            </li>
          )}
          {home.expiring_soon > 0 && <li class="glance__soon">{t("home.expiring", { n: home.expiring_soon })}</li>}
          {home.failed > 0 && (
            <li class="glance__soon">
              <Link to="/on-hold?state=decided">{t("home.failed", { n: home.failed })}</Link>
            </li>
          )}
        </ul>
      </div>
      <Link to="/on-hold" class="button glance__go">
        {t("home.look")}
        <ForwardIcon size={18} />
      </Link>
    </section>
  );
}

/** For those who decide for others. */
function Others({ home }: { home: Home }): JSX.Element | null {
  if (home.moderated === null && home.all === null) return null;
  return (
    <ul class="others">
      {home.moderated !== null && (
        <li>
          <Link to="/moderated" class="card others__link">
            <strong>{number(home.moderated)}</strong>
            <span>{t("home.moderated", { n: home.moderated })}</span>
            <ForwardIcon size={18} />
          </Link>
        </li>
      )}
      {home.all !== null && (
        <li>
          <Link to="/all-holds" class="card others__link">
            <strong>{number(home.all)}</strong>
            <span>{t("home.all", { n: home.all })}</span>
            <ForwardIcon size={18} />
          </Link>
        </li>
      )}
    </ul>
  );
}

export function HomePage(): JSX.Element {
  const { home, error } = useHome();
  const session = useSession();
  useEffect(() => {
    void load_home();
    const stops = [
      when_renewed(() => void load_home()),
      when_changed(() => void load_home()),
      watch_for_news(() => void load_home()),
    ];
    return () => stops.forEach((stop) => stop());
  }, []);

  const name = "person" in session ? session.person.name : "";
  return (
    <div class="page page--home">
      <header class="page__head">
        <Heading name={t("nav.home")}>{name ? t("home.hello", { name: isolated(name) }) : t("home.hello_all")}</Heading>
        {home && <GatewayState gateway={home.gateway} />}
      </header>
      {error && <Failure error={error} on_retry={() => void load_home()} />}
      {!home && !error && <Skeleton rows={5} />}
      {home && (
        <>
          <Glance home={home} />
          <Others home={home} />
          <div class="home">
            <div class="home__main">
              {home.newest.length > 0 && <Newest holds={home.newest} more={home.held > home.newest.length} />}
              <details class="card fold home__what" open={home.held === 0}>
                <summary>{t("home.what")}</summary>
                <p>{t("home.what_text")}</p>
                <p>{t("home.what_do")}</p>
              </details>
            </div>
            <div class="home__side">
              <DigestNote digest={home.digest} />
              <Week counts={home.counts_7d} exact={home.counts_are_exact} />
              <Released holds={home.released} />
            </div>
          </div>
        </>
      )}
    </div>
  );
}
