import type { TopSample, VmUsage } from "../ops/vm-top.ts";
import { styled, table } from "./table.ts";
import type { TopOrder } from "./top-orders.ts";
import { sizeText } from "./vm-tables.ts";

/** A sample as lines: sums, a head, and a line for each VM, the one that uses most first. */
export function topTable(sample: TopSample, order: TopOrder, color: boolean): readonly string[] {
  const vms = sorted(sample.vms, order);
  const total = (of: (vm: VmUsage) => number | undefined): number =>
    vms.reduce((sum, vm) => sum + (of(vm) ?? 0), 0);
  const nodes = new Set(vms.map((vm) => vm.node));
  const head = [
    new Date(sample.time).toTimeString().slice(0, 8),
    `${vms.length} VMs on ${nodes.size} nodes`,
    `processors ${total((vm) => vm.cpu).toFixed(0)} %`,
    `memory ${sizeText(total((vm) => vm.memory))}`,
    ...(sample.silent.length === 0 ? [] : [`libvirt does not answer on ${sample.silent.join(", ")}`]),
  ].join("   ");
  const rows = vms.map((vm) => [
    vm.name,
    vm.node,
    ...numbers(vm).map((text, i) => text.padStart(columns[i]?.length ?? 0)),
    vm.paused ? "paused" : "",
  ]);
  return [
    styled(head, sample.silent.length === 0 ? undefined : "yellow", color),
    ...table(["NAME", "NODE", ...columns, ""], rows, color),
  ];
}

const columns = ["  %CPU", "VCPU", "  MEMORY", "RESIDENT", "  READ/s", " WRITE/s", "   IN/s", "  OUT/s"];

function numbers(vm: VmUsage): readonly string[] {
  const text = (value: number | undefined, show: (value: number) => string): string =>
    value === undefined ? "-" : show(value);
  return [
    text(vm.cpu, (value) => value.toFixed(1)),
    text(vm.vcpus, String),
    text(vm.memory, sizeText),
    text(vm.resident, sizeText),
    ...[vm.diskRead, vm.diskWrite, vm.netReceived, vm.netSent].map((value) => text(value, bytesText)),
  ];
}

/** `0`, `812`, `1.5K`, `12M`: bytes in units of 1024, short enough for a column. */
function bytesText(bytes: number): string {
  let value = bytes;
  for (const unit of ["", "K", "M", "G"]) {
    if (value < 1000) return `${value < 10 && unit !== "" ? value.toFixed(1) : value.toFixed(0)}${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)}T`;
}

function sorted(vms: readonly VmUsage[], order: TopOrder): readonly VmUsage[] {
  const amount: Partial<Record<TopOrder, (vm: VmUsage) => number>> = {
    cpu: (vm) => vm.cpu ?? 0,
    memory: (vm) => vm.memory ?? 0,
    disk: (vm) => (vm.diskRead ?? 0) + (vm.diskWrite ?? 0),
    net: (vm) => (vm.netReceived ?? 0) + (vm.netSent ?? 0),
  };
  const of = amount[order];
  const byName = (one: VmUsage, other: VmUsage): number => one.name.localeCompare(other.name, "en");
  const byNode = (one: VmUsage, other: VmUsage): number =>
    order === "node" ? one.node.localeCompare(other.node, "en") : 0;
  return vms.toSorted((one, other) =>
    of === undefined ? byNode(one, other) || byName(one, other) : of(other) - of(one) || byName(one, other),
  );
}
