// The picture beside the sign-in form: a wall by night, and in it a small gate with light behind.
import type { JSX } from "preact";

const stone_height = 34;
const widths = [92, 64, 78, 108, 70, 86, 60, 98];

interface Stone {
  x: number;
  y: number;
  width: number;
  tone: number;
}

/** Courses of stones of uneven widths, the same at every drawing. They start left of the picture: on a phone it is moved. */
function stones(left: number, right: number, height: number): Stone[] {
  const all: Stone[] = [];
  for (let course = 0; course * stone_height < height; course += 1) {
    let x = left - ((course * 37) % 70);
    for (let at = course; x < right; at += 1) {
      const wide = widths[(at * 3 + course) % widths.length]!;
      all.push({ x, y: course * stone_height, width: wide, tone: (at * 5 + course * 7) % 4 });
      x += wide;
    }
  }
  return all;
}

const drawn = stones(-300, 640, 820);

export function Wall(): JSX.Element {
  return (
    <svg class="wall" viewBox="0 0 640 820" preserveAspectRatio="xMidYMax slice" aria-hidden="true" focusable="false">
      {drawn.map((stone) => (
        <rect
          key={`${stone.x} ${stone.y}`}
          class={`wall__stone wall__stone--${stone.tone}`}
          x={stone.x + 1.5}
          y={stone.y + 1.5}
          width={stone.width - 3}
          height={stone_height - 3}
          rx="4"
        />
      ))}
      <path class="wall__frame" d="M228 820V610a92 92 0 0 1 184 0v210z" />
      <path class="wall__glow" d="M246 820V612a74 74 0 0 1 148 0v208z" />
      <path class="wall__door" d="M246 820V612a74 74 0 0 1 74-74v282z" />
      <circle class="wall__ring" cx="304" cy="700" r="6" />
    </svg>
  );
}
