// Arithmetic on colours, so that one brand colour yields a whole set whose text stays readable (WCAG 2.2, 1.4.3).

/** Hue in degrees, saturation and lightness from 0 to 1. */
export interface Hsl {
  h: number;
  s: number;
  l: number;
}

const form = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i;

/** Null for anything but "#rrggbb". */
export function hsl_of(text: string | null): Hsl | null {
  const found = form.exec(text ?? "");
  if (!found) return null;
  const [r, g, b] = [1, 2, 3].map((at) => Number.parseInt(found[at]!, 16) / 255) as [number, number, number];
  const most = Math.max(r, g, b);
  const least = Math.min(r, g, b);
  const span = most - least;
  const l = (most + least) / 2;
  if (span === 0) return { h: 0, s: 0, l };
  const s = span / (1 - Math.abs(2 * l - 1));
  const sector = most === r ? ((g - b) / span + 6) % 6 : most === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return { h: sector * 60, s, l };
}

function channels({ h, s, l }: Hsl): [number, number, number] {
  const reach = s * Math.min(l, 1 - l);
  const channel = (n: number) => {
    const k = (n + h / 30) % 12;
    return l - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [channel(0), channel(8), channel(4)];
}

export function css(colour: Hsl): string {
  return `#${channels(colour)
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

/** WCAG's relative luminance. */
function luminance(colour: Hsl): number {
  const [r, g, b] = channels(colour).map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  ) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: Hsl, other: Hsl): number {
  const [more, less] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (more + 0.05) / (less + 0.05);
}

export const white: Hsl = { h: 0, s: 0, l: 1 };
export const near_black: Hsl = { h: 160, s: 0.2, l: 0.07 };

/** The colour, made lighter or darker until it stands out from every ground by the ratio, as far as that goes. */
export function readable(colour: Hsl, grounds: Hsl[], ratio: number): Hsl {
  const step = grounds.every((ground) => luminance(ground) > 0.18) ? -0.01 : 0.01;
  const fits = (l: number) => grounds.every((ground) => contrast({ ...colour, l }, ground) >= ratio);
  let { l } = colour;
  while (!fits(l) && l + step >= 0 && l + step <= 1) l += step;
  return { ...colour, l };
}

/** White or nearly black, whichever reads better on the ground. */
export const ink_on = (ground: Hsl): Hsl =>
  contrast(white, ground) >= contrast(near_black, ground) ? white : near_black;
