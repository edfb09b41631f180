import { z } from "zod";
import type { TestLab } from "./test-lab.ts";

/** What a guest's QEMU says of its machine, where the guest itself cannot see it. */
export class QemuFacts {
  constructor(
    private readonly lab: TestLab,
    /** Where it runs. */
    private readonly node: string,
    private readonly vm: string,
  ) {}

  /** A command of the machine protocol, and what it returns. */
  async qmp<T>(
    schema: z.ZodType<T>,
    execute: string,
    words: Readonly<Record<string, unknown>> = {},
  ): Promise<T> {
    const command = JSON.stringify({ execute, arguments: words });
    const text = await this.lab.run(this.node, ["virsh", "qemu-monitor-command", this.vm, command]);
    return z.object({ return: schema }).parse(JSON.parse(text)).return;
  }

  /** A command of the monitor for people, and its text. */
  async hmp(command: string): Promise<string> {
    return await this.lab.run(this.node, ["virsh", "qemu-monitor-command", this.vm, "--hmp", command]);
  }

  /** A property of a device by its name in the domain, such as `virtio-disk0`; its text. */
  async property(device: string, property: string): Promise<string> {
    const path = `/machine/peripheral/${device}`;
    return String(await this.qmp(z.unknown(), "qom-get", { path, property }));
  }

  /** The process' number on its node. */
  async pid(): Promise<string> {
    return (await this.lab.run(this.node, ["cat", `/run/libvirt/qemu/${this.vm}.pid`])).trim();
  }

  /** The process' command line. */
  async words(): Promise<readonly string[]> {
    const text = await this.lab.run(this.node, ["cat", `/proc/${await this.pid()}/cmdline`]);
    return text.split("\0");
  }
}
