import { HavenError } from "../../../src/base/errors.ts";
import { type ExecOptions, type ExecResult, execFailed } from "../../../src/base/exec.ts";
import { heal } from "../../../src/lab/faults.ts";
import { type Lab, openLab } from "../../../src/lab/lab.ts";
import type { LabNodeAccess } from "../../../src/lab/node-access.ts";
import type { LabImage, LabNode } from "../../../src/lab/settings.ts";
import { pacemakerOn } from "../../../src/ops/cluster-services.ts";
import type { Pacemaker } from "../../../src/pacemaker/live.ts";
import type { ClusterStatus, ResourceStatus } from "../../../src/pacemaker/status.ts";

export interface TestLabOptions {
  /** Debian 13 unless said; Debian 12 has a lab of its own. */
  readonly image?: LabImage;
  /** 3 unless said; another number has a lab of its own. */
  readonly nodes?: number;
  /** With a machine that holds a third vote; such a lab is one of its own too. */
  readonly witness?: boolean;
  /** Nodes with watchdogs of so many seconds, fenced by SBD; such a lab is one of its own too. */
  readonly watchdog?: number;
}

/** A lab with its cluster, as tests use it. */
export class TestLab {
  constructor(readonly lab: Lab) {}

  get nodes(): readonly LabNode[] {
    return this.lab.nodes;
  }

  get names(): readonly string[] {
    return this.lab.nodes.map((node) => node.name);
  }

  node(name: string): LabNodeAccess {
    return this.lab.node(name);
  }

  /** Nodes that have power. */
  on(): readonly string[] {
    return this.names.filter((name) => this.lab.isOn(name));
  }

  /** The first node that has power. */
  first(): LabNodeAccess {
    const [name] = this.on();
    if (name === undefined) throw new HavenError("lab.node-off", { name: "Every node" });
    return this.node(name);
  }

  /** Runs `haven WORDS` on a node, the first with power unless named; any exit code is an answer. */
  async tryHaven(
    words: readonly string[],
    options: ExecOptions & { readonly on?: string } = {},
  ): Promise<ExecResult> {
    const { on, ...rest } = options;
    const node = on === undefined ? this.first() : this.node(on);
    return await node.exec(["haven", ...words], { timeoutMs: 300_000, ...rest });
  }

  /** As tryHaven, but it must succeed. Returns standard output. */
  async haven(
    words: readonly string[],
    options: ExecOptions & { readonly on?: string } = {},
  ): Promise<string> {
    const result = await this.tryHaven(words, options);
    if (result.code !== 0) throw execFailed(["haven", ...words], result);
    return result.stdout;
  }

  /** Runs a program on a node that must succeed. Returns standard output. */
  async run(node: string, argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    return await this.node(node).run(argv, options);
  }

  /** Pacemaker's tools on a node, the first with power unless named. */
  pacemaker(on?: string): Pacemaker {
    return pacemakerOn(on === undefined ? this.first() : this.node(on));
  }

  /** What a node sees of the cluster, the first that answers unless named. */
  async status(on?: string): Promise<ClusterStatus> {
    let last: unknown = new HavenError("lab.node-off", { name: "Every node" });
    for (const name of on === undefined ? this.on() : [on]) {
      try {
        return await this.pacemaker(name).status({ timeoutMs: 15_000 });
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  /** A VM's resource; undefined when there is none. */
  async vm(name: string): Promise<ResourceStatus | undefined> {
    return (await this.status()).resources.find((resource) => resource.id === `vm-${name}`);
  }

  /** The one node that a VM is started on; undefined while it is not, or is on several. */
  async whereIs(name: string): Promise<string | undefined> {
    const vm = await this.vm(name);
    return vm?.role === "Started" && !vm.failed && vm.pending === undefined && vm.nodes.length === 1
      ? vm.nodes[0]
      : undefined;
  }
}

const open = new Map<string, Promise<TestLab>>();

/** The name of the lab that tests share: HAVEN_TEST_LAB, else "test"; one that differs has a suffix. */
export function testLabName({ image, nodes, witness, watchdog }: TestLabOptions = {}): string {
  const name = process.env.HAVEN_TEST_LAB ?? "test";
  const size = (nodes ?? 3) === 3 ? "" : `-${nodes}`;
  return `${name}${(image ?? "debian13") === "debian13" ? "" : "-12"}${size}${witness ? "w" : ""}${watchdog ? "-sbd" : ""}`;
}

/** The lab that all tests share, brought up with its cluster when first asked for. */
export function testLab(options: TestLabOptions = {}): Promise<TestLab> {
  const name = testLabName(options);
  const found = open.get(name) ?? bringUp(name, options);
  open.set(name, found);
  return found;
}

async function bringUp(name: string, options: TestLabOptions): Promise<TestLab> {
  const { image = "debian13", nodes = 3, witness = false, watchdog = 0 } = options;
  const before = performance.now();
  let said = "";
  const progress = (text: string): void => {
    if (text !== said) console.error(`  lab ${name}: ${text}`);
    said = text;
  };
  const found = openLab({ name }, false);
  const lab = found.isUp
    ? openLab({ name, image }, true)
    : openLab({ name, image, nodes, witness, watchdog }, false);
  const wasUp = lab.isUp;
  // What a run that was broken off has left: a lab with faults does not come up. A chassis that is not there
  // yet cannot be healed, and need not be.
  if (wasUp) await heal(lab.state()).catch(() => undefined);
  await lab.up({ progress });
  const seconds = ((performance.now() - before) / 1000).toFixed(1);
  if (!wasUp) console.error(`  lab ${name} is up after ${seconds} s`);
  return new TestLab(lab);
}
