import {
  Button,
  FormSelect,
  FormSelectOption,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import { type ReactNode, useMemo } from "react";
import { planOnVm, type VmActionId, vmActionLabel, whyNotOnVm } from "../actions/vm-actions.ts";
import type { Vm } from "../api/answers.ts";
import { useConsole } from "../app/console-context.ts";
import { ActionItem } from "../parts/action-item.tsx";
import { Menu } from "../parts/menu.tsx";
import type { VmChoice } from "./choose-vms.ts";

interface VmToolbarProps {
  readonly vms: readonly Vm[];
  readonly chosen: readonly Vm[];
  readonly choice: VmChoice;
  readonly change: (changes: Partial<VmChoice>) => void;
  readonly selected: ReadonlySet<string>;
  readonly setSelected: (names: ReadonlySet<string>) => void;
}

const bulk: readonly VmActionId[] = ["start", "stop", "restart", "move", "cleanup"];

/** Looks for VMs, and acts on those that are selected. */
export function VmToolbar({ vms, chosen, choice, change, selected, setSelected }: VmToolbarProps): ReactNode {
  const states = useMemo(() => sorted(vms.map(({ state }) => state)), [vms]);
  const labels = useMemo(() => sorted(vms.flatMap((vm) => vm.labels)), [vms]);
  const picked = vms.filter(({ name }) => selected.has(name));
  return (
    <Toolbar inset={{ default: "insetNone" }}>
      <ToolbarContent>
        <ToolbarItem>
          <SearchInput
            aria-label="Search by name, node or label"
            placeholder="Name, node or label"
            value={choice.search}
            onChange={(_, search) => change({ search })}
            onClear={() => change({ search: "" })}
            resultsCount={choice.search === "" ? "" : chosen.length}
          />
        </ToolbarItem>
        <Filter name="state" value={choice.state} words={states} set={(state) => change({ state })} />
        {labels.length === 0 ? null : (
          <Filter name="label" value={choice.label} words={labels} set={(label) => change({ label })} />
        )}
        <ToolbarItem>
          <Menu
            label="Actions on the selected VMs"
            text={picked.length === 0 ? "Actions" : `Actions on ${picked.length}`}
            isDisabled={picked.length === 0}
          >
            <BulkItems picked={picked} />
          </Menu>
        </ToolbarItem>
        {picked.length === 0 ? null : (
          <ToolbarItem>
            <Button variant="link" onClick={() => setSelected(new Set())}>
              Select none
            </Button>
          </ToolbarItem>
        )}
        {chosen.length > 0 && picked.length < chosen.length ? (
          <ToolbarItem>
            <Button variant="link" onClick={() => setSelected(new Set(chosen.map(({ name }) => name)))}>
              Select all {chosen.length}
            </Button>
          </ToolbarItem>
        ) : null}
      </ToolbarContent>
    </Toolbar>
  );
}

/** What can be done to at least one of them; it is done to those that allow it. */
function BulkItems({ picked }: { readonly picked: readonly Vm[] }): ReactNode {
  const { session, plan } = useConsole();
  return bulk.map((id) => {
    const reasons = picked.map((vm) => whyNotOnVm(id, vm, session.role));
    const able = picked.filter((_, at) => reasons[at] === undefined);
    const label =
      able.length > 0 && able.length < picked.length
        ? `${vmActionLabel(id)} (${able.length} of ${picked.length})`
        : vmActionLabel(id);
    return (
      <ActionItem
        key={id}
        label={label}
        why={able.length > 0 ? undefined : reasons[0]}
        act={() => plan(able.map(({ name }) => planOnVm(id, name)))}
      />
    );
  });
}

interface FilterProps {
  readonly name: string;
  readonly value: string;
  readonly words: readonly string[];
  readonly set: (value: string) => void;
}

function Filter({ name, value, words, set }: FilterProps): ReactNode {
  return (
    <ToolbarItem>
      <FormSelect aria-label={`Only of this ${name}`} value={value} onChange={(_, next) => set(next)}>
        <FormSelectOption value="" label={`Any ${name}`} />
        {[...new Set(value === "" ? words : [value, ...words])].map((word) => (
          <FormSelectOption key={word} value={word} label={word} />
        ))}
      </FormSelect>
    </ToolbarItem>
  );
}

function sorted(words: readonly string[]): readonly string[] {
  return [...new Set(words)].toSorted();
}
