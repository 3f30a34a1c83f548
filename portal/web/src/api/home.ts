// The first page after signing in: everything it shows comes in one answer.
import { call } from "./client";
import type { Hold } from "./holds";

export interface Home {
  held: number;
  held_is_exact: boolean;
  /** Received since the person's previous visit. */
  new: number;
  new_since: string | null;
  /** Within two days. */
  expiring_soon: number;
  /** Releases whose delivery failed. */
  failed: number;
  newest: Hold[];
  released: Hold[];
  counts_7d: { released: number; rejected: number; reported: number; refused: number };
  /** False where there are more than the gateway counts. */
  counts_are_exact: boolean;
  digest: { mode: string; next_at: string | null };
  gateway: {
    state: "ok" | "busy" | "trouble";
    /** What keeps the gateway busy or in trouble. */
    code: "ok" | "queue" | "backend" | "disk" | "store";
    text: string;
  };
  /** Null for those who do not have such a list. */
  moderated: number | null;
  all: number | null;
}

export const home_api = {
  home: (signal?: AbortSignal) => call<Home>("GET", "/home", { signal }),
};
