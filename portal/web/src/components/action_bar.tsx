// Release ▾ Reject ▾ Report ▾ Block ▾. Where there is room, Release and Reject act at once and keep their variants
// behind the arrow; on a phone each is one button that opens its choices.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Choice } from "../app/acts";
import { t } from "../i18n";
import { Button } from "./button";
import { BlockIcon, DownIcon, RejectIcon, ReleaseIcon, ReportIcon } from "./icons";
import { Menu, type MenuItem } from "./menu";

export interface Allowed {
  release: boolean;
  reject: boolean;
  report: boolean;
  manage_sender: boolean;
}

export function useNarrow(): boolean {
  const [media] = useState(() => matchMedia("(max-width: 719px)"));
  const [narrow, set_narrow] = useState(media.matches);
  useEffect(() => {
    const change = () => set_narrow(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, [media]);
  return narrow;
}

interface SplitProps {
  narrow: boolean;
  kind: "main" | "plain";
  icon: JSX.Element;
  label: string;
  more: string;
  busy: boolean;
  first: MenuItem;
  rest: MenuItem[];
}

function Split({ narrow, kind, icon, label, more, busy, first, rest }: SplitProps): JSX.Element {
  if (rest.length === 0) {
    return (
      <Button kind={kind} class={narrow ? "act" : ""} busy={busy} on_press={first.on_choose}>
        {icon}
        <span>{label}</span>
      </Button>
    );
  }
  if (narrow) {
    return (
      <Menu
        up
        disabled={busy}
        button_class={`button button--${kind} act`}
        items={[first, ...rest]}
        button={
          <>
            {icon}
            <span>{label}</span>
          </>
        }
      />
    );
  }
  return (
    <div class="split">
      <Button kind={kind} busy={busy} on_press={first.on_choose}>
        {icon}
        <span>{label}</span>
      </Button>
      <Menu
        disabled={busy}
        button_class={`button button--${kind} split__more`}
        label={more}
        items={rest}
        button={<DownIcon size={16} />}
      />
    </div>
  );
}

interface ActionBarProps {
  allowed: Allowed;
  busy: boolean;
  on_act: (choice: Choice) => void;
}

export function ActionBar({ allowed, busy, on_act }: ActionBarProps): JSX.Element {
  const narrow = useNarrow();
  const item = (key: string, label: string, choice: Choice, danger = false): MenuItem => ({
    key,
    label,
    danger,
    on_choose: () => on_act(choice),
  });
  const drop = (icon: JSX.Element, label: string, items: MenuItem[]) => (
    <Menu
      up={narrow}
      align="end"
      disabled={busy}
      button_class={`button button--plain ${narrow ? "act" : ""}`}
      items={items}
      button={
        <>
          {icon}
          <span>{label}</span>
          {!narrow && <DownIcon size={16} />}
        </>
      }
    />
  );
  const manages = allowed.manage_sender;
  return (
    <div class="actions" role="group" aria-label={t("act.actions")}>
      {allowed.release && (
        <Split
          narrow={narrow}
          kind="main"
          busy={busy}
          icon={<ReleaseIcon size={18} />}
          label={t("act.release")}
          more={t("act.release_more")}
          first={item("release", t("act.release"), { action: "release" })}
          rest={
            manages
              ? [
                  item("sender", t("act.release_permit_sender"), { action: "release", sender: "permit_sender" }),
                  item("domain", t("act.release_permit_domain"), { action: "release", sender: "permit_domain" }),
                ]
              : []
          }
        />
      )}
      {allowed.reject && (
        <Split
          narrow={narrow}
          kind="plain"
          busy={busy}
          icon={<RejectIcon size={18} />}
          label={t("act.reject")}
          more={t("act.reject_more")}
          first={item("reject", t("act.reject"), { action: "reject" })}
          rest={
            manages
              ? [
                  item("sender", t("act.reject_block_sender"), { action: "reject", sender: "block_sender" }),
                  item("domain", t("act.reject_block_domain"), { action: "reject", sender: "block_domain" }),
                ]
              : []
          }
        />
      )}
      {allowed.report &&
        drop(<ReportIcon size={18} />, t("act.report"), [
          item("spam", t("act.report_spam"), { action: "report", as: "spam" }),
          item("phishing", t("act.report_phishing"), { action: "report", as: "phishing" }, true),
        ])}
      {manages &&
        drop(<BlockIcon size={18} />, t("act.block"), [
          item("sender", t("act.block_sender"), { action: "block", sender: "block_sender" }),
          item("domain", t("act.block_domain"), { action: "block", sender: "block_domain" }),
        ])}
    </div>
  );
}
