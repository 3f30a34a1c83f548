import type { JSX } from "preact";
import { type HistoryEntry, type HoldDetail, holds_api, type HoldState } from "../api/holds";
import { isolated, t } from "../i18n";
import { bytes, full_time } from "../i18n/format";
import { ClipIcon, DownloadIcon, FileIcon } from "./icons";
import { Foreign, Time } from "./text";

export function Attachments({ hold }: { hold: HoldDetail }): JSX.Element {
  return (
    <section class="card side">
      <h2 class="side__title">
        <ClipIcon size={18} />
        {t("message.attachments")}
      </h2>
      <ul class="parts">
        {hold.parts.map((part) => (
          <li key={part.index} class="part">
            <FileIcon />
            <span class="part__text">
              <span class="part__name">{part.name ? <Foreign text={part.name} /> : t("message.part_unnamed")}</span>
              <span class="part__kind">
                <Foreign text={part.declared_type} /> · {bytes(part.size)}
              </span>
            </span>
            {hold.may_download && (
              <a
                class="button button--quiet"
                href={holds_api.part_url(hold.id, part.index)}
                download
                aria-label={t("message.download", { name: isolated(part.name || t("message.part_unnamed")) })}
              >
                <DownloadIcon />
              </a>
            )}
          </li>
        ))}
      </ul>
      {!hold.may_download && <p class="side__note">{t("message.download_off")}</p>}
    </section>
  );
}

export function HeaderFields({ headers }: { headers: HoldDetail["headers"] }): JSX.Element {
  return (
    <section class="card">
      <details class="fold fold--card">
        <summary>
          <h2>{t("message.headers")}</h2>
        </summary>
        <dl class="headers">
          {headers.map((header, at) => (
            <div key={at} class="headers__field">
              <dt>
                <Foreign text={header.name} />
              </dt>
              <dd>
                <Foreign text={header.value} />
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}

const acts: readonly string[] = [
  "held",
  "released",
  "delivered",
  "rejected",
  "reported",
  "expired",
  "failed",
  "undone",
  "attempt",
];
type Act = HoldState | "undone" | "attempt";

export function History({ entries }: { entries: HistoryEntry[] }): JSX.Element {
  return (
    <section class="card side">
      <h2 class="side__title">{t("message.history")}</h2>
      <ol class="history">
        {entries.map((entry, at) => (
          <li key={at}>
            <span class="history__act">
              {acts.includes(entry.act) ? t(`state.${entry.act as Act}`) : <Foreign text={entry.act} />}
            </span>
            {entry.detail && (
              <span class="history__detail">
                <Foreign text={entry.detail} />
              </span>
            )}
            <span class="history__who">
              {entry.who && <Foreign text={entry.who} />}
              {entry.who && " · "}
              <Time at={entry.at} text={full_time(entry.at)} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
