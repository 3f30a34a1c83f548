// The content of a held message: attacker's text. As text by default; as HTML only inside a frame that may do nothing
// (sandbox without any permission; the document brings its own policy), and without images until the person asks.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { type HoldDetail, holds_api } from "../api/holds";
import { t } from "../i18n";
import { Button } from "./button";
import { ImageIcon } from "./icons";
import { Foreign } from "./text";

type View = "text" | "html";

export function MailBody({ hold }: { hold: HoldDetail }): JSX.Element {
  const [view, set_view] = useState<View>("text");
  const [images, set_images] = useState(false);
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
          {hold.has_remote_images && (
            <div class="images" role="status">
              <ImageIcon />
              <p>
                {images ? (
                  t("message.images_on")
                ) : (
                  <>
                    <strong>{t("message.images_off")}</strong> {t("message.images_risk")}
                  </>
                )}
              </p>
              {!images && <Button on_press={() => set_images(true)}>{t("message.images")}</Button>}
            </div>
          )}
          <iframe
            key={String(images)}
            class="body__frame"
            sandbox=""
            referrerpolicy="no-referrer"
            title={t("message.html_frame")}
            src={holds_api.html_url(hold.id, images)}
          />
        </>
      )}
    </section>
  );
}
