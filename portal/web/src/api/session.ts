// Who is signed in, and what the portal is called.
import { call } from "./client";

export type Role = "user" | "moderator" | "administrator";

export interface Person {
  address: string;
  name: string;
  role: Role;
  addresses: string[];
  /** Mailboxes of others this person acts for; what is held for those is among "mine" too. */
  acts_for: string[];
  product: Product;
  preferences: { language: string; time_zone: string };
  hostname: string;
}

/** The administrator's own name and colours for the portal. */
export interface Product {
  name: string;
  /** A path of this gateway. */
  logo: string | null;
  /** "#rrggbb" for light and for dark pages. */
  accent: string | null;
  accent_dark: string | null;
  support_text: string;
  support_url: string;
}

export const session_api = {
  branding: () => call<Product>("GET", "/branding"),
  methods: (address: string) =>
    call<{ methods: string[] }>("POST", "/sign-in/methods", { body: { address }, expects_401: true }),
  sign_in: (address: string, password: string) =>
    call<Person>("POST", "/session", { body: { address, password }, expects_401: true }),
  person: () => call<Person>("GET", "/session", { expects_401: true }),
  sign_out: () => call<void>("DELETE", "/session", { expects_401: true }),
};
