import type { Settings } from "../contract/settings.ts";
import type { NoticeDestination } from "../notify/notice-destination.ts";
import { noticeRoutes } from "../notify/notice-routes.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import type { ClusterVm, ClusterVms } from "./cluster-vms.ts";

/** Who is told of what, by one version of the cluster's configuration after the other. */
export class NoticeWorld {
  #configuration: string | undefined;
  #settings: Settings = {};
  #cluster = "cluster";
  #all: readonly ClusterVm[] = [];
  #before: readonly ClusterVm[] = [];

  constructor(private readonly vms: Pick<ClusterVms, "all">) {}

  /**
   * The configuration is another one now. Settings that cannot be read are as they were before.
   *
   * @throws HavenError settings.invalid, once for each version
   */
  async use(configuration: string): Promise<void> {
    if (configuration === this.#configuration) return;
    const cib = Cib.parse(configuration);
    this.#configuration = configuration;
    this.#before = this.#all;
    this.#all = this.vms.all(configuration);
    this.#cluster = cib.properties("cib-bootstrap-options").get("cluster-name") ?? "cluster";
    this.#settings = await settingsInCib(cib);
  }

  get settings(): Settings {
    return this.#settings;
  }

  get cluster(): string {
    return this.#cluster;
  }

  /** Where an event is told. */
  async routes({
    kind,
    vm,
  }: {
    readonly kind: string;
    readonly vm?: string;
  }): Promise<readonly NoticeDestination[]> {
    // Of one that was just removed, its stop is told as it was told of its start.
    const found = [...this.#all, ...this.#before].find(({ name }) => name === vm);
    return await noticeRoutes(kind, { settings: this.#settings, vmMail: found?.spec?.policies?.mail });
  }
}
