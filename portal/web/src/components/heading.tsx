import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useProduct } from "../app/branding";
import { has_moved } from "../app/router";

interface HeadingProps {
  /** For the window title; the heading itself may be richer. */
  name: string;
  children: ComponentChildren;
  class?: string;
  /** False if the page places the focus itself. */
  takes_focus?: boolean;
}

/** The one h1 of a page. Coming from another page it takes the focus, so that screen readers say where one is. */
export function Heading({ name, children, takes_focus = true, ...rest }: HeadingProps): JSX.Element {
  const product = useProduct();
  const element = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name} · ${product.name}`;
  }, [name, product.name]);
  useEffect(() => {
    if (takes_focus && has_moved()) element.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={element} tabIndex={-1} class={rest.class}>
      {children}
    </h1>
  );
}
