import { Button } from "@patternfly/react-core";
import CloseIcon from "@patternfly/react-icons/dist/esm/icons/rh-microns-close-icon";
import { type ReactNode, useSyncExternalStore } from "react";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { useConsole } from "./console-context.ts";

/** What is told of what was begun here, over the page. There also while it is empty: what comes into it is read out. */
export function ToastList(): ReactNode {
  const { toasts } = useConsole();
  const list = useSyncExternalStore(toasts.subscribe, toasts.list);
  return (
    <ul
      className={list.length === 0 ? "haven-no-toasts" : "pf-v6-c-alert-group pf-m-toast"}
      aria-live="polite"
      aria-atomic="false"
      aria-label="What was begun here"
    >
      {list.map(({ id, variant, title, text }) => (
        <li key={id} className="pf-v6-c-alert-group__item">
          <QuickAlert
            variant={variant}
            title={title}
            actionClose={
              <Button
                variant="plain"
                aria-label={`Close: ${title}`}
                icon={<CloseIcon />}
                onClick={() => toasts.close(id)}
              />
            }
          >
            {text}
          </QuickAlert>
        </li>
      ))}
    </ul>
  );
}
