// What a failed call means, in plain words.
import { ApiError } from "../api/client";
import { isolated, language_in_use, t } from "../i18n";

/** The gateway speaks English. Whoever reads another language gets our words first, and its own behind them. */
const own_words = (detail: string) => (language_in_use() === "en" ? detail : "");

export function in_words(failure: unknown): string {
  if (!(failure instanceof ApiError)) throw failure;
  switch (failure.status) {
    case 0:
      return t("error.network");
    case 401:
      return t("error.session");
    case 403:
      return own_words(failure.detail) || t("error.forbidden");
    case 404:
      return t("error.missing");
    case 409:
      return t("error.conflict");
    case 413:
      return t("error.too_large");
    case 429:
      return t("error.too_many");
    default:
      // The gateway's own words say most about a request it would not take.
      if (failure.status >= 500 || !failure.detail) return t("error.server");
      return own_words(failure.detail) || t("error.refused", { detail: isolated(failure.detail) });
  }
}
