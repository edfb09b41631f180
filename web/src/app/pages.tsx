import type { ReactNode } from "react";
import { ClusterPage } from "../pages/cluster-page.tsx";
import { EventsPage } from "../pages/events-page.tsx";
import { NodesPage } from "../pages/nodes-page.tsx";
import { VmPage } from "../pages/vm-page.tsx";
import { VmsPage } from "../pages/vms-page.tsx";

interface ConsolePage {
  /** As the navigation has it; undefined: not in the navigation. */
  readonly title?: string;
  readonly href: string;
  /** What a path names of it: undefined where it is another page's. */
  readonly parts: (path: string) => string | undefined;
  /** Whether a page belongs to it that is not in the navigation. */
  readonly isOf?: (path: string) => boolean;
  readonly show: (part: string) => ReactNode;
}

const exactly = (href: string) => (path: string) => (path === href ? "" : undefined);

/** The pages of the console, in the order of the navigation. */
export const pages: readonly ConsolePage[] = [
  { title: "Cluster", href: "/", parts: exactly("/"), show: () => <ClusterPage /> },
  {
    ...{ title: "Virtual machines", href: "/vms", parts: exactly("/vms"), show: () => <VmsPage /> },
    isOf: (path) => path.startsWith("/vms/"),
  },
  { href: "/vms/", parts: vmOf, show: (name) => <VmPage key={name} name={name} /> },
  { title: "Nodes", href: "/nodes", parts: exactly("/nodes"), show: () => <NodesPage /> },
  { title: "Events", href: "/events", parts: exactly("/events"), show: () => <EventsPage /> },
];

function vmOf(path: string): string | undefined {
  const name = /^\/vms\/([^/]+)$/.exec(path)?.[1];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
