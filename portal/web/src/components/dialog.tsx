// Modal dialogs on the browser's own <dialog>: it keeps the focus inside and gives it back afterwards.
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { createStore, useStore } from "../app/store";
import { t } from "../i18n";
import { Button } from "./button";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** Without it the dialog cannot be left by Escape or a click beside it. */
  on_close?: () => void;
  alert?: boolean;
}

export function Dialog({ title, children, on_close, alert }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Before anything else is painted or typed: until then it is closed, and the keyboard still with the page behind.
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      role={alert ? "alertdialog" : undefined}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        on_close?.();
      }}
      onClick={(event) => {
        if (event.target === element.current) on_close?.();
      }}
    >
      <div class="dialog__body">
        <h2 class="dialog__title" id={heading}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  yes: string;
  danger: boolean;
}

const asked = createStore<(Question & { answer: (yes: boolean) => void }) | null>(null);

/** Asks before something that cannot easily be taken back. */
export function ask_first(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    asked.get()?.answer(false);
    asked.set({
      ...question,
      answer: (yes) => {
        asked.set(null);
        resolve(yes);
      },
    });
  });
}

export function QuestionHost(): JSX.Element | null {
  const question = useStore(asked);
  if (!question) return null;
  return (
    <Dialog alert title={question.title} on_close={() => question.answer(false)}>
      <p class="dialog__text">{question.text}</p>
      <div class="dialog__buttons">
        <Button on_press={() => question.answer(false)}>{t("confirm.cancel")}</Button>
        <Button kind={question.danger ? "danger" : "main"} on_press={() => question.answer(true)}>
          {question.yes}
        </Button>
      </div>
    </Dialog>
  );
}
