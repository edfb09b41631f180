import { closeSync, ftruncateSync, mkdirSync, openSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { HavenError } from "../../base/errors.ts";
import { createLog } from "../../base/log.ts";
import { poll } from "../../base/poll.ts";
import { pacemakerOn } from "../../ops/cluster-services.ts";
import type { Environment } from "../../ops/environment.ts";
import { Cib } from "../../pacemaker/cib.ts";
import { livePacemaker } from "../../pacemaker/live.ts";
import type { ClusterStatus } from "../../pacemaker/status.ts";
import { xml } from "../../xml/element.ts";
import { writeXml } from "../../xml/write.ts";
import { createLab, type Lab } from "../lab.ts";
import type { LabNodeAccess } from "../node-access.ts";
import { type LabImage, labAddresses } from "../settings.ts";
import { drillImage } from "./drill-guest.ts";
import type { DrillVm } from "./lab-resources.ts";
import { type LabCib, toLabCib } from "./to-lab-cib.ts";

const minute = 60_000;
const realFile = "/root/real.xml";
/** Two hours of a guest's records, one a second, before it begins again at the front. */
const diskBytes = 4 * 1024 * 1024;
const placePrefix = "drill-place-";

export interface DrillLabOptions {
  readonly name: string;
  readonly image?: LabImage | undefined;
  /** What each node of the real cluster is called in the lab. */
  readonly names: ReadonlyMap<string, string>;
  readonly guests: number;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A lab that stands for a real cluster. */
export class DrillLab {
  #loaded: LabCib | undefined;

  private constructor(
    readonly lab: Lab,
    private readonly options: DrillLabOptions,
  ) {}

  /**
   * Brings up a lab with nodes of those names, and a cluster without VMs. What is half made is taken away by `Lab.up`.
   *
   * @throws HavenError lab.in-use where there is one of that name, besides what `Lab.up` throws
   */
  static async bringUp(options: DrillLabOptions): Promise<DrillLab> {
    const { name, image, progress, signal } = options;
    const nodeNames = [...options.names.values()];
    const lab = createLab({ name, nodes: nodeNames.length, nodeNames, image });
    if (lab.isUp) {
      const hint = `Take it down first (haven lab down --name ${name}), or give the drill's another --name`;
      throw new HavenError("lab.in-use", { what: `The lab ${name}`, by: "another drill, or was kept", hint });
    }
    await lab.up({ withoutVms: true, progress, signal });
    return new DrillLab(lab, options);
  }

  /** The VMs that take part. */
  get vms(): readonly DrillVm[] {
    return this.#loaded?.vms ?? [];
  }

  /** A node that has power, and is none of those. */
  first(...except: readonly string[]): LabNodeAccess {
    const name = this.lab.nodes
      .map((node) => node.name)
      .find((one) => this.lab.isOn(one) && !except.includes(one));
    if (name === undefined) throw new HavenError("lab.node-off", { name: "Every node" });
    return this.lab.node(name);
  }

  /** What an operation needs to think about the lab's cluster; it can change nothing on a node. */
  environment(node = this.first()): Environment {
    const { progress, signal } = this.options;
    const not = (what: string) => Promise.reject(new HavenError("pacemaker.no-file-action", { what }));
    return {
      pacemaker: pacemakerOn(node, signal),
      ...{ isLive: true, clock: systemClock, log: createLog(progress, "warn"), signal, progress },
      confirm: () => Promise.resolve(false),
      lookUp: () => not("A resolver in a drill"),
      history: () => not("The history in a drill"),
      libvirt: () => not("libvirt in a drill"),
    };
  }

  /**
   * Puts a real cluster's configuration in the place of the lab's, and waits until the VMs run, where they do in the
   * real one if that is known.
   *
   * @throws HavenError pacemaker.rejected where the lab's Pacemaker does not take it
   */
  async load(text: string): Promise<LabCib> {
    const { names, guests, progress, signal } = this.options;
    const node = this.first();
    progress("Reading the cluster's configuration with the lab's Pacemaker");
    await node.writeFile(realFile, text, { mode: 0o600 });
    const file = { env: { CIB_file: realFile }, signal };
    let real: Cib;
    let places: ReadonlyMap<string, string>;
    try {
      // Schemas of other versions become the newest; a file that has that one already is no failure.
      await node.exec(["cibadmin", "--upgrade", "--force"], file);
      real = Cib.parse(await node.run(["cibadmin", "--query"], file));
      places = await this.#realPlaces(node);
    } finally {
      // It may hold passwords of fence devices.
      await node.run(["rm", "-f", realFile]);
    }
    await node.exec(["cibadmin", "--upgrade", "--force"], { signal });
    const own = Cib.parse(await node.run(["cibadmin", "--query"], { signal }));
    const { gateway, pingTarget } = labAddresses(this.lab.settings);
    const loaded = toLabCib(real, own, { names, guests, pingTargets: [gateway, pingTarget] });
    this.#loaded = loaded;
    for (const { guest } of loaded.vms) if (guest !== undefined) this.#makeDisk(guest);
    progress(`Loading ${loaded.vms.length} VMs`);
    const configuration = loaded.cib.configuration.clone();
    await this.#write(writeXml(configuration), "--replace", "--scope", "configuration");
    if (places.size > 0) await this.#addPlaces(places);
    await this.settle("the VMs to start");
    if (places.size > 0) await this.#dropPlaces();
    await this.settle("the cluster to come to rest");
    return loaded;
  }

  /** Where resources run in the real cluster, by the names of the lab's nodes; as far as the configuration's status says. */
  async #realPlaces(node: LabNodeAccess): Promise<ReadonlyMap<string, string>> {
    const exec: LabNodeAccess["exec"] = (argv, options) => node.exec(argv, options);
    const status = await livePacemaker({ cibFile: realFile, exec })
      .status({ signal: this.options.signal })
      .catch(() => undefined);
    const resources = status?.resources ?? [];
    return new Map(
      resources.flatMap(({ id, active, nodes, inside }) => {
        const at = this.options.names.get(nodes[0] ?? "");
        return active && at !== undefined && inside.length === 0 ? [[id, at] as const] : [];
      }),
    );
  }

  /** Brings what runs elsewhere back to where it was, live where that is possible. */
  async restore(places: ReadonlyMap<string, string>): Promise<void> {
    const { resources } = await this.status();
    const strayed = resources.some(
      ({ id, nodes }) => places.has(id) && !nodes.includes(places.get(id) ?? ""),
    );
    if (!strayed) return;
    await this.#addPlaces(places);
    await this.settle("VMs to be back in their places");
    await this.#dropPlaces();
    await this.settle("the cluster to come to rest");
  }

  async #addPlaces(places: ReadonlyMap<string, string>): Promise<void> {
    const known = new Set(this.#loaded?.cib.resources.map(({ id }) => id));
    const constraints = [...places]
      .filter(([id]) => known.has(id))
      .map(([rsc, node]) => xml("rsc_location", { id: `${placePrefix}${rsc}`, rsc, node, score: 500_000 }));
    if (constraints.length === 0) return;
    await this.#write(
      writeXml(xml("constraints", {}, constraints)),
      "--modify",
      "--allow-create",
      "--scope",
      "constraints",
    );
  }

  async #dropPlaces(): Promise<void> {
    const xpath = `//rsc_location[starts-with(@id,'${placePrefix}')]`;
    await this.first().run(["cibadmin", "--delete-all", "--force", "--xpath", xpath], {
      signal: this.options.signal,
    });
  }

  async #write(text: string, ...words: readonly string[]): Promise<void> {
    const { signal } = this.options;
    const result = await this.first().exec(["cibadmin", ...words, "--xml-pipe"], { input: text, signal });
    if (result.code === 0) return;
    const problems = await pacemakerOn(this.first(), signal).verify(this.#loaded?.cib.toXml());
    const why =
      problems.slice(0, 5).join("; ") ||
      result.stderr.trim().split("\n").at(-1) ||
      `exit code ${result.code}`;
    throw new HavenError("pacemaker.rejected", { why });
  }

  /** What the cluster says, asked of a node that has power. */
  async status(...except: readonly string[]): Promise<ClusterStatus> {
    return await pacemakerOn(this.first(...except), this.options.signal).status({ timeoutMs: 20_000 });
  }

  /**
   * Waits until all nodes are members and Pacemaker has nothing left to do.
   *
   * @throws HavenError lab.failed after five minutes
   */
  async settle(what: string): Promise<void> {
    const { signal, progress } = this.options;
    progress(`Waiting for ${what}`);
    let last = "";
    const done = await poll(
      async () => {
        const status = await this.status().catch((error: unknown) => {
          if (signal.aborted) throw error;
          return undefined;
        });
        const missing = status?.nodes
          .filter(({ online, pending }) => !online || pending)
          .map(({ name }) => name);
        last = missing === undefined ? "Pacemaker does not answer" : `${missing.join(", ")} is not online`;
        if (missing === undefined || missing.length > 0) return false;
        last = "Pacemaker is still at work";
        return await pacemakerOn(this.first(), signal).waitIdle({ timeoutMs: minute });
      },
      { timeoutMs: 5 * minute, intervalMs: 300, signal },
    );
    if (done === undefined)
      throw new HavenError("lab.failed", { what: `Waited 5 minutes for ${what}`, why: last });
  }

  #makeDisk(guest: string): void {
    const path = this.diskOf(guest);
    mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const file = openSync(path, "w", 0o600);
    ftruncateSync(file, diskBytes);
    closeSync(file);
  }

  /** This machine's path of a guest's disk. */
  diskOf(guest: string): string {
    return `${this.lab.settings.dir}/shared/images/${drillImage(guest).replace(/.*\//, "")}`;
  }
}
