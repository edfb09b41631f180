import { lstat } from "node:fs/promises";
import { HavenError } from "../../base/errors.ts";
import { poll } from "../../base/poll.ts";
import { createVolume, removeVolume, type VolumeOptions } from "./volume.ts";

/** A logical volume in the making. */
export class NewVolume {
  private constructor(
    private readonly group: string,
    private readonly volume: string,
    private readonly options: VolumeOptions,
  ) {}

  /** LVM makes no second volume of a name. @throws HavenError exec.missing, disk.failed, interrupted */
  static async begin(
    group: string,
    volume: string,
    bytes: number,
    options: VolumeOptions = {},
  ): Promise<NewVolume> {
    // Not to be broken off: whether it was made would not be known.
    const { signal, ...rest } = options;
    if (signal?.aborted === true) throw new HavenError("interrupted");
    await createVolume(group, volume, bytes, rest);
    const made = new NewVolume(group, volume, rest);
    // udev makes the link to the device in its own time.
    const there = await poll(() => lstat(made.target).catch(() => undefined), { timeoutMs: 10_000 });
    if (there !== undefined) return made;
    await made.undo();
    throw new HavenError("disk.failed", {
      path: made.target,
      why: "LVM made it, and its device did not appear",
    });
  }

  /** Where it is. */
  get target(): string {
    return `/dev/${this.group}/${this.volume}`;
  }

  async undo(): Promise<void> {
    await removeVolume(this.group, this.volume, this.options);
  }
}
