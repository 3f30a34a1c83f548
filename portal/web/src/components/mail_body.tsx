// The content of a held message: attacker's text. As text by default; as HTML only inside a frame that may do nothing
// (sandbox without any permission; the document brings its own policy), and without images until the person asks.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { type HoldDetail, holds_api } from "../api/holds";
import { t, tx } from "../i18n";
import { list_words } from "../i18n/format";
import { Button } from "./button";
import { ImageIcon } from "./icons";
import { Foreign } from "./text";

type View = "text" | "html";

export function MailBody({ hold }: { hold: HoldDetail }): JSX.Element {
  const [view, set_view] = useState<View>("text");
  const [images, set_images] = useState(false);
  const [inline, set_inline] = useState(false);
  const carried = hold.inline_images ?? 0;
  const hosts = hold.remote_image_hosts ?? [];
  const name = useId();
  return (
    <section class="card body">
      <div class="body__head">
        {hold.has_html ? (
          <fieldset class="switch">
            <legend class="hidden">{t("message.view")}</legend>
            {(["text", "html"] as const).map((each) => (
              <label key={each} class="switch__item">
                <input type="radio" name={name} checked={view === each} onChange={() => set_view(each)} />
                <span>{t(`message.${each}`)}</span>
              </label>
            ))}
          </fieldset>
        ) : (
          <h2 class="body__title">{t("message.text")}</h2>
        )}
        <p class="body__note">{t(view === "html" ? "message.html_note" : "message.text_note")}</p>
      </div>
      {view === "text" ? (
        <>
          {hold.text ? (
            <div class="body__text">
              <Foreign text={hold.text} />
            </div>
          ) : (
            <p class="body__text faint">{t("message.text_empty")}</p>
          )}
          {hold.text_truncated && <p class="body__more">{t("message.text_truncated")}</p>}
        </>
      ) : (
        <>
          {carried > 0 && (
            <div class="images" role="status">
              <ImageIcon />
              <p>{inline ? t("message.inline_on") : t("message.inline_off", { n: carried })}</p>
              {!inline && <Button on_press={() => set_inline(true)}>{t("message.inline")}</Button>}
            </div>
          )}
          {hold.has_remote_images && (
            <div class="images images--remote" role="status">
              <ImageIcon />
              <p>
                {images ? (
                  t("message.images_on")
                ) : (
                  <>
                    <strong>{t("message.images_off")}</strong> {t("message.images_risk")}{" "}
                    {hosts.length > 0 &&
                      tx("message.images_hosts", { hosts: <Foreign text={list_words(hosts)} class="images__hosts" /> })}
                  </>
                )}
              </p>
              {!images && <Button on_press={() => set_images(true)}>{t("message.images")}</Button>}
            </div>
          )}
          <iframe
            key={`${images} ${inline}`}
            class="body__frame"
            sandbox=""
            referrerpolicy="no-referrer"
            title={t("message.html_frame")}
            src={holds_api.html_url(hold.id, { images, inline })}
          />
        </>
      )}
    </section>
  );
}
