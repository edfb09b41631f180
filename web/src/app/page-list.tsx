import { type ReactNode, useEffect } from "react";
import { followLink } from "./link.tsx";
import { pages } from "./pages.tsx";

interface PageListProps {
  readonly id: string;
  readonly path: string;
  readonly isOpen: boolean;
  /** Where it lies over the page: takes it away. */
  readonly close: (() => void) | undefined;
}

/** The pages, one of which is shown. */
export function PageList({ id, path, isOpen, close }: PageListProps): ReactNode {
  useEffect(() => {
    if (!isOpen || close === undefined) return;
    const key = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented) close();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [isOpen, close]);
  return (
    <div
      id={id}
      className={`pf-v6-c-page__sidebar ${isOpen ? "pf-m-expanded" : "pf-m-collapsed"}`}
      inert={!isOpen}
    >
      <div className="pf-v6-c-page__sidebar-main">
        <div className="pf-v6-c-page__sidebar-body">
          <nav className="pf-v6-c-nav" aria-label="Pages">
            <ul className="pf-v6-c-nav__list">
              {pages
                .filter(({ title }) => title !== undefined)
                .map(({ title, href, parts, isOf }) => {
                  const isHere = parts(path) !== undefined || isOf?.(path) === true;
                  return (
                    <li key={href} className="pf-v6-c-nav__item">
                      <a
                        href={href}
                        className={`pf-v6-c-nav__link${isHere ? " pf-m-current" : ""}`}
                        aria-current={isHere ? "page" : undefined}
                        onClick={(event) => {
                          followLink(event, href);
                          close?.();
                        }}
                      >
                        <span className="pf-v6-c-nav__link-text">{title}</span>
                      </a>
                    </li>
                  );
                })}
            </ul>
          </nav>
        </div>
      </div>
    </div>
  );
}
