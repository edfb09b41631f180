import type { ReactNode } from "react";
import { ClusterPage } from "../pages/cluster-page.tsx";
import { later } from "./later.ts";

// What is not looked at first is loaded when it is.
const VmsPage = later(async () => (await import("../pages/vms-page.tsx")).VmsPage);
const VmPage = later(async () => (await import("../pages/vm-page.tsx")).VmPage);
const NewVmPage = later(async () => (await import("../pages/new-vm-page.tsx")).NewVmPage);
const NodesPage = later(async () => (await import("../pages/nodes-page.tsx")).NodesPage);
const NodePage = later(async () => (await import("../pages/node-page.tsx")).NodePage);
const FencingPage = later(async () => (await import("../pages/fencing-page.tsx")).FencingPage);
const AddDevicePage = later(async () => (await import("../fencing/add-device-page.tsx")).AddDevicePage);
const PlanPage = later(async () => (await import("../plan/plan-page.tsx")).PlanPage);
const HealthPage = later(async () => (await import("../pages/health-page.tsx")).HealthPage);
const EventsPage = later(async () => (await import("../pages/events-page.tsx")).EventsPage);
const SettingsPage = later(async () => (await import("../pages/settings-page.tsx")).SettingsPage);
const TokensPage = later(async () => (await import("../pages/tokens-page.tsx")).TokensPage);
const RawPage = later(async () => (await import("../pages/raw-page.tsx")).RawPage);
const NewRawPage = later(async () => (await import("../pages/new-raw-page.tsx")).NewRawPage);

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

/** Beside /vms/, behind which stand names. */
const newVmHref = "/new-vm";
const newRawHref = "/new-raw";

const addDeviceHref = "/fencing/add";

/** The pages of the console, in the order of the navigation. */
export const pages: readonly ConsolePage[] = [
  { title: "Cluster", href: "/", parts: exactly("/"), show: () => <ClusterPage /> },
  {
    ...{ title: "Virtual machines", href: "/vms", parts: exactly("/vms"), show: () => <VmsPage /> },
    isOf: (path) => path.startsWith("/vms/") || path === newVmHref,
  },
  { href: newVmHref, parts: exactly(newVmHref), show: () => <NewVmPage /> },
  { href: "/vms/", parts: partAfter("vms"), show: (name) => <VmPage key={name} name={name} /> },
  {
    ...{ title: "Nodes", href: "/nodes", parts: exactly("/nodes"), show: () => <NodesPage /> },
    isOf: (path) => path.startsWith("/nodes/"),
  },
  { href: "/nodes/", parts: partAfter("nodes"), show: (name) => <NodePage key={name} name={name} /> },
  {
    ...{ title: "Fencing", href: "/fencing", parts: exactly("/fencing"), show: () => <FencingPage /> },
    isOf: (path) => path === addDeviceHref,
  },
  { href: addDeviceHref, parts: exactly(addDeviceHref), show: () => <AddDevicePage /> },
  { title: "Seeing ahead", href: "/plan", parts: exactly("/plan"), show: () => <PlanPage /> },
  { title: "Health", href: "/health", parts: exactly("/health"), show: () => <HealthPage /> },
  { title: "Events", href: "/events", parts: exactly("/events"), show: () => <EventsPage /> },
  { title: "Settings", href: "/settings", parts: exactly("/settings"), show: () => <SettingsPage /> },
  { title: "Tokens", href: "/tokens", parts: exactly("/tokens"), show: () => <TokensPage /> },
  {
    ...{ title: "Raw", href: "/raw", parts: exactly("/raw"), show: () => <RawPage /> },
    isOf: (path) => path === newRawHref,
  },
  { href: newRawHref, parts: exactly(newRawHref), show: () => <NewRawPage /> },
];

/** The name behind a folder: web1 of /vms/web1. */
function partAfter(folder: string): (path: string) => string | undefined {
  const pattern = new RegExp(`^/${folder}/([^/]+)$`);
  return (path) => {
    const name = pattern.exec(path)?.[1];
    try {
      return name === undefined ? undefined : decodeURIComponent(name);
    } catch {
      return undefined;
    }
  };
}
