import { Checkbox, EmptyState, EmptyStateBody } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, type ThProps, Tr } from "@patternfly/react-table";
import { memo, type ReactNode, useCallback } from "react";
import type { Vm } from "../api/answers.ts";
import { Link } from "../app/link.tsx";
import { memoryText } from "../parts/memory-text.ts";
import { QuickLabel } from "../parts/quick-label.tsx";
import { VmMenu } from "../parts/vm-menu.tsx";
import { VmStateLabel } from "../parts/vm-state-label.tsx";
import type { VmChoice, VmOrder } from "./choose-vms.ts";

interface VmTableProps {
  readonly vms: readonly Vm[];
  readonly choice: VmChoice;
  readonly change: (changes: Partial<VmChoice>) => void;
  readonly selected: ReadonlySet<string>;
  readonly setSelected: (change: (names: ReadonlySet<string>) => ReadonlySet<string>) => void;
}

const columns: readonly (readonly [VmOrder, string])[] = [
  ["name", "Name"],
  ["state", "State"],
  ["node", "Node"],
  ["memory", "Memory"],
  ["priority", "Priority"],
];

/** VMs as rows; only those are drawn again that have changed. */
export function VmTable({ vms, choice, change, selected, setSelected }: VmTableProps): ReactNode {
  const select = useCallback(
    (name: string, isSelected: boolean) =>
      setSelected((names) => {
        const next = new Set(names);
        if (isSelected) next.add(name);
        else next.delete(name);
        return next;
      }),
    [setSelected],
  );
  if (vms.length === 0) {
    return (
      <EmptyState titleText="No such VMs" headingLevel="h2">
        <EmptyStateBody>None has what is searched for.</EmptyStateBody>
      </EmptyState>
    );
  }
  const sort = (at: number): NonNullable<ThProps["sort"]> => ({
    sortBy: {
      index: columns.findIndex(([order]) => order === choice.order),
      direction: choice.isDown ? "desc" : "asc",
    },
    onSort: (_, _index, direction) =>
      change({ order: columns[at]?.[0] ?? "name", isDown: direction === "desc" }),
    columnIndex: at,
  });
  return (
    <Table aria-label="Virtual machines" variant="compact" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th screenReaderText="Selected" />
          {columns.map(([order, title], at) => (
            <Th key={order} sort={sort(at)}>
              {title}
            </Th>
          ))}
          <Th>Labels</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      <Tbody>
        {vms.map((vm) => (
          <Row key={vm.name} vm={vm} isSelected={selected.has(vm.name)} select={select} />
        ))}
      </Tbody>
    </Table>
  );
}

interface RowProps {
  readonly vm: Vm;
  readonly isSelected: boolean;
  readonly select: (name: string, isSelected: boolean) => void;
}

const Row = memo(function Row({ vm, isSelected, select }: RowProps): ReactNode {
  return (
    <Tr isRowSelected={isSelected}>
      <Td className="haven-check">
        <Checkbox
          id={`select-${vm.name}`}
          aria-label={`Select ${vm.name}`}
          isChecked={isSelected}
          onChange={(_, next) => select(vm.name, next)}
        />
      </Td>
      <Td dataLabel="Name">
        <Link to={`/vms/${encodeURIComponent(vm.name)}`}>{vm.name}</Link>
      </Td>
      <Td dataLabel="State">
        <VmStateLabel vm={vm} />
        {vm.managed ? null : (
          <QuickLabel isCompact>{vm.maintenance ? "in maintenance" : "unmanaged"}</QuickLabel>
        )}
      </Td>
      <Td dataLabel="Node">{vm.nodes.length === 0 ? "none" : vm.nodes.join(" → ")}</Td>
      <Td dataLabel="Memory">{memoryText(vm.memory)}</Td>
      <Td dataLabel="Priority">{vm.priority}</Td>
      <Td dataLabel="Labels">
        {vm.labels.map((label) => (
          <QuickLabel key={label} isCompact isOutline>
            {label}
          </QuickLabel>
        ))}
      </Td>
      <Td isActionCell>
        <VmMenu vm={vm} />
      </Td>
    </Tr>
  );
});
