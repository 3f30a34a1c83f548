// Dates, spans and sizes through Intl, in the person's own time zone.
import { current_locale } from "./index";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const formats = new Map<string, Intl.DateTimeFormat>();

function date_format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = current_locale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(current_locale(), options)));
  return format;
}

/** For lists: the time today, the weekday this week, else the date. */
export function short_time(at: string, now = Date.now()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) {
    return date_format({ hour: "numeric", minute: "2-digit" }).format(date);
  }
  const age = now - date.getTime();
  if (age >= 0 && age < 6 * day) {
    return date_format({ weekday: "short", hour: "numeric", minute: "2-digit" }).format(date);
  }
  if (date.getFullYear() === today.getFullYear()) return date_format({ day: "numeric", month: "short" }).format(date);
  return date_format({ day: "numeric", month: "short", year: "numeric" }).format(date);
}

export function full_time(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date_format({ dateStyle: "full", timeStyle: "short" }).format(date);
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
