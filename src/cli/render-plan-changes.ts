import type { AddLoss, AddPlan, MostCopies, NamedBy, RemovePlan } from "../contract/plan-changes.ts";
import { vmLines } from "./render-plan.ts";
import { styled } from "./table.ts";

/** What adding VMs would do, in lines for a person. */
export function addPlanLines(plan: AddPlan, color: boolean): readonly string[] {
  const { names, count, most, runs, survived, losses } = plan;
  const what = `${names.length} ${names.length === 1 ? "VM" : "VMs"}`;
  const copies = count === undefined ? what : `${count} ${count === 1 ? "copy" : "copies"}`;
  const all = names.length === 1 ? "would run" : "would all run";
  const doing = runs ? `${copies} ${all}` : `${copies} would not run without harm`;
  const losing = survived
    ? "the loss of any one node would be survived"
    : `not the loss of ${losses.flatMap((one) => (one.survived ? [] : [one.name])).join(", ")}`;
  const head = styled(`${doing}; ${losing}`, runs && survived ? "green" : "red", color);
  const lines = [
    ...plan.vms.flatMap((vm) => vmLines(vm, color)),
    ...plan.others,
    ...losses.flatMap((loss) => lossLines(loss, color)),
  ];
  return [...(most === undefined ? [head] : mostLines(most, color)), ...lines.map((line) => `  ${line}`)];
}

function mostLines({ runs, survives, isLimit, why }: MostCopies, color: boolean): readonly string[] {
  const least = isLimit ? "At least " : "";
  const more = runs > survives ? `; ${runs} run as long as nothing is lost` : "";
  const text = `${least}${survives} ${survives === 1 ? "copy runs" : "copies run"} and survive the loss of any one node${more}`;
  const next = why.length === 0 ? [] : ["  One more:", ...why.map((line) => `    ${line}`)];
  return [styled(text, survives > 0 ? "green" : "red", color), ...next];
}

/** What follows when nodes leave for good, in lines for a person. */
export function removePlanLines(plan: RemovePlan, color: boolean): readonly string[] {
  const { possible, survived, losses, quorum, notes, named } = plan;
  const nodes = plan.nodes.join(" and ");
  const losing = survived
    ? "the loss of any one of the others is survived then"
    : `not the loss of ${losses.flatMap((one) => (one.survived ? [] : [one.name])).join(", ")} then`;
  const doing = possible ? `Every VM runs without ${nodes}` : `Not every VM runs without ${nodes}`;
  const head = styled(`${doing}; ${losing}`, possible && survived ? "green" : "red", color);
  const votes = quorum === undefined ? [] : [`Votes: ${quorum.votes}, of which ${quorum.needed} are needed`];
  const lines = [
    ...plan.vms.flatMap((vm) => vmLines(vm, color)),
    ...plan.others,
    ...losses.flatMap((loss) => lossLines({ ...loss, own: [] }, color)),
    ...votes,
    ...notes,
    ...named.map(({ kind, id, text, command }) => {
      const how = command === undefined ? "" : `: ${command}`;
      return `${kindTexts[kind]} ${id} ${text}${how}`;
    }),
  ];
  return [head, ...lines.map((line) => `  ${line}`)];
}

const kindTexts: Readonly<Record<NamedBy["kind"], string>> = {
  constraint: "Constraint",
  "fencing-level": "Fencing level",
  "fence-device": "Fence device",
  resource: "Resource",
  setting: "Setting",
};

function lossLines({ name, quorum, survived, already, down, waiting, own }: AddLoss, color: boolean) {
  const more = own.filter((vm) => ![...down, ...waiting].some((one) => one.name === vm.name));
  const also = already ? " (also before)" : "";
  const head = survived
    ? `${name} may be lost:`
    : `${styled(name, "red", color)} may not be lost${also}${quorum ? ":" : ": those that are left have no quorum"}`;
  if (survived && more.length === 0) return [];
  return [
    head,
    ...[...down, ...waiting, ...more].flatMap((vm) => vmLines(vm, color)).map((line) => `  ${line}`),
  ];
}
