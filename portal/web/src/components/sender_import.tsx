// Senders from a file: chosen or pasted, checked line by line, and imported as a whole or not at all.
import type { JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { senders_api, type SenderChanges, type SenderList } from "../api/senders";
import { problem_words } from "../app/sender_changes";
import { say } from "../app/toasts";
import { in_words } from "../app/words_for_errors";
import { t } from "../i18n";
import { number } from "../i18n/format";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { CheckIcon, WarnIcon } from "./icons";
import { Foreign } from "./text";

const csv_bytes_max = 2 * 1024 * 1024;

function Preview({ changes }: { changes: SenderChanges }): JSX.Element {
  const { added, moved, unchanged, problems } = changes.counts;
  if (problems > 0) {
    return (
      <>
        <p class="add__failure">
          <WarnIcon size={16} />
          {t("senders.import_problems", { n: problems })}
        </p>
        <div class="import__table" role="region" aria-label={t("senders.import_problem")} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("senders.import_line")}</th>
                <th scope="col">{t("senders.import_entry")}</th>
                <th scope="col">{t("senders.import_problem")}</th>
              </tr>
            </thead>
            <tbody>
              {changes.problems.map((problem) => (
                <tr key={problem.index}>
                  <td>{number(problem.line ?? problem.index + 1)}</td>
                  <td>
                    <Foreign text={problem.entry} class="mono" />
                  </td>
                  <td>{problem_words(problem)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </>
    );
  }
  return (
    <ul class="import__counts">
      <li>
        <CheckIcon size={16} /> {t("senders.import_ready", { n: added })}
      </li>
      {moved > 0 && <li>{t("senders.import_moves", { n: moved })}</li>}
      {unchanged > 0 && <li>{t("senders.import_there", { n: unchanged })}</li>}
    </ul>
  );
}

interface ImportProps {
  /** For lines that name none. */
  list: SenderList;
  own: string;
  on_imported: () => void;
  on_close: () => void;
}

export function ImportDialog({ list, own, on_imported, on_close }: ImportProps): JSX.Element {
  const [csv, set_csv] = useState("");
  const [file_name, set_file_name] = useState("");
  const [changes, set_changes] = useState<SenderChanges | null>(null);
  const [failure, set_failure] = useState<string | null>(null);
  const [busy, set_busy] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const id = useId();
  const usual = list === "auto_permitted" ? "permitted" : list;

  const take = (text: string, name: string) => {
    set_csv(text);
    set_file_name(name);
    set_changes(null);
    set_failure(null);
  };
  const read = async (chosen: File | undefined) => {
    if (!chosen) return;
    if (chosen.size > csv_bytes_max) {
      take("", "");
      set_failure(t("senders.import_too_large"));
      return;
    }
    take(await chosen.text(), chosen.name);
  };

  const ask = async (dry_run: boolean) => {
    if (!csv.trim()) return set_failure(t("senders.import_empty"));
    if (new Blob([csv]).size > csv_bytes_max) return set_failure(t("senders.import_too_large"));
    set_failure(null);
    set_busy(true);
    try {
      const answer = await senders_api.import(csv, usual, dry_run, own);
      if (dry_run || answer.counts.problems > 0) set_changes(answer);
      else {
        say("done", t("senders.imported", { n: answer.counts.added + answer.counts.moved }));
        on_imported();
        on_close();
      }
    } catch (thrown) {
      set_failure(in_words(thrown));
    } finally {
      set_busy(false);
    }
  };

  const counts = changes?.counts;
  const may_import = counts !== undefined && counts.problems === 0 && counts.added + counts.moved > 0;
  return (
    <Dialog title={t("senders.import_title")} on_close={on_close}>
      <form
        class="import"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void ask(!may_import);
        }}
      >
        <p class="dialog__text">{t("senders.import_text", { list: t(`senders.${usual}`) })}</p>
        <div class="import__file">
          <input
            ref={file}
            class="hidden"
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            tabIndex={-1}
            aria-label={t("senders.import_file")}
            onChange={(event) => void read(event.currentTarget.files?.[0])}
          />
          <Button on_press={() => file.current?.click()}>{t("senders.import_file")}</Button>
          {file_name && <Foreign text={file_name} class="mono" />}
        </div>
        <div class="field">
          <label for={id}>{t("senders.import_paste")}</label>
          <textarea
            id={id}
            class="mono"
            rows={6}
            spellcheck={false}
            dir="auto"
            value={csv}
            aria-describedby={`${id}-said`}
            onInput={(event) => take(event.currentTarget.value, "")}
          />
        </div>
        <div id={`${id}-said`} class="import__said" role="status">
          {failure && (
            <p class="add__failure">
              <WarnIcon size={16} />
              {failure}
            </p>
          )}
          {changes && <Preview changes={changes} />}
        </div>
        <div class="dialog__buttons">
          <Button on_press={on_close}>{t("confirm.cancel")}</Button>
          <Button
            kind={may_import ? "plain" : "main"}
            type={may_import ? "button" : "submit"}
            busy={busy}
            on_press={() => {
              if (may_import) void ask(true);
            }}
          >
            {t("senders.import_check")}
          </Button>
          {may_import && (
            <Button kind="main" type="submit" busy={busy}>
              {t("senders.import_do")}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
