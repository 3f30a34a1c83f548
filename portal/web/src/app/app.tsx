// Which page stands at which address.
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Heading } from "../components/heading";
import { Gate } from "../components/icons";
import { QuestionHost } from "../components/dialog";
import { Failure } from "../components/notice";
import { SessionEnded } from "../components/session_ended";
import { Shell } from "../components/shell";
import { ToastRegion } from "../components/toast_region";
import { t, useLanguage } from "../i18n";
import { HomePage } from "../pages/home";
import { HoldsPage } from "../pages/holds";
import { MessagePage } from "../pages/message";
import { SignInPage } from "../pages/sign_in";
import { useProduct } from "./branding";
import { lazy } from "./lazy";
import { go, Link, usePlace } from "./router";
import { scope_pages } from "./scopes";
import { start_session, useSession } from "./session";
import type { Role } from "../api/session";

const AccountPage = lazy(() => import("../pages/account").then((it) => it.AccountPage));
const RejectedPage = lazy(() => import("../pages/rejected").then((it) => it.RejectedPage));
const SendersPage = lazy(() => import("../pages/senders").then((it) => it.SendersPage));
const ReportsPage = lazy(() => import("../pages/reports").then((it) => it.ReportsPage));
const RulesPage = lazy(() => import("../pages/rules").then((it) => it.RulesPage));

/** Pages without anything behind them in the address; those of administrators are nobody else's. */
const plain_pages: Record<string, { page: ComponentType; administration?: true }> = {
  "": { page: HomePage },
  senders: { page: SendersPage },
  rejected: { page: RejectedPage },
  account: { page: AccountPage },
  reports: { page: ReportsPage, administration: true },
  rules: { page: RulesPage, administration: true },
};

function NotFound(): JSX.Element {
  return (
    <div class="page">
      <header class="page__head">
        <Heading name={t("app.not_found")}>{t("app.not_found")}</Heading>
        <p class="page__lead">{t("app.not_found_text")}</p>
      </header>
      <p>
        <Link to="/" class="button button--main">
          {t("app.to_home")}
        </Link>
      </p>
    </div>
  );
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function page_at(path: string, role: Role): JSX.Element {
  const [first = "", second, ...rest] = path.split("/").filter(Boolean);
  if (rest.length === 0) {
    const plain = Object.hasOwn(plain_pages, first) ? plain_pages[first] : undefined;
    if (plain && second === undefined && (!plain.administration || role === "administrator")) {
      return <plain.page key={first} />;
    }
    const page = scope_pages.find((each) => each.path === `/${first}` && each.roles.includes(role));
    if (page && second === undefined) return <HoldsPage key={page.scope} scope={page.scope} />;
    const id = second === undefined ? null : decoded(second);
    if (page && id) return <MessagePage key={page.scope} scope={page.scope} id={id} />;
  }
  return <NotFound />;
}

function Content(): JSX.Element {
  const session = useSession();
  const { path } = usePlace();
  const product = useProduct();
  const signed_in = session.phase === "signed_in";
  const elsewhere = path === "/sign-in";
  useEffect(() => {
    if (signed_in && elsewhere) go("/", "replace");
  }, [signed_in, elsewhere]);

  switch (session.phase) {
    case "starting":
      return (
        <main class="waiting" aria-label={t("app.loading")}>
          <Gate size={56} />
        </main>
      );
    case "unreachable":
      return (
        <main class="waiting">
          <h1 class="hidden">{product.name}</h1>
          <Gate size={56} />
          <Failure error={session.error} on_retry={() => void start_session()} />
        </main>
      );
    case "signed_out":
      return <SignInPage />;
    case "signed_in":
    case "ended":
      return (
        <Shell person={session.person} path={path}>
          {elsewhere ? null : page_at(path, session.person.role)}
          {session.phase === "ended" && <SessionEnded address={session.person.address} />}
        </Shell>
      );
  }
}

export function App(): JSX.Element {
  useLanguage();
  return (
    <>
      <Content />
      <QuestionHost />
      <ToastRegion />
    </>
  );
}
