import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { HavenError, printError } from "../base/errors.ts";
import { silentLog } from "../base/log.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { toCib } from "../vm/to-cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { deleteDisks } from "./delete-disks.ts";
import type { Environment } from "./environment.ts";
import type { Making } from "./making.ts";
import { planDeletions } from "./plan-deletions.ts";
import { withMadeDisks } from "./with-made-disks.ts";

setDefaultTimeout(60_000);

let dir = "";
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "haven-made-")));
});
afterAll(() => rmSync(dir, { recursive: true }));

const empty =
  '<cib admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>';

const specOf = (
  name: string,
  disks: ResolvedSpec["disks"] = [{ file: `${dir}/${name}.img` }],
): ResolvedSpec => ({
  name,
  memory: 96,
  uuid: crypto.randomUUID(),
  hypervisor: "qemu",
  disks,
});

function cibWith(...specs: readonly ResolvedSpec[]): string {
  const editor = new CibEditor(Cib.parse(empty));
  for (const spec of specs) editor.addResource(toCib(spec).primitive);
  return editor.cib.toXml();
}

function environmentWith(cib: () => string): Environment {
  const status = { nodes: [{ name: hostname(), online: true, type: "member" }] };
  const pacemaker = {
    // An answer that never comes is an error, too.
    queryCib: () => new Promise<string>((resolve) => resolve(cib())),
    status: () => Promise.resolve(status),
  };
  return {
    pacemaker: pacemaker as unknown as Pacemaker,
    isLive: true,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    progress: () => undefined,
    confirm: () => Promise.resolve(true),
    libvirt: () => Promise.reject(new HavenError("internal", { what: "libvirt" })),
    history: () => Promise.reject(new HavenError("internal", { what: "history" })),
    lookUp: () => Promise.resolve([]),
  };
}

const isFit = Bun.which("qemu-img") !== null && process.getuid?.() === 0;

describe.skipIf(!isFit)("what was made for a change", () => {
  const making = (): Making => ({
    kind: "file",
    vm: "web1",
    field: [],
    target: `${dir}/web1.img`,
    bytes: 0,
    format: "raw",
    size: 4096,
  });

  /** @returns the error's text, or "done" */
  async function outcome(error: unknown, cib: (spec: ResolvedSpec) => string): Promise<string> {
    rmSync(`${dir}/web1.img`, { force: true });
    const spec = specOf("web1");
    const environment = environmentWith(() => cib(spec));
    const what = { makings: [making()], vms: [spec], done: "added" };
    try {
      await withMadeDisks(environment, what, async (make) => {
        await make();
        expect(existsSync(`${dir}/web1.img`)).toBe(true);
        if (error !== undefined) throw error;
        return { committed: true };
      });
      return "done";
    } catch (caught) {
      return printError(caught);
    }
  }

  test("stays when the change was written", async () => {
    expect(await outcome(undefined, () => empty)).toBe("done");
    expect(readdirSync(dir)).toEqual(["web1.img"]);
  });

  test("goes when it was not, and that is said", async () => {
    const refused = new HavenError("pacemaker.conflict");
    const said = await outcome(refused, () => empty);
    expect(said).toStartWith(
      "Nothing was added, and what had been made for it is removed again\n  because: ",
    );
    expect(readdirSync(dir)).toEqual([]);
    const interrupted = await outcome(new HavenError("interrupted"), () => empty);
    expect(interrupted).toStartWith("Interrupted: nothing was added");
    expect(readdirSync(dir)).toEqual([]);
  });

  test("stays when the change was written although it ended with an error", async () => {
    const lost = new HavenError("exec.timeout", { command: "cibadmin", seconds: 30 });
    expect(await outcome(lost, (spec) => cibWith(spec))).toStartWith("cibadmin did not end");
    expect(readdirSync(dir)).toEqual(["web1.img"]);
  });

  test("stays when nobody can say whether it was written", async () => {
    const down = new HavenError("pacemaker.down");
    const silent = (): string => {
      throw down;
    };
    expect(await outcome(down, silent)).toStartWith("Pacemaker does not answer");
    expect(readdirSync(dir)).toEqual(["web1.img"]);
    rmSync(`${dir}/web1.img`);
  });
});

test("what is deleted with a VM: what is its alone", async () => {
  for (const name of ["own.img", "both.img", "shared.img", "read.img", "seed.iso"])
    writeFileSync(`${dir}/${name}`, name);
  const going: ResolvedSpec = {
    ...specOf("web1", [
      { file: `${dir}/own.img` },
      { file: `${dir}/both.img` },
      { file: `${dir}/shared.img`, shareable: true },
      { file: `${dir}/read.img`, readonly: true },
      { file: `${dir}/gone.img` },
      { block: "/dev/sdz" },
      { rbd: { image: "vms/web1" } },
    ]),
    "cloud-init": { seed: `${dir}/seed.iso` },
  };
  // By another path to the same file.
  const staying = specOf("web2", [{ file: `${dir}/../${dir.split("/").at(-1)}/both.img` }]);
  const entries = vmsInCib(Cib.parse(cibWith(going, staying)));
  const { deletions, left } = await planDeletions({ isLive: true }, entries, ["web1"]);
  expect(deletions.map(({ path, kind }) => [path.replace(dir, ""), kind])).toEqual([
    ["/own.img", "file"],
    ["/seed.iso", "file"],
  ]);
  expect(left.map(({ path, why }) => `${path.replace(dir, "")} ${why}`)).toEqual([
    "/both.img web2 has it too",
    "/shared.img is marked as shared",
    "/read.img is only read",
    "/gone.img does not exist",
    "/dev/sdz is a device, and no logical volume by its name",
    "rbd:vms/web1 is not on this node",
  ]);
  const result = await deleteDisks({ progress: () => undefined }, [
    ...deletions,
    { vm: "web1", path: `${dir}/gone.img`, kind: "file" },
  ]);
  expect(result.deleted).toHaveLength(2);
  expect(result.failed).toMatchObject([{ path: `${dir}/gone.img` }]);
  expect(readdirSync(dir).sort()).toEqual(["both.img", "read.img", "shared.img"]);
});
