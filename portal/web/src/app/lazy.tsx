// Pages that are fetched when somebody first goes to them, so that the first view stays small.
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { Failure, Skeleton } from "../components/notice";

type Fetched = { page: ComponentType } | "loading" | "failed";

/** After an upgrade a page that stayed open asks for a file that is gone; a reload brings the new one. */
export function lazy(fetch_page: () => Promise<ComponentType>): ComponentType {
  let known: ComponentType | null = null;
  return function Lazy(): JSX.Element {
    const [fetched, set_fetched] = useState<Fetched>(known ? { page: known } : "loading");
    useEffect(() => {
      let here = true;
      if (!known) {
        fetch_page().then(
          (page) => {
            known = page;
            if (here) set_fetched({ page });
          },
          () => {
            if (here) set_fetched("failed");
          },
        );
      }
      return () => {
        here = false;
      };
    }, []);
    if (fetched === "loading") {
      return (
        <div class="page">
          <Skeleton rows={4} />
        </div>
      );
    }
    if (fetched === "failed") {
      return (
        <div class="page">
          <Failure error={new ApiError(0, "", null)} on_retry={() => location.reload()} />
        </div>
      );
    }
    const { page: Page } = fetched;
    return <Page />;
  };
}
