import type { Clock } from "../../base/clock.ts";
import type { Settings } from "../../contract/settings.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import type { CorosyncConf } from "../../pacemaker/corosync.ts";
import type { Pacemaker } from "../../pacemaker/live.ts";

/** What the daemon of another node says of itself. */
export interface PeerHello {
  readonly node: string;
  /** Milliseconds since 1970, by its clock. */
  readonly time: number;
  readonly version: string;
}

/** What a node looks at itself with. */
export interface NodeContext {
  readonly node: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly pacemaker: Pick<Pacemaker, "links">;
  /** This machine: programs and files. */
  readonly host: NodeAccess;
  /** Pacemaker's configuration, of the disk where Pacemaker does not answer; undefined where there is none. */
  readonly cib: Cib | undefined;
  readonly settings: Settings;
  /** undefined where this node is of no cluster. */
  readonly corosync: CorosyncConf | undefined;
  /** libvirt on this node, or on another one over TLS; the caller closes it. @throws HavenError libvirt.* */
  readonly openLibvirt: (node: string | undefined, signal: AbortSignal) => Promise<Libvirt>;
  /** Asks another node's daemon who it is; undefined: nobody is asked. @throws HavenError peer.silent, peer.refused */
  readonly hello: ((node: string, signal: AbortSignal) => Promise<PeerHello>) | undefined;
}
