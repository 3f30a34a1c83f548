import type { JSX } from "preact";
import { t } from "../i18n";
import { Dialog } from "./dialog";
import { SignInForm } from "./sign_in_form";

/** Over the page that is open; what was typed there stays. */
export function SessionEnded({ address }: { address: string }): JSX.Element {
  return (
    <Dialog title={t("sign_in.ended")}>
      <p class="dialog__text">{t("sign_in.ended_text")}</p>
      <SignInForm address={address} />
      <p class="dialog__aside">
        <a href="/sign-in">{t("sign_in.other_person")}</a>
      </p>
    </Dialog>
  );
}
