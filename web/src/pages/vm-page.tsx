import { Tab, Tabs, TabTitleText, Title } from "@patternfly/react-core";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { whyNotConsole } from "../actions/why-not-console.ts";
import type { Vm } from "../api/answers.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { Facts } from "../parts/facts.tsx";
import { Loading } from "../parts/loading.tsx";
import { memoryText } from "../parts/memory-text.ts";
import { PageSection } from "../parts/page-section.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { Screenshot } from "../parts/screenshot.tsx";
import { VmMenu } from "../parts/vm-menu.tsx";
import { VmStateLabel } from "../parts/vm-state-label.tsx";
import { EventList } from "./event-list.tsx";

// The terminal, the viewer of screens and the editor are large, and only wanted here.
const ConsolePanel = lazy(async () => ({
  default: (await import("../parts/console-panel.tsx")).ConsolePanel,
}));

const ScreenPanel = lazy(async () => ({ default: (await import("../parts/screen-panel.tsx")).ScreenPanel }));

const EditSpecification = lazy(async () => ({
  default: (await import("../spec/edit-specification.tsx")).EditSpecification,
}));

const VmPlacement = lazy(async () => ({ default: (await import("./vm-placement.tsx")).VmPlacement }));
const VmDifferences = lazy(async () => ({ default: (await import("./vm-differences.tsx")).VmDifferences }));
const VmVersions = lazy(async () => ({ default: (await import("./vm-versions.tsx")).VmVersions }));

/** Everything about one VM. */
export function VmPage({ name }: { readonly name: string }): ReactNode {
  const { status, vms } = useCluster();
  const vm = vms.find((one) => one.name === name);
  return (
    <PageSection>
      <p>
        <Link to="/vms">Virtual machines</Link>
      </p>
      {vm !== undefined ? <Known vm={vm} /> : status === undefined ? <Loading /> : <Unknown name={name} />}
    </PageSection>
  );
}

interface VmTab {
  readonly id: string;
  readonly title: string;
  readonly show: (vm: Vm) => ReactNode;
}

const tabs: readonly VmTab[] = [
  { id: "overview", title: "Overview", show: (vm) => <Overview vm={vm} /> },
  { id: "console", title: "Console", show: (vm) => <ConsoleTab vm={vm} /> },
  { id: "screen", title: "Screen", show: (vm) => <ScreenTab vm={vm} /> },
  { id: "events", title: "Events", show: ({ name }) => <EventList question={{ vm: name }} /> },
  { id: "specification", title: "Specification", show: ({ name }) => <EditSpecification name={name} /> },
  { id: "placement", title: "Placement", show: (vm) => <VmPlacement vm={vm} /> },
  { id: "differences", title: "Differences", show: (vm) => <VmDifferences vm={vm} /> },
  { id: "versions", title: "Versions", show: ({ name }) => <VmVersions name={name} /> },
];

function Unknown({ name }: { readonly name: string }): ReactNode {
  return <QuickAlert isInline variant="warning" title={`There is no VM ${name}`} component="h1" />;
}

function Known({ vm }: { readonly vm: Vm }): ReactNode {
  const [tab, setTab] = useState<string | number>("overview");
  return (
    <>
      <div className="haven-title">
        <Title headingLevel="h1">{vm.name}</Title>
        <VmStateLabel vm={vm} />
        <VmMenu vm={vm} text="Actions" />
      </div>
      {vm.failures.map((text) => (
        <QuickAlert key={text} isInline variant="danger" title={text} />
      ))}
      <Tabs
        activeKey={tab}
        onSelect={(_, key) => setTab(key)}
        aria-label={`About ${vm.name}`}
        mountOnEnter
        unmountOnExit
      >
        {tabs.map(({ id, title, show }) => (
          <Tab key={id} eventKey={id} title={<TabTitleText>{title}</TabTitleText>}>
            <div className="haven-tab">
              <Suspense fallback={<Loading />}>{show(vm)}</Suspense>
            </div>
          </Tab>
        ))}
      </Tabs>
    </>
  );
}

function Overview({ vm }: { readonly vm: Vm }): ReactNode {
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Node", vm.nodes.length === 0 ? "none" : vm.nodes.join(" → ")],
    ["Wanted", vm.wanted],
    ["Memory", memoryText(vm.memory)],
    ["CPUs", vm.cpu ?? "unknown"],
    ["Managed", vm.managed ? "yes" : vm.maintenance ? "no: maintenance" : "no"],
    ["Live migration", vm.migratable ? "allowed" : "not allowed"],
    ["Prefers", vm.prefer.length === 0 ? "no node" : vm.prefer.join(", ")],
    ["Labels", vm.labels.length === 0 ? "none" : vm.labels.join(", ")],
    ["Priority", vm.priority],
    ["Hypervisor", vm.hypervisor ?? "qemu"],
    ["UUID", vm.uuid ?? "unknown"],
  ];
  return (
    <div className="haven-overview">
      <Facts facts={facts} />
      <Screenshot vm={vm} />
    </div>
  );
}

function ConsoleTab({ vm }: { readonly vm: Vm }): ReactNode {
  const { session } = useConsole();
  return <ConsolePanel vm={vm} why={whyNotConsole(vm, session.role)} />;
}

function ScreenTab({ vm }: { readonly vm: Vm }): ReactNode {
  const { session } = useConsole();
  return <ScreenPanel vm={vm} why={whyNotConsole(vm, session.role, "screen")} />;
}
