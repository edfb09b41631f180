import { describe, expect, test } from "bun:test";
import { policyProblems, readPolicies } from "./policies.ts";
import { readSettings } from "./settings.ts";

async function policies(env: { readonly [name: string]: string }) {
  return readPolicies(await readSettings("monitor", env, 0));
}

describe("policies", () => {
  test("what nobody set", async () => {
    expect(await policies({})).toMatchObject({
      ioError: "wait",
      suspended: "wait",
      guestShutdown: "restart",
      forceStop: false,
      escFirst: false,
      autoConverge: true,
      sharedStorage: false,
      monitorScripts: [],
      networkSuffix: "",
      setClock: true,
    });
  });

  test("the specification's", async () => {
    const spec = {
      policies: {
        "io-error": "resume",
        suspended: "fail",
        "guest-shutdown": "stay-down",
        "graceful-stop": 90,
        "esc-before-shutdown": true,
        "monitor-scripts": ["/usr/local/bin/up", "-x"],
      },
      migration: {
        bandwidth: 100,
        timeout: 300,
        "network-suffix": "-mig",
        "auto-converge": false,
        "shared-storage": true,
      },
      "ready-signal": { enabled: true, timeout: 45 },
      clock: { offset: "utc", sync: false },
    };
    expect(await policies({ OCF_RESKEY_spec: JSON.stringify(spec) })).toMatchObject({
      ioError: "resume",
      suspended: "fail",
      guestShutdown: "stay-down",
      gracefulMs: 90_000,
      escFirst: true,
      bandwidth: 100,
      migrationMs: 300_000,
      networkSuffix: "-mig",
      autoConverge: false,
      sharedStorage: true,
      monitorScripts: ["/usr/local/bin/up"],
      setClock: false,
      readyMs: 45_000,
    });
  });

  test("a parameter counts before the specification", async () => {
    const spec = JSON.stringify({ policies: { "io-error": "resume" }, "ready-signal": { enabled: true } });
    const env = {
      OCF_RESKEY_spec: spec,
      OCF_RESKEY_io_error_policy: "fail",
      OCF_RESKEY_guest_shutdown_policy: "stay-down",
      OCF_RESKEY_ready_signal: "no",
      OCF_RESKEY_graceful_timeout: "20s",
      OCF_RESKEY_monitor_scripts: " /a /b ",
    };
    const read = await policies(env);
    expect(read).toMatchObject({ ioError: "fail", gracefulMs: 20_000, monitorScripts: ["/a", "/b"] });
    expect(read.readyMs).toBeUndefined();
    expect(read.guestShutdown).toBe("stay-down");
  });

  test("nonsense counts as not given, and validate-all names it", async () => {
    const env = {
      OCF_RESKEY_spec: "{",
      OCF_RESKEY_io_error_policy: "explode",
      OCF_RESKEY_graceful_timeout: "-3",
      OCF_RESKEY_migration_network_suffix: "a;b",
      OCF_RESKEY_monitor_scripts: "relative",
      OCF_RESKEY_auto_converge: "maybe",
      OCF_RESKEY_guest_shutdown_policy: "destroy",
    };
    expect(await policies(env)).toMatchObject({
      ioError: "wait",
      autoConverge: true,
      guestShutdown: "restart",
    });
    expect(policyProblems(env).length).toBe(7);
    expect(policyProblems({})).toEqual([]);
  });
});

describe("settings", () => {
  const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
  const xml = `<domain type='lxc'><name>a</name><uuid>${uuid}</uuid></domain>`;

  test("URI and identity follow from the domain", async () => {
    const settings = await readSettings(
      "monitor",
      { OCF_RESKEY_xml: xml, OCF_RESKEY_CRM_meta_interval: "0" },
      0,
    );
    expect(settings).toMatchObject({ uri: "lxc:///system", probe: true, identity: { uuid, name: "a" } });
    const other = await readSettings(
      "monitor",
      { OCF_RESKEY_xml: xml, OCF_RESKEY_CRM_meta_interval: "10000" },
      0,
    );
    expect(other.probe).toBe(false);
  });

  test("without a configuration, hints are left", async () => {
    const env = { OCF_RESKEY_config: "/does/not/exist", OCF_RESOURCE_INSTANCE: "vm-web:0" };
    const settings = await readSettings("monitor", env, 0);
    expect(settings.problem).toContain("/does/not/exist");
    expect(settings.hint).toEqual({ uuid: undefined, name: "web", type: undefined });
    const spec = JSON.stringify({ name: "db", uuid });
    const hint = (await readSettings("stop", { OCF_RESKEY_spec: spec }, 0)).hint;
    expect(hint).toEqual({ uuid, name: "db", type: undefined });
  });
});
