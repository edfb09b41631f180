import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { HavenError } from "../base/errors.ts";
import { errorCode } from "../libvirt/constants.ts";
import { LibvirtError } from "../libvirt/libvirt-error.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { ClusterStatus, NodeStatus } from "../pacemaker/status.ts";
import type { Environment } from "./environment.ts";
import { type FencePowerTestOptions, fencePowerTest } from "./fence-power-test.ts";
import { powerTestAttribute, readPowerTest } from "./fence-test-record.ts";

const skip = Bun.which("crm_simulate") === null;
const cib = `<cib validate-with="pacemaker-3.0" admin_epoch="0" epoch="5" num_updates="0"><configuration>
  <crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="s" name="stonith-enabled" value="true"/></cluster_property_set></crm_config>
  <nodes><node id="1" uname="node1"/><node id="2" uname="node2"/><node id="3" uname="node3"/></nodes>
  <resources><primitive id="fence-node1" class="stonith" type="fence_x"><instance_attributes id="f"><nvpair id="l" name="pcmk_host_list" value="node1"/></instance_attributes></primitive></resources>
  <constraints/></configuration><status/></cib>`;

interface World {
  /** What shooting does. */
  readonly shoot?: () => Promise<void>;
  /** Whether the node is restarted by it. */
  readonly restarts?: boolean;
  readonly stuck?: boolean;
  readonly libvirt?: boolean;
  readonly standby?: boolean;
  readonly answer?: boolean;
  readonly typed?: string | undefined;
}

describe.skipIf(skip)("a node is shot for a test", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "haven-shot-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the test in a cluster that is a file, and says what became of it. */
  async function run(world: World, more: Partial<FencePowerTestOptions> = {}) {
    const path = join(folder, `${crypto.randomUUID()}.xml`);
    const standby = `<node id="1" uname="node1"><instance_attributes id="n"><nvpair id="n-s" name="standby" value="on"/></instance_attributes></node>`;
    writeFileSync(path, world.standby === true ? cib.replace('<node id="1" uname="node1"/>', standby) : cib);
    const base = fileEnvironment(path, world.answer ?? true);
    const seen: string[] = [];
    let file: string | undefined;
    let away = 0;
    const attributes = (): ReadonlyMap<string, string> =>
      Cib.parse(readFileSync(path, "utf8")).node("node1")?.attributes ?? new Map();
    const node = (name: string): Partial<NodeStatus> => ({
      name,
      type: "member",
      online: name !== "node1" || away <= 0,
      pending: false,
      unclean: false,
      maintenance: false,
      standby: name === "node1" && attributes().get("standby") === "on",
      attributes: new Map(),
    });
    const stuck = { id: "vm-web", nodes: ["node1"], managed: false, blocked: false };
    const overrides: Partial<Pacemaker> = {
      status: () => {
        away--;
        return Promise.resolve({
          stonithEnabled: true,
          quorum: true,
          maintenance: false,
          dc: { name: "node2" },
          fenceHistory: [{ target: "node1", status: "success", delegate: "node3" }],
          failures: [],
          resources: world.stuck === true ? [stuck] : [],
          nodes: ["node1", "node2", "node3"].map(node),
        } as unknown as ClusterStatus);
      },
      fenceNode: async (name, action) => {
        seen.push(`${action} ${name}, standby ${attributes().get("standby")}`);
        await world.shoot?.();
        if (world.restarts !== false) file = undefined;
        away = 3;
      },
    };
    const pacemaker = Object.assign(Object.create(base.pacemaker), overrides) as Pacemaker;
    const libvirt = {
      storagePoolCreateXML: () => Promise.resolve({}),
      storagePoolDestroy: () => Promise.resolve(),
      storageVolLookupByPath: () => {
        if (file !== undefined) return Promise.resolve({});
        return Promise.reject(
          new LibvirtError({ code: errorCode.noStorageVol, domain: 0, level: 2, message: "none" }),
        );
      },
      storageVolDelete: () => {
        file = undefined;
        return Promise.resolve();
      },
      storageVolCreateXML: () => Promise.resolve({}),
      storageVolUpload: () =>
        Promise.resolve({
          send: (bytes: Uint8Array) => {
            file = new TextDecoder().decode(bytes);
            return Promise.resolve();
          },
          finish: () => Promise.resolve(),
        }),
      storageVolDownload: () => {
        const text = file ?? "";
        return Promise.resolve({
          async *[Symbol.asyncIterator]() {
            yield new TextEncoder().encode(text);
          },
          finish: () => Promise.resolve(),
        });
      },
    };
    const environment = {
      ...base,
      isLive: true,
      pacemaker,
      clock: { ...base.clock, sleep: () => Promise.resolve() },
      libvirt: () =>
        world.libvirt === false
          ? Promise.reject(new HavenError("libvirt.timeout", { what: "node1" }))
          : Promise.resolve(libvirt),
    } as unknown as Environment;
    const typed = "typed" in world ? world.typed : "node1";
    const options = { node: "node1", self: "node2", typedName: () => Promise.resolve(typed), ...more };
    const outcome = await fencePowerTest(environment, options).catch((error: unknown) => error);
    const kept = readPowerTest(attributes().get(powerTestAttribute));
    return { outcome, seen, kept, standby: attributes().get("standby"), asked: base.asked, file };
  }

  const shot = ["reboot node1, standby on"];

  test("drained, shot, back, out of standby, and the result is kept", async () => {
    const { outcome, seen, kept, standby, asked, file } = await run({});
    expect(outcome).toMatchObject({
      ok: true,
      shot: true,
      from: "node3",
      devices: ["fence-node1"],
      standby: undefined,
    });
    expect([seen, standby, file]).toEqual([shot, undefined, undefined]);
    expect(kept).toMatchObject({ ok: true, devices: ["fence-node1"], from: "node3", why: undefined });
    expect(kept?.offSeconds).toBeNumber();
    expect(asked.map(({ question }) => question)).toEqual([
      "Drain node1, cut its power, and wait for its return?",
    ]);
  }, 60_000);

  test("a device that fails, or only says that it did it: kept as failed, and out of standby", async () => {
    const shoot = () =>
      Promise.reject(
        new HavenError("pacemaker.fencing", { node: "node1", action: "reboot", why: "No such device" }),
      );
    const failed = await run({ shoot });
    expect(failed.outcome).toMatchObject({ ok: false, shot: true, why: "No such device" });
    expect([failed.kept?.ok, failed.kept?.why, failed.standby]).toEqual([false, "No such device", undefined]);
    const lied = await run({ restarts: false });
    expect(lied.outcome).toMatchObject({ ok: false, why: expect.stringContaining("was not restarted") });
    expect([lied.kept?.ok, lied.standby, lied.file]).toEqual([false, undefined, undefined]);
  }, 60_000);

  test("a node that was in standby stays so", async () => {
    const { outcome, standby, asked } = await run({ standby: true });
    expect(outcome).toMatchObject({ ok: true, standby: "haven node online node1" });
    expect([standby, asked.length]).toEqual(["on", 1]);
  }, 60_000);

  test("nothing is shot without a yes and the name, while something is left there, or without libvirt", async () => {
    const worlds: readonly [World, string][] = [
      [{ answer: false }, "Not confirmed, nothing was changed"],
      [{ typed: "node2" }, "expected node1, found 'node2'"],
      [{ typed: undefined }, "expected node1, found nothing"],
      [{ libvirt: false }, "its libvirt does not take a file"],
      [{ stuck: true }, "vm-web is still there: it is unmanaged"],
      [{ standby: true, typed: "x" }, "expected node1"],
    ];
    for (const [world, said] of worlds) {
      const { outcome, seen, kept, standby } = await run(world);
      expect(String(outcome)).toContain(said);
      expect([seen, kept, standby]).toEqual([[], undefined, world.standby === true ? "on" : undefined]);
    }
    const dry = await run({}, { dryRun: true });
    expect(dry.outcome).toMatchObject({ shot: false, ok: false });
    expect([dry.seen, dry.standby, dry.asked]).toEqual([[], undefined, []]);
  }, 120_000);
});
