import type { NetworkSpec } from "../contract/vm-spec.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { VmDetails } from "../ops/vm-show.ts";
import { type Cell, styled, table } from "./table.ts";

/** The list of VMs for a person. */
export function vmTable(vms: readonly VmView[], color: boolean): readonly string[] {
  if (vms.length === 0) return ["No VMs. Add one: haven vm add FILE"];
  const rows = vms.map((vm): readonly (string | Cell)[] => [
    vm.name,
    stateCell(vm),
    vm.nodes.length === 0 ? "-" : vm.nodes.join(","),
    vm.cpu === undefined ? "-" : String(vm.cpu),
    vm.memory === undefined ? "-" : sizeText(vm.memory),
    noteText(vm),
  ]);
  return table(["NAME", "STATE", "NODE", "CPU", "MEMORY", "NOTE"], rows, color);
}

function stateCell(vm: VmView): Cell {
  if (vm.state === "running") return { text: vm.state, style: "green" };
  if (vm.state === "blocked" || vm.state === "failed") return { text: vm.state, style: "red" };
  if (vm.state === "stopped") return { text: vm.state, style: vm.wanted === "stopped" ? "dim" : "red" };
  return { text: vm.state, style: "yellow" };
}

function noteText(vm: VmView): string {
  const notes = [
    vm.maintenance ? "in maintenance" : vm.managed ? undefined : "unmanaged",
    vm.wanted === "running" && vm.state === "stopped" ? "should run" : undefined,
    vm.wanted === "stopped" && vm.state === "running" ? "should be stopped" : undefined,
    vm.move === undefined ? undefined : `moves to ${vm.move.to}`,
    vm.failures.at(-1),
  ];
  return notes.filter((note) => note !== undefined).join("; ");
}

/** Where a card is plugged in, its addresses, and the name that they were looked up by. */
function networkText({ bridge, ovs, vlan, zone, mac, ipv4, ipv6, dns }: NetworkSpec): string {
  const facts = [
    bridge ?? ovs,
    vlan === undefined ? undefined : `VLAN ${vlan}`,
    zone === undefined ? undefined : `zone ${zone}`,
    mac,
    ipv4,
    ipv6,
    dns,
  ];
  return facts.filter((fact) => fact !== undefined).join(", ");
}

/** `512 MiB`, `1.5 GiB`. */
export function sizeText(mebibytes: number): string {
  if (mebibytes < 1024) return `${mebibytes} MiB`;
  return `${Number((mebibytes / 1024).toFixed(2))} GiB`;
}

/** One VM, whole, for a person. */
export function vmDetailLines(vm: VmDetails, color: boolean): readonly string[] {
  const rows: (readonly [string, string | undefined])[] = [
    ["state", `${vm.state}${vm.nodes.length === 0 ? "" : ` on ${vm.nodes.join(", ")}`}, wanted ${vm.wanted}`],
    ...vm.live.map((copy) => ["libvirt", `${copy.state} on ${copy.node}`] as const),
    ...vm.silent.map((node) => ["libvirt", `does not answer on ${node}`] as const),
    ["managed", vm.maintenance ? "no: maintenance" : vm.managed ? "yes" : "no"],
    [
      "move",
      vm.move === undefined ? undefined : `to ${vm.move.to}, by ${vm.move.owner}, until ${vm.move.expires}`,
    ],
    ["description", vm.spec?.description],
    ["memory", vm.memory === undefined ? undefined : sizeText(vm.memory)],
    ["cpu", vm.cpu === undefined ? undefined : String(vm.cpu)],
    ["hypervisor", vm.hypervisor],
    ["uuid", vm.uuid],
    ...vm.disks.map((path) => ["disk", path] as const),
    ["class", vm.spec?.class],
    ...(vm.spec?.networks ?? []).map((network) => ["network", networkText(network)] as const),
    ["labels", vm.labels.length === 0 ? undefined : vm.labels.join(", ")],
    ["prefers", vm.prefer.length === 0 ? undefined : vm.prefer.join(", ")],
    ["priority", String(vm.priority)],
    ["live migration", vm.migratable ? "yes" : "no"],
    ["console log", vm.spec?.console?.log === false ? undefined : vm.consoleLog],
    ["resource", vm.resource],
    ["constraints", vm.constraints.length === 0 ? undefined : vm.constraints.join(", ")],
    ...vm.failures.map((failure) => ["failure", failure] as const),
  ];
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([title]) => title.length));
  return [
    styled(vm.name, "bold", color),
    ...shown.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`),
  ];
}
