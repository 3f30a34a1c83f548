// Figures for charts and tables, by the person's locale.
import { current_locale } from "./index";

/** "12K", "1.3M": where there is little room. */
export const compact_number = (value: number) =>
  new Intl.NumberFormat(current_locale(), { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** A calendar day ("2026-11-22") that is a day of no particular zone any more. */
export function day_name(day: string, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  return new Intl.DateTimeFormat(current_locale(), { ...options, timeZone: "UTC" }).format(date);
}
