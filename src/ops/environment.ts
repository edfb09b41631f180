import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { VersionStore } from "../history/version-store.ts";
import type { Libvirt } from "../libvirt/client.ts";
import type { CommittedChange } from "../pacemaker/change-cib.ts";
import type { Pacemaker } from "../pacemaker/live.ts";

/** Which of libvirt's drivers: its socket speaks for all of them, the URI says which. */
export type LibvirtDriver = "qemu" | "lxc" | "xen";

/**
 * What an operation works with. An operation never prints and never asks a terminal: it returns facts, and
 * these few calls are its voice. The command line and the API each bring their own.
 */
export interface Environment {
  /** Pacemaker's tools, on the live cluster or on the CIB of a file (`CIB_file`). */
  readonly pacemaker: Pacemaker;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when whoever asked does not want to wait any longer. */
  readonly signal: AbortSignal;
  /** What is being done or waited for, as one short line that replaces the one before. */
  progress(text: string): void;
  /** Shows lines (what follows from a change), then asks yes or no; false where nobody can answer. */
  confirm(question: string, lines?: readonly string[]): Promise<boolean>;
  /**
   * libvirt on a node, this one if none is named. The connection belongs to the environment, which keeps it for
   * the next call and closes it in the end.
   *
   * @throws HavenError libvirt.unreachable, libvirt.timeout; in a CIB file's environment always
   */
  libvirt(node?: string, driver?: LibvirtDriver): Promise<Libvirt>;
  /**
   * The versions of definitions that this node keeps, with what Pacemaker has kept here taken in. It belongs to the
   * environment, as libvirt's connections do.
   *
   * @throws HavenError history.unusable; in a CIB file's environment always pacemaker.no-file-action
   */
  history(): Promise<VersionStore>;
  /**
   * The IPv4 addresses of a host name, by this node's resolver; none where it has none.
   *
   * @throws Error whose message is read after the name
   */
  lookUp(name: string): Promise<readonly string[]>;
  /** Told of each change of the configuration that was written: who looks for it later finds it. Must not throw. */
  onCommit?(change: CommittedChange): Promise<void>;
  /** False where `CIB_file` is set: there is a configuration, but nothing that runs. */
  readonly isLive: boolean;
}
