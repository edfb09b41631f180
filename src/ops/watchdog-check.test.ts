import { describe, expect, test } from "bun:test";
import { errorCode } from "../libvirt/constants.ts";
import { LibvirtError } from "../libvirt/libvirt-error.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { Environment } from "./environment.ts";
import { type WatchdogRequest, watchdogNodeProblems, watchdogProblems } from "./watchdog-check.ts";

const names = ["node1", "node2", "node3"];
const hosts = names.map((node) => ({ node, plugs: [] }));
const good = {
  "stonith-watchdog-timeout": "15s",
  "have-watchdog": "true",
  "dc-version": "3.0.0-3.0.0",
};

function cib(properties: Readonly<Record<string, string>> = {}, resources = "", members = names): Cib {
  const pairs = Object.entries({ ...good, ...properties }).map(
    ([name, value]) => `<nvpair id="o-${name}" name="${name}" value="${value}"/>`,
  );
  return Cib.parse(
    `<cib><configuration><crm_config><cluster_property_set id="cib-bootstrap-options">${pairs.join("")}</cluster_property_set></crm_config>
    <nodes>${members.map((name, at) => `<node id="${at + 1}" uname="${name}"/>`).join("")}</nodes>
    <resources>${resources}</resources><constraints/></configuration><status/></cib>`,
  );
}

const majority = { twoNode: false } as QuorumStatus;

describe("the watchdog is no device", () => {
  const cases: readonly (readonly [string, Cib, Partial<WatchdogRequest>, RegExp])[] = [
    [
      "for some nodes only",
      cib(),
      { hosts: hosts.slice(0, 1) },
      /name all of them, --for node2 --for node3 too$/,
    ],
    ["by another name", cib(), { id: "dog" }, /^--id: .* by the name watchdog only, found dog$/],
    ["in a level of one's choice", cib(), { level: 1 }, /^--level: /],
    [
      "with an outlet",
      cib(),
      { hosts: [{ node: "node1", plugs: ["1"] }, ...hosts.slice(1)] },
      /has no outlets: --for node1$/,
    ],
    [
      "where nobody counts on it",
      cib({ "stonith-watchdog-timeout": "0" }),
      {},
      /stonith-watchdog-timeout is not set/,
    ],
    [
      "where SBD has a disk",
      cib({ "stonith-watchdog-timeout": "0" }, `<primitive id="s" class="stonith" type="fence_sbd"/>`),
      {},
      /SBD has shared disks here/,
    ],
    ["where SBD does not run", cib({ "have-watchdog": "false" }), {}, /SBD does not run/],
    [
      "with Debian 12's Pacemaker",
      cib({ "dc-version": "2.1.5-a3f44794f94" }),
      {},
      /needs Pacemaker 2\.1\.6, found 2\.1\.5:/,
    ],
    ["with a Pacemaker that says nothing", cib({ "dc-version": "" }), {}, /found an unknown one/],
    ["without quorum's word", cib({ "no-quorum-policy": "ignore" }), {}, /no-quorum-policy is ignore/],
  ];
  test.each(cases)("%s", (_, configuration, request, words) => {
    const problems = watchdogProblems(configuration, { hosts, ...request }, majority);
    expect(problems).toEqual([expect.stringMatching(words)]);
  });

  test("of two nodes that have quorum alone each", () => {
    const two = cib({}, "", names.slice(0, 2));
    const request = { hosts: hosts.slice(0, 2) };
    const refused = [expect.stringMatching(/^Of two nodes .* third vote/)];
    expect(watchdogProblems(two, request, { twoNode: true } as QuorumStatus)).toEqual(refused);
    expect(watchdogProblems(two, request, undefined)).toEqual(refused);
    expect(watchdogProblems(two, request, majority)).toEqual([]);
  });
});

test("Pacemaker 2.1.6 and later will do", () => {
  for (const version of ["2.1.6-1", "2.1.10-x", "2.2.0", "3.0.1-y"]) {
    expect(watchdogProblems(cib({ "dc-version": version }), { hosts }, majority)).toEqual([]);
  }
});

interface NodeFiles {
  readonly online?: boolean;
  /** /etc/default/sbd; undefined: it is not there. */
  readonly sbd?: string | undefined;
  readonly silent?: boolean;
}

const notThere = new LibvirtError({
  code: errorCode.noStorageVol,
  domain: 0,
  level: 2,
  message: "not found",
});
const corosync = `totem {\n version: 2\n token: 1000\n}\nnodelist {\n${names.map((name, at) => `node {\n name: ${name}\n nodeid: ${at + 1}\n}\n`).join("")}}\n`;
const usual = 'SBD_DEVICE=""\nSBD_WATCHDOG_TIMEOUT=5\n';

/** What is said of nodes that have these files, where the others wait so long for a watchdog. */
async function ofNodes(
  nodes: Readonly<Record<string, NodeFiles>>,
  {
    properties = {},
    force = false,
  }: { readonly properties?: Readonly<Record<string, string>>; readonly force?: boolean } = {},
): Promise<readonly string[]> {
  const of = (name: string): NodeFiles => ({ sbd: usual, ...nodes[name] });
  const libvirt = (name = "here") => {
    if (of(name).silent === true) throw new Error("no answer");
    return {
      storagePoolCreateXML: () => Promise.resolve({}),
      storagePoolDestroy: () => Promise.resolve(),
      storageVolLookupByPath: (path: string) => Promise.resolve(path),
      storageVolDownload(path: string) {
        const text = path.endsWith("corosync.conf") ? corosync : of(name).sbd;
        if (text === undefined) throw notThere;
        const chunks = (async function* () {
          yield new TextEncoder().encode(text);
        })();
        return Promise.resolve(Object.assign(chunks, { finish: () => Promise.resolve() }));
      },
    };
  };
  const environment = {
    isLive: true,
    signal: new AbortController().signal,
    libvirt: (name?: string) => Promise.resolve().then(() => libvirt(name)),
    pacemaker: {
      status: () =>
        Promise.resolve({ nodes: names.map((name) => ({ name, online: of(name).online !== false })) }),
    },
  };
  return await watchdogNodeProblems(environment as unknown as Environment, cib(properties), { force });
}

describe("the nodes' own SBD", () => {
  test("as set-up leaves it: nothing is wrong", async () => {
    expect(await ofNodes({})).toEqual([]);
  });

  test("that may need longer than the others wait", async () => {
    expect(await ofNodes({ node2: { sbd: "SBD_WATCHDOG_TIMEOUT=10\n" } })).toEqual([
      expect.stringMatching(/^stonith-watchdog-timeout is 15 s, and node2 may need 20 s .* --update 20s$/),
    ]);
    // Pacemaker chooses twice the watchdog's timeout.
    const automatic = await ofNodes({}, { properties: { "stonith-watchdog-timeout": "-1" } });
    expect(automatic).toHaveLength(3);
    expect(automatic[0]).toMatch(/is 10 s, and node1 may need 15 s/);
  });

  test("that is not there, reads a disk, or says nothing of use", async () => {
    expect(await ofNodes({ node3: { sbd: undefined } })).toEqual([
      expect.stringMatching(/^node3 has no SBD \(\/etc\/default\/sbd is not there\)/),
    ]);
    expect(await ofNodes({ node1: { sbd: 'SBD_DEVICE="/dev/x"\n' } })).toEqual([
      expect.stringMatching(/^SBD on node1 has a disk \(\/dev\/x\)/),
    ]);
    expect(await ofNodes({ node1: { sbd: "SBD_WATCHDOG_TIMEOUT=long\n" } })).toHaveLength(1);
  });

  test("that nobody can know of: only by force", async () => {
    const world = { node1: { online: false }, node2: { silent: true } };
    expect(await ofNodes(world)).toEqual([
      expect.stringMatching(/^node1 is not online/),
      expect.stringMatching(/^node2 could not be asked for its SBD: no answer/),
    ]);
    expect(await ofNodes(world, { force: true })).toEqual([]);
  });
});
