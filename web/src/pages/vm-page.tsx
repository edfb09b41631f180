import {
  Alert,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  PageSection,
  Tab,
  Tabs,
  TabTitleText,
  Title,
} from "@patternfly/react-core";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { whyNotConsole } from "../actions/why-not-console.ts";
import type { Vm } from "../api/answers.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { Loading } from "../parts/loading.tsx";
import { memoryText } from "../parts/memory-text.ts";
import { Screenshot } from "../parts/screenshot.tsx";
import { VmMenu } from "../parts/vm-menu.tsx";
import { VmStateLabel } from "../parts/vm-state-label.tsx";
import { EventList } from "./event-list.tsx";

// The terminal, the viewer of screens and the editor are large, and only wanted here.
const ConsolePanel = lazy(async () => {
  const { ConsolePanel: default_ } = await import("../parts/console-panel.tsx");
  return { default: default_ };
});

const ScreenPanel = lazy(async () => {
  const { ScreenPanel: default_ } = await import("../parts/screen-panel.tsx");
  return { default: default_ };
});

const EditSpecification = lazy(async () => {
  const { EditSpecification: default_ } = await import("../spec/edit-specification.tsx");
  return { default: default_ };
});

/** Everything about one VM. */
export function VmPage({ name }: { readonly name: string }): ReactNode {
  const { status, vms } = useCluster();
  const vm = vms.find((one) => one.name === name);
  return (
    <PageSection isFilled>
      <p>
        <Link to="/vms">Virtual machines</Link>
      </p>
      {vm !== undefined ? <Known vm={vm} /> : status === undefined ? <Loading /> : <Unknown name={name} />}
    </PageSection>
  );
}

function Unknown({ name }: { readonly name: string }): ReactNode {
  return <Alert isInline variant="warning" title={`There is no VM ${name}`} component="h1" />;
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
        <Alert key={text} isInline variant="danger" title={text} />
      ))}
      <Tabs
        activeKey={tab}
        onSelect={(_, key) => setTab(key)}
        aria-label={`About ${vm.name}`}
        mountOnEnter
        unmountOnExit
      >
        <Tab eventKey="overview" title={<TabTitleText>Overview</TabTitleText>}>
          <Overview vm={vm} />
        </Tab>
        <Tab eventKey="console" title={<TabTitleText>Console</TabTitleText>}>
          <ConsoleTab vm={vm} />
        </Tab>
        <Tab eventKey="screen" title={<TabTitleText>Screen</TabTitleText>}>
          <ScreenTab vm={vm} />
        </Tab>
        <Tab eventKey="events" title={<TabTitleText>Events</TabTitleText>}>
          <div className="haven-tab">
            <EventList question={{ vm: vm.name }} />
          </div>
        </Tab>
        <Tab eventKey="specification" title={<TabTitleText>Specification</TabTitleText>}>
          <div className="haven-tab">
            <Suspense fallback={<Loading />}>
              <EditSpecification name={vm.name} />
            </Suspense>
          </div>
        </Tab>
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
    <div className="haven-overview haven-tab">
      <DescriptionList isCompact isHorizontal>
        {facts.map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
      <Screenshot vm={vm} />
    </div>
  );
}

function ConsoleTab({ vm }: { readonly vm: Vm }): ReactNode {
  const { session } = useConsole();
  const why = whyNotConsole(vm, session.role);
  return (
    <div className="haven-tab">
      <Suspense fallback={<Loading />}>
        <ConsolePanel vm={vm} why={why} />
      </Suspense>
    </div>
  );
}

function ScreenTab({ vm }: { readonly vm: Vm }): ReactNode {
  const { session } = useConsole();
  return (
    <div className="haven-tab">
      <Suspense fallback={<Loading />}>
        <ScreenPanel vm={vm} why={whyNotConsole(vm, session.role, "screen")} />
      </Suspense>
    </div>
  );
}
