// The product's mark and name as the administrator set them, or our own.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useProduct } from "../app/branding";
import { t } from "../i18n";
import { Gate } from "./icons";

/** The gate stands in for a logo that there is not, or that cannot be loaded. */
export function Mark({ size }: { size: number }): JSX.Element {
  const { logo } = useProduct();
  const [broken, set_broken] = useState(false);
  useEffect(() => set_broken(false), [logo]);
  if (!logo || broken) return <Gate size={size} />;
  return <img class="logo" src={logo} alt="" height={size} onError={() => set_broken(true)} />;
}

/** Whom to ask, in the administrator's words. */
export function Support({ class: name }: { class: string }): JSX.Element | null {
  const { support_text, support_url } = useProduct();
  if (!support_text && !support_url) return null;
  const followed = /^(https?:|mailto:|tel:)/i.test(support_url);
  return (
    <p class={`support ${name}`}>
      {support_text && <bdi dir="auto">{support_text}</bdi>}{" "}
      {followed && (
        <a href={support_url} rel="noreferrer" target={support_url.startsWith("http") ? "_blank" : undefined}>
          {t("app.support")}
        </a>
      )}
    </p>
  );
}
