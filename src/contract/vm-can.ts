import type { VmView } from "./vm-view.ts";

export type VmAction =
  | "start"
  | "stop"
  | "force-stop"
  | "move"
  | "remove"
  | "cleanup"
  | "rename"
  | "restart"
  | "reset"
  | "pause"
  | "resume"
  | "manage"
  | "unmanage"
  | "console"
  | "screen"
  | "send-key"
  | "monitor";

type Facts = Pick<VmView, "state" | "wanted" | "managed" | "maintenance" | "migratable" | "nodes">;

/** The reason why not; undefined where the action is possible. Read after the VM's name. */
type Rule = (vm: Facts) => string | undefined;

const hands: Rule = (vm) =>
  vm.maintenance
    ? "is left alone by Pacemaker: the cluster or its node is in maintenance mode"
    : vm.managed
      ? undefined
      : "is unmanaged: Pacemaker leaves it alone";

const settled: Rule = (vm) => (vm.state === "migrating" ? "is migrating" : undefined);

/** For what is done to the guest while it runs. */
function running(what: string): Rule {
  return (vm) => (vm.state === "running" ? undefined : `cannot be ${what}: it is ${vm.state}, not running`);
}

/** For what reaches into a guest wherever it is, also while the cluster does something with it; libvirt says where. */
function there(what: string): Rule {
  return (vm) =>
    vm.nodes.length > 0 || vm.state === "starting" || vm.state === "migrating"
      ? undefined
      : `${what}: it is ${vm.state}, not running`;
}

function all(...rules: readonly Rule[]): Rule {
  return (vm) => {
    for (const rule of rules) {
      const reason = rule(vm);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

/** What a VM allows in which state. The command line, the API and every button ask this one table. */
const rules: Readonly<Record<VmAction, Rule>> = {
  start: all((vm) => (vm.wanted === "running" && vm.state === "running" ? "runs already" : undefined), hands),
  stop: all(
    (vm) => (vm.wanted === "stopped" && vm.state === "stopped" ? "is stopped already" : undefined),
    hands,
  ),
  "force-stop": all(
    (vm) => (vm.wanted === "stopped" && vm.state === "stopped" ? "is stopped already" : undefined),
    hands,
  ),
  move: all(
    (vm) => (vm.state === "running" ? undefined : `cannot be moved: it is ${vm.state}, not running`),
    (vm) => (vm.wanted === "running" ? undefined : "cannot be moved: it is about to stop"),
    (vm) => (vm.migratable ? undefined : "cannot be moved live: migration is not allowed for it"),
    hands,
  ),
  remove: all(settled, (vm) => (vm.state === "stopped" ? undefined : hands(vm))),
  cleanup: settled,
  rename: all(
    (vm) => (vm.state === "stopped" ? undefined : `cannot be renamed: it is ${vm.state}, not stopped`),
    (vm) =>
      vm.wanted === "stopped" ? undefined : "cannot be renamed: it is to run, and may start at any time",
  ),
  restart: all(running("restarted"), hands),
  reset: running("reset"),
  pause: running("paused"),
  resume: running("resumed"),
  manage: (vm) => (vm.managed ? "is managed already" : undefined),
  unmanage: all((vm) => (vm.managed ? undefined : "is unmanaged already"), settled),
  console: there("has no console now"),
  screen: there("has no screen now"),
  "send-key": there("cannot be sent keys"),
  monitor: there("has no monitor now"),
};

/**
 * Why an action is not possible on a VM, in words to be read after its name; undefined where it is possible.
 *
 * @example
 * vmCannot("start", { ...vm, state: "running", wanted: "running" }) // "runs already"
 */
export function vmCannot(action: VmAction, vm: Facts): string | undefined {
  return rules[action](vm);
}
