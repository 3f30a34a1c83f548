// Where each list of holds lives, and what a person of each role may see.
import type { Scope } from "../api/holds";
import type { Role } from "../api/session";
import type { Key } from "../i18n";

interface ScopePage {
  scope: Scope;
  path: string;
  title: Key & `${string}.title`;
  lead: Key & `${string}.lead`;
  roles: Role[];
}

export const scope_pages: ScopePage[] = [
  {
    scope: "mine",
    path: "/on-hold",
    title: "holds.title",
    lead: "holds.lead",
    roles: ["user", "moderator", "administrator"],
  },
  {
    scope: "moderated",
    path: "/moderated",
    title: "moderated.title",
    lead: "moderated.lead",
    roles: ["moderator", "administrator"],
  },
  { scope: "all", path: "/all-holds", title: "all.title", lead: "all.lead", roles: ["administrator"] },
];

export const page_of = (scope: Scope): ScopePage => scope_pages.find((page) => page.scope === scope) ?? scope_pages[0]!;
export const message_path = (scope: Scope, id: string) => `${page_of(scope).path}/${encodeURIComponent(id)}`;
