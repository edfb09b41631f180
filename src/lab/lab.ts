import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { HavenError, isHavenError } from "../base/errors.ts";
import { installBin } from "./bin.ts";
import { buildGuest } from "./guest-image.ts";
import { nodeImage } from "./image.ts";
import { lock } from "./lock.ts";
import { ensureBridge } from "./network.ts";
import { LabNodeAccess } from "./node-access.ts";
import { prepareNodeDisk } from "./node-disk.ts";
import { isNodeOn, nodeProcess } from "./node-process.ts";
import { findPlace, removeLab } from "./place.ts";
import { awaitBoot, powerOff, powerOn } from "./power.ts";
import type { ProcessIdentity } from "./process.ts";
import {
  type LabChoice,
  type LabNode,
  type LabSettings,
  labMachines,
  labNodes,
  labSettings,
  maximumNodes,
  subnetsToTry,
} from "./settings.ts";
import { ensureSharedDisk } from "./shared-disk.ts";
import { type LabState, labLockPath, readState, writeState } from "./state.ts";
import { ensureSupervisor } from "./supervisor.ts";

export interface UpOptions {
  /** Nodes only: no cluster, no VMs. */
  readonly bare?: boolean;
  /** A cluster without the example VMs. */
  readonly withoutVms?: boolean;
  readonly progress?: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A lab: settings on which everything can be done, whether it is up or not. */
export class Lab {
  #settings: LabSettings;

  /** @param anySubnet The subnet was not asked for: `up` may take another one */
  constructor(
    settings: LabSettings,
    private readonly anySubnet = false,
  ) {
    this.#settings = settings;
  }

  /** What the lab is like; the subnet may become another one with `up`. */
  get settings(): LabSettings {
    return this.#settings;
  }

  /** The lab's nodes, on or off. */
  get nodes(): readonly LabNode[] {
    return labNodes(this.settings);
  }

  /** The nodes and the witness, where there is one. */
  get machines(): readonly LabNode[] {
    return labMachines(this.settings);
  }

  /** @throws HavenError lab.node-unknown */
  find(name: string): LabNode {
    const node = this.machines.find((n) => n.name === name);
    if (node === undefined) {
      throw new HavenError("lab.node-unknown", { name, nodes: this.machines.map((n) => n.name).join(", ") });
    }
    return node;
  }

  /** Reaches a node. @throws HavenError lab.node-unknown */
  node(name: string): LabNodeAccess {
    return new LabNodeAccess(this.find(name));
  }

  /** The lab's record. @throws HavenError lab.missing, lab.state */
  state(): LabState {
    const { name, dir } = this.settings;
    const state = readState(dir);
    if (state === undefined) throw new HavenError("lab.missing", { name, dir });
    return state;
  }

  get isUp(): boolean {
    return readState(this.settings.dir) !== undefined;
  }

  /**
   * Brings up what is missing: image, bridge, nodes, cluster and example VMs. When it was not up before and fails or is
   * interrupted, it takes away again what it made.
   *
   * @throws HavenError lab.in-use, lab.image, lab.failed, lab.busy, not-root, interrupted
   */
  async up(options: UpOptions = {}): Promise<void> {
    const progress = options.progress ?? (() => undefined);
    requireRootAndTools("haven lab up");
    const before = readState(this.settings.dir);
    if (before === undefined) await this.#findPlace();
    const { settings } = this;
    // Long the first time: not under the lock, so that other commands can say what is going on.
    const image = await nodeImage(settings.image, { progress, signal: options.signal, have: before?.image });
    const held = await lock(labLockPath(settings), { what: `lab ${settings.name}`, signal: options.signal });
    const now = readState(settings.dir);
    try {
      if (now === undefined) await this.#findPlace();
      else this.#takeOver(now.settings);
      if (now?.image !== image) {
        writeState(now === undefined ? newState(this.settings, image) : { ...now, image });
      }
      await this.#make(this.state(), progress, options);
    } catch (error) {
      if (now === undefined && this.isUp) await removeLab(settings);
      // A terminal sends Ctrl-C to the programs too that were at work: their end is not what went wrong.
      throw options.signal?.aborted ? new HavenError("interrupted") : error;
    } finally {
      if (this.isUp) held.release();
      else held.remove();
    }
  }

  /** @throws HavenError lab.in-use */
  async #findPlace(): Promise<void> {
    const { settings } = this;
    const subnets = this.anySubnet ? subnetsToTry(settings) : [settings.subnet];
    this.#settings = await findPlace(settings, subnets);
  }

  /** The lab is up already. @throws HavenError lab.differs */
  #takeOver(found: LabSettings): void {
    checkSame(found, this.anySubnet ? { ...this.settings, subnet: found.subnet } : this.settings);
    this.#settings = found;
  }

  async #make(state: LabState, progress: (text: string) => void, options: UpOptions): Promise<void> {
    const { settings } = this;
    const signal = options.signal ?? new AbortController().signal;
    const stop = (): void => {
      if (signal.aborted) throw new HavenError("interrupted");
    };
    progress(`Starting ${settings.nodes} nodes`);
    mkdirSync(`${settings.dir}/shared/images`, { recursive: true });
    installBin(settings.dir);
    if (state.image !== undefined) await buildGuest(state.image, settings.dir);
    await ensureBridge(settings);
    await ensureSupervisor(settings.dir);
    if (settings.watchdog > 0) await ensureSharedDisk(settings.dir);
    stop();
    await all(
      this.machines.map(async (node) => {
        prepareNodeDisk(settings, node);
        stop();
        await powerOn(state, node);
        await awaitBoot(node, { signal });
      }),
    );
    if (options.bare === true) return;
    await refuseFaults(state);
    const { bringUpCluster } = await import("./lab-cluster.ts");
    await bringUpCluster(state, { progress, signal, withoutVms: options.withoutVms === true });
  }

  /**
   * Takes the lab away: nodes, links, bridge, files. What was half-made by a command that died is found too.
   * Harmless when there is nothing; false then.
   *
   * @throws HavenError lab.busy, lab.failed, not-root
   */
  async down(): Promise<boolean> {
    requireRootAndTools("haven lab down");
    const { settings } = this;
    const path = labLockPath(settings);
    if (!existsSync(path) && !existsSync(settings.dir)) return false;
    const held = await lock(path, { what: `lab ${settings.name}` });
    try {
      const there = existsSync(settings.dir);
      if (there) await removeLab(settings);
      held.remove();
      // The place of the default directory, when this was the last lab in it.
      try {
        rmdirSync("/var/lib/haven-lab");
      } catch {
        // Others are there.
      }
      return there;
    } finally {
      held.release();
    }
  }

  /** Cuts a node's power. @throws HavenError lab.node-unknown, lab.failed */
  async powerOff(name: string): Promise<void> {
    await powerOff(this.find(name));
  }

  /** Gives a node power, and waits until it has booted. @throws HavenError lab.node-unknown, lab.failed */
  async powerOn(name: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const node = this.find(name);
    await powerOn(this.state(), node);
    await awaitBoot(node, options);
  }

  /** Process 1 of a node as this machine sees it; undefined when it is off. @throws HavenError lab.node-unknown */
  processOf(name: string): ProcessIdentity | undefined {
    return nodeProcess(this.find(name));
  }

  /** Whether a node has power. @throws HavenError lab.node-unknown */
  isOn(name: string): boolean {
    return isNodeOn(this.find(name));
  }
}

/** A lab of these settings; nothing is made yet. @throws HavenError input.invalid */
export function createLab(choice: LabChoice = {}): Lab {
  return new Lab(labSettings(choice), choice.subnet === undefined);
}

/**
 * The lab that a command means: the one that is up under that name, else one of those settings.
 *
 * @throws HavenError lab.differs when it is up with other settings, lab.missing when it has to be up
 */
export function openLab(choice: LabChoice, mustBeUp: boolean): Lab {
  const wanted = labSettings(choice);
  const state = readState(wanted.dir);
  if (state === undefined) {
    if (mustBeUp) throw new HavenError("lab.missing", { name: wanted.name, dir: wanted.dir });
    return new Lab(wanted, choice.subnet === undefined);
  }
  checkSame(state.settings, { ...state.settings, ...definedOnly(choice) });
  return new Lab(state.settings);
}

/** A cluster cannot be set up on nodes that hang or do not hear each other. @throws HavenError lab.faults */
async function refuseFaults(state: LabState): Promise<void> {
  const { labStatus } = await import("./lab-status.ts");
  const { nodes, faults } = await labStatus(state);
  const all = [...nodes.flatMap((node) => node.faults.map((fault) => `${node.name} ${fault}`)), ...faults];
  if (all.length > 0) throw new HavenError("lab.faults", { faults: all.join(", ") });
}

/** @throws HavenError lab.differs */
function checkSame(found: LabSettings, expected: LabSettings): void {
  for (const setting of ["name", "nodes", "witness", "image", "subnet", "watchdog"] as const) {
    if (found[setting] === expected[setting]) continue;
    const differing = { setting, found: found[setting], expected: expected[setting] };
    throw new HavenError("lab.differs", { name: found.name, ...differing });
  }
}

function newState(settings: LabSettings, image: string): LabState {
  const secret = randomBytes(12).toString("hex");
  return { version: 1, settings, image, created: new Date().toISOString(), secret };
}

function definedOnly(choice: LabChoice): Partial<LabSettings> {
  return Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== undefined));
}

/** The lab that `lab down` means. One whose record cannot be read can still be taken away, whatever it was. */
export function labToRemove(choice: Pick<LabChoice, "name" | "dir">): Lab {
  try {
    return openLab(choice, false);
  } catch (error) {
    if (!isHavenError(error, "lab.state")) throw error;
    return new Lab(labSettings({ ...choice, nodes: maximumNodes, witness: true }));
  }
}

/** Waits for all, also when one fails, so that nothing goes on in the background; then throws the first error. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function requireRootAndTools(command: string): void {
  // Without a login shell root's PATH may lack what is for administrators.
  const path = process.env.PATH ?? "";
  if (!path.split(":").includes("/usr/sbin")) process.env.PATH = `${path}:/usr/sbin:/sbin`;
  if (process.getuid?.() !== 0) throw new HavenError("not-root", { what: command, command });
  for (const [program, owner] of Object.entries({
    ip: "iproute2",
    unshare: "util-linux",
    nsenter: "util-linux",
  })) {
    if (Bun.which(program, { PATH: process.env.PATH ?? "" }) === null) {
      throw new HavenError("exec.missing", { program, package: owner });
    }
  }
}
