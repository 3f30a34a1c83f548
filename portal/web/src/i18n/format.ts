// Dates, spans and sizes through Intl, in the time zone the person chose, or else the browser's.
import { current_locale } from "./index";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const formats = new Map<string, Intl.DateTimeFormat>();
let zone = "";

export const browser_time_zone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;
export const time_zone = () => zone || browser_time_zone();

/** An IANA name; "" is the browser's, and so is a zone this browser does not know. */
export function choose_time_zone(name: string): void {
  try {
    if (name) new Intl.DateTimeFormat("en", { timeZone: name });
    zone = name;
  } catch {
    zone = "";
  }
}

function date_format(
  options: Intl.DateTimeFormatOptions,
  locale = current_locale(),
  zone_name = zone,
): Intl.DateTimeFormat {
  const key = `${locale} ${zone_name} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, zone_name ? { ...options, timeZone: zone_name } : options);
    formats.set(key, format);
  }
  return format;
}

/** The calendar day in the chosen zone, "2025-03-30". */
const day_of = (date: Date) => date_format({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA").format(date);

/** For lists: the time today, the weekday this week, else the date. */
export function short_time(at: string, now = Date.now()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const today = day_of(new Date(now));
  const that_day = day_of(date);
  if (that_day === today) {
    return date_format({ hour: "numeric", minute: "2-digit" }).format(date);
  }
  const age = now - date.getTime();
  if (age >= 0 && age < 6 * day) {
    return date_format({ weekday: "short", hour: "numeric", minute: "2-digit" }).format(date);
  }
  if (that_day.slice(0, 4) === today.slice(0, 4)) return date_format({ day: "numeric", month: "short" }).format(date);
  return date_format({ day: "numeric", month: "short", year: "numeric" }).format(date);
}

export function full_time(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date_format({ dateStyle: "full", timeStyle: "short" }).format(date);
}

const to_come = { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" } as const;

/** For what is to come: "Tuesday, 3 June at 08:00". */
export function day_and_time(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date_format(to_come).format(date);
}

/** The same on the clocks of another zone; null if this browser does not know the zone. */
export function day_and_time_in(name: string, at: string): string | null {
  try {
    return date_format(to_come, current_locale(), name).format(new Date(at));
  } catch {
    return null;
  }
}

/** A time of day such as "08:00", written as the language writes it. */
export function clock_time(hours_and_minutes: string): string {
  const [hours = 0, minutes = 0] = hours_and_minutes.split(":").map(Number);
  const format = new Intl.DateTimeFormat(current_locale(), { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
  return format.format(Date.UTC(2024, 0, 1, hours, minutes));
}

/** The date alone, for what happened long ago. */
export function short_date(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date_format({ dateStyle: "medium" }).format(date);
}

/** What a clock shows in another zone now, with its distance from UTC: "15:04, GMT+2". */
export function clock_in(name: string): string {
  try {
    const format = new Intl.DateTimeFormat(current_locale(), {
      hour: "numeric",
      minute: "2-digit",
      timeZone: name,
      timeZoneName: "shortOffset",
    });
    return format.format(new Date());
  } catch {
    // The gateway may know a zone that this browser does not.
    return "";
  }
}

/** The days of the week from Monday on, in the language's own words. */
export function day_names(width: "long" | "short"): string[] {
  const format = new Intl.DateTimeFormat(current_locale(), { weekday: width, timeZone: "UTC" });
  // The first of January 2024 was a Monday.
  return Array.from({ length: 7 }, (_, at) => format.format(Date.UTC(2024, 0, 1 + at)));
}

/** "in 13 days", "in 5 hours", "2 days ago". */
export function distance(at: string, now = Date.now()): string {
  const span = new Date(at).getTime() - now;
  if (Number.isNaN(span)) return "";
  const relative = new Intl.RelativeTimeFormat(current_locale(), { numeric: "auto" });
  const size = Math.abs(span);
  if (size >= 36 * hour) return relative.format(Math.round(span / day), "day");
  if (size >= hour) return relative.format(Math.round(span / hour), "hour");
  return relative.format(Math.round(span / minute), "minute");
}

/** Milliseconds from now; negative when past. */
export const time_left = (at: string, now = Date.now()) => new Date(at).getTime() - now;

export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(current_locale(), {
    style: "unit",
    unit: units[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

export const number = (value: number) => new Intl.NumberFormat(current_locale()).format(value);

/** "a, b and c". */
export const list_words = (parts: readonly string[]) =>
  new Intl.ListFormat(current_locale(), { type: "conjunction" }).format(parts);
