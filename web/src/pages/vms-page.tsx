import { Button, Pagination, Title } from "@patternfly/react-core";
import { type ReactNode, useMemo, useState } from "react";
import { vmDefinitionRoutes } from "../../../src/contract/vm-definition-routes.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { goTo, usePlace } from "../app/router.ts";
import { Loading } from "../parts/loading.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { chooseVms, type VmChoice } from "./choose-vms.ts";
import { VmTable } from "./vm-table.tsx";
import { VmToolbar } from "./vm-toolbar.tsx";

/** All VMs: looked for, ordered, and acted on, several at once too. */
export function VmsPage(): ReactNode {
  const { status, vms } = useCluster();
  const { query } = usePlace();
  const [choice, setChoice] = useState<VmChoice>(() => ({
    ...{
      search: query.get("search") ?? "",
      state: query.get("state") ?? "",
      label: query.get("label") ?? "",
    },
    ...{ order: "name", isDown: false },
  }));
  const [page, setPage] = useState(1);
  const [perPage, setPerPage] = useState(50);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = useMemo(() => chooseVms(vms, choice), [vms, choice]);
  // Others may have gone meanwhile.
  const last = Math.max(1, Math.ceil(chosen.length / perPage));
  const shownPage = Math.min(page, last);
  const shown = chosen.slice((shownPage - 1) * perPage, shownPage * perPage);
  const change = (changes: Partial<VmChoice>): void => {
    setChoice((now) => ({ ...now, ...changes }));
    setPage(1);
  };
  return (
    <PageSection>
      <div className="haven-title">
        <Title headingLevel="h1">Virtual machines</Title>
        <NewVm />
      </div>
      {status === undefined ? (
        <Loading />
      ) : (
        <>
          <VmToolbar {...{ vms, chosen, choice, change, selected, setSelected }} />
          <VmTable {...{ vms: shown, choice, change, selected, setSelected }} />
          <Pagination
            itemCount={chosen.length}
            page={shownPage}
            perPage={perPage}
            onSetPage={(_, next) => setPage(next)}
            onPerPageSelect={(_, next) => setPerPage(next)}
            perPageOptions={[25, 50, 100].map((value) => ({ title: String(value), value }))}
            variant="bottom"
          />
        </>
      )}
    </PageSection>
  );
}

function NewVm(): ReactNode {
  const { session } = useConsole();
  const lacks = roleLacks(session.role, vmDefinitionRoutes.addVms.role);
  return (
    <>
      <Button
        variant="secondary"
        isAriaDisabled={lacks !== undefined}
        title={lacks}
        onClick={() => goTo("/new-vm")}
      >
        New VM
      </Button>
      {lacks === undefined ? null : <span className="haven-small">{lacks}</span>}
    </>
  );
}
