// What the gateway found out about a message: whom its name imitates, whether its sender is genuine, where its links lead.
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Authentication, HoldDetail, MailLink } from "../api/holds";
import { say } from "../app/toasts";
import { t, tx } from "../i18n";
import { Button } from "./button";
import { CheckIcon, CopyIcon, LinkIcon, QuestionIcon, RejectIcon, WarnIcon } from "./icons";
import { Foreign } from "./text";

export function LooksLike({ hold }: { hold: HoldDetail }): JSX.Element | null {
  const { looks_like, header_from, sender } = hold;
  if (!looks_like) return null;
  const name = <Foreign text={looks_like.name} class="looks__name" />;
  const address = <Foreign text={looks_like.address} class="looks__name" />;
  const real = <Foreign text={header_from.address || sender || t("holds.no_sender")} class="looks__name" />;
  return (
    <section class="card looks" role="note">
      <WarnIcon size={22} />
      <div>
        <p class="looks__title">
          {looks_like.name && looks_like.address
            ? tx("message.looks_like", { name, address, real })
            : tx("message.looks_like_one", { one: looks_like.name ? name : address, real })}
        </p>
        <p class="looks__text">{t("message.looks_like_text")}</p>
      </div>
    </section>
  );
}

const checks = ["spf", "dkim", "dmarc"] as const;
const results = {
  pass: { words: "message.auth_pass", icon: <CheckIcon size={16} /> },
  fail: { words: "message.auth_fail", icon: <RejectIcon size={16} /> },
  none: { words: "message.auth_none", icon: <QuestionIcon size={16} /> },
} as const;

export function AuthenticationResults({ found }: { found: Authentication }): JSX.Element | null {
  const made = checks.filter((check) => found[check]);
  if (made.length === 0) return null;
  return (
    <div class="auth">
      <h3 class="auth__title">{t("message.auth")}</h3>
      <ul class="auth__list">
        {made.map((check) => {
          const result = Object.hasOwn(results, found[check]) ? results[found[check] as keyof typeof results] : null;
          return (
            <li key={check} class={`auth__item auth__item--${result ? found[check] : "other"}`}>
              {result ? result.icon : <QuestionIcon size={16} />}
              <span>
                {t(`message.auth_${check}`)}:{" "}
                <span class="auth__result">{result ? t(result.words) : <Foreign text={found[check]} />}</span>
              </span>
            </li>
          );
        })}
      </ul>
      {found.from && <p class="auth__from">{tx("message.auth_from", { from: <Foreign text={found.from} /> })}</p>}
    </div>
  );
}

/** The clipboard is closed to pages without TLS; then the address is at least selected. */
async function copy(url: string, shown: HTMLElement | null): Promise<void> {
  try {
    await navigator.clipboard.writeText(url);
    say("done", t("message.link_copied"));
  } catch {
    if (shown) getSelection()?.selectAllChildren(shown);
    say("problem", t("message.link_not_copied"));
  }
}

function Target({ link, n }: { link: MailLink; n: number }): JSX.Element {
  const id = useId();
  return (
    <li class={`link ${link.differs ? "link--differs" : ""}`}>
      <div class="link__text">
        {link.differs && (
          <p class="link__warning">
            <WarnIcon size={16} />
            {t("message.link_differs")}
          </p>
        )}
        {link.host && (
          <p class="link__host">
            <Foreign text={link.host_unicode || link.host} />
            {link.host_unicode && (
              <span class="link__code">
                <Foreign text={link.host} />
              </span>
            )}
          </p>
        )}
        <p class="link__url mono" id={id}>
          <Foreign text={link.url} />
        </p>
        {link.text && link.text !== link.url && (
          <p class="link__shown">
            {t("message.link_text")} <Foreign text={link.text} />
          </p>
        )}
      </div>
      <Button
        kind="quiet"
        label={t("message.link_copy", { n })}
        on_press={() => void copy(link.url, document.getElementById(id))}
      >
        <CopyIcon />
      </Button>
    </li>
  );
}

/** Text, never something to press: the point of the list is to read where a link leads. */
export function Links({ links }: { links: MailLink[] }): JSX.Element | null {
  if (links.length === 0) return null;
  const differing = links.filter((link) => link.differs).length;
  return (
    <section class="card">
      <details class="fold fold--card" open={differing > 0}>
        <summary>
          <LinkIcon size={18} />
          <h2>{t("message.links", { n: links.length })}</h2>
          {differing > 0 && (
            <span class="link__badge">
              <WarnIcon size={15} />
              {t("message.links_differing", { n: differing })}
            </span>
          )}
        </summary>
        <p class="links__note">{t("message.links_note")}</p>
        <ol class="links">
          {links.map((link, at) => (
            <Target key={at} link={link} n={at + 1} />
          ))}
        </ol>
      </details>
    </section>
  );
}
