import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { LabNode } from "../settings.ts";

/** What is appended to files of nodes after a moment, read from outside, also of nodes without power. */
export class LabLogs {
  readonly #from: ReadonlyMap<string, number>;
  readonly #year = new Date().getUTCFullYear();

  /** @param nodes Whose files count, from now on */
  constructor(
    private readonly nodes: readonly LabNode[],
    guests: readonly string[],
  ) {
    const paths = nodes.flatMap((node) => [
      pacemakerLog(node),
      ...guests.map((guest) => consoleLog(node, guest)),
    ]);
    this.#from = new Map(paths.map((path) => [path, sizeOf(path)]));
  }

  get year(): number {
    return this.#year;
  }

  /** What Pacemaker has logged since, on all the nodes. */
  pacemaker(): string {
    return this.nodes
      .map((node) => readFrom(pacemakerLog(node), this.#from.get(pacemakerLog(node)) ?? 0))
      .join("\n");
  }

  /** The node on which a guest has counted since. */
  heardOn(guest: string): string | undefined {
    const line = `haven-guest ${guest} boot=`;
    return this.nodes.find((node) => {
      const path = consoleLog(node, guest);
      return readFrom(path, this.#from.get(path) ?? 0).includes(line);
    })?.name;
  }
}

function pacemakerLog(node: LabNode): string {
  return `${node.dir}/upper/var/log/pacemaker/pacemaker.log`;
}

function consoleLog(node: LabNode, guest: string): string {
  return `${node.dir}/upper/var/log/libvirt/qemu/${guest}-console.log`;
}

function sizeOf(path: string): number {
  return withFile(path, (file) => fstatSync(file).size) ?? 0;
}

/** A file that has become shorter was begun anew. */
function readFrom(path: string, offset: number): string {
  const text = withFile(path, (file) => {
    const { size } = fstatSync(file);
    const from = size < offset ? 0 : offset;
    const buffer = Buffer.alloc(size - from);
    const length = readSync(file, buffer, 0, buffer.length, from);
    return buffer.toString("latin1", 0, length);
  });
  return text ?? "";
}

function withFile<T>(path: string, read: (file: number) => T): T | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    // It is not there yet.
    return undefined;
  }
  try {
    return read(file);
  } finally {
    closeSync(file);
  }
}
