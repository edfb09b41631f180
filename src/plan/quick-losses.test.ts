import { expect, test } from "bun:test";
import type { VmView } from "../contract/vm-view.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { type QuickAnswer, QuickLosses } from "./quick-losses.ts";
import { Room } from "./room.ts";

interface Given {
  /** What each node has to give. */
  readonly nodes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Where each VM runs, and what it asks for. */
  readonly vms: Readonly<Record<string, readonly [node: string, asks: Readonly<Record<string, number>>]>>;
  readonly constraints?: string;
  readonly standby?: readonly string[];
  readonly strategy?: string;
}

function utilization(id: string, values: Readonly<Record<string, number>>): string {
  const pairs = Object.entries(values).map(
    ([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`,
  );
  return `<utilization id="${id}">${pairs.join("")}</utilization>`;
}

function losses({ nodes, vms, constraints = "", standby = [], strategy = "balanced" }: Given) {
  const cib = Cib.parse(
    `<cib><configuration><crm_config><cluster_property_set id="o"><nvpair id="s" name="placement-strategy" value="${strategy}"/></cluster_property_set></crm_config>` +
      `<nodes>${Object.entries(nodes)
        .map(([name, has], i) => `<node id="${i}" uname="${name}">${utilization(`u-${name}`, has)}</node>`)
        .join("")}</nodes>` +
      `<resources>${Object.entries(vms)
        .map(
          ([name, [, asks]]) => `<primitive id="vm-${name}">${utilization(`u-${name}-vm`, asks)}</primitive>`,
        )
        .join("")}</resources><constraints>${constraints}</constraints></configuration></cib>`,
  );
  const status = {
    failCounts: [],
    nodes: Object.keys(nodes).map((name) => ({
      ...{ name, online: true, unclean: false, pending: false, shutdown: false, maintenance: false },
      ...{ standby: standby.includes(name), standbyOnFail: false },
    })),
  } as unknown as ClusterStatus;
  const views = Object.entries(vms).map(
    ([name, [node]]) =>
      ({ name, resource: `vm-${name}`, wanted: "running", nodes: [node] }) as unknown as VmView,
  );
  const places = new Map(Object.entries(vms).map(([name, [node]]) => [`vm-${name}`, node]));
  const none: ReadonlySet<string> = new Set();
  return new QuickLosses({ cib, status, room: new Room(cib), lost: none, drained: none, places }, views);
}

const answer = (said: QuickAnswer): string => said.answer;
const three = { n1: { memory: 100 }, n2: { memory: 100 }, n3: { memory: 100 } };

test("a node without VMs, and one whose VM fits anywhere", () => {
  const all = losses({ nodes: three, vms: { a: ["n1", { memory: 40 }], b: ["n2", { memory: 40 }] } });
  expect(answer(all.of(["n3"]))).toBe("fits");
  expect(answer(all.of(["n1"]))).toBe("fits");
});

test("more is asked for than is free in all", () => {
  const vms = { a: ["n1", { memory: 90 }], b: ["n2", { memory: 60 }], c: ["n3", { memory: 60 }] } as const;
  // 90 against 40 + 40.
  expect(losses({ nodes: three, vms }).of(["n1"])).toEqual({
    answer: "short",
    why: "its VMs need 90 MiB of memory, and 80 MiB are free elsewhere",
  });
});

test("enough in all, but in pieces: not known", () => {
  const vms = { a: ["n1", { memory: 70 }], b: ["n2", { memory: 60 }], c: ["n3", { memory: 60 }] } as const;
  // 70 against 40 + 40: it fits nowhere, which sums do not show.
  expect(answer(losses({ nodes: three, vms }).of(["n1"]))).toBe("unknown");
});

test("several VMs that could be in each other's way: a tie is not known, one unit more is", () => {
  // Two VMs of 50 and free 50 + 50: they fit in one order, and always, since one fills one node only.
  const tight = {
    a: ["n1", { memory: 50 }],
    b: ["n1", { memory: 50 }],
    c: ["n2", { memory: 50 }],
    d: ["n3", { memory: 50 }],
  } as const;
  expect(answer(losses({ nodes: three, vms: tight }).of(["n1"]))).toBe("fits");
  // 30 + 30 + 40 against 50 + 50: the two smaller ones, one on each node, leave 20 and 20.
  const split = {
    a: ["n1", { memory: 30 }],
    b: ["n1", { memory: 30 }],
    e: ["n1", { memory: 40 }],
    c: ["n2", { memory: 50 }],
    d: ["n3", { memory: 50 }],
  } as const;
  expect(answer(losses({ nodes: three, vms: split }).of(["n1"]))).toBe("unknown");
});

test("two kinds: memory may be shut by one VM and processors by another", () => {
  const nodes = { n1: { memory: 100, cpu: 10 }, n2: { memory: 100, cpu: 10 }, n3: { memory: 100, cpu: 10 } };
  const wide = {
    a: ["n1", { memory: 10, cpu: 8 }],
    b: ["n1", { memory: 80, cpu: 1 }],
    c: ["n1", { memory: 50, cpu: 5 }],
  } as const;
  // a on one node and b on the other: c finds 2 processors there and 20 MiB here.
  expect(answer(losses({ nodes, vms: wide }).of(["n1"]))).toBe("unknown");
  expect(answer(losses({ nodes, vms: { a: wide.a, c: wide.c } }).of(["n1"]))).toBe("fits");
});

test("both of two nodes, and a node that takes nothing", () => {
  const vms = { a: ["n1", { memory: 60 }], b: ["n2", { memory: 60 }] } as const;
  expect(answer(losses({ nodes: three, vms }).of(["n1", "n2"]))).toBe("short");
  expect(losses({ nodes: three, vms, standby: ["n2", "n3"] }).of(["n1"])).toEqual({
    ...{ answer: "short", why: "no node is left that takes VMs" },
  });
});

test("what binds a VM is the scheduler's to weigh", () => {
  const vms = { a: ["n1", { memory: 10 }], b: ["n2", { memory: 10 }] } as const;
  const with_ = (constraints: string): string =>
    answer(losses({ nodes: three, vms, constraints }).of(["n1"]));
  expect(with_('<rsc_location id="p" rsc="vm-a" node="n1" score="1000"/>')).toBe("fits");
  expect(with_('<rsc_location id="p" rsc="vm-a" node="n2" score="-INFINITY"/>')).toBe("unknown");
  expect(with_('<rsc_location id="p" rsc-pattern="^vm-" node="n2" score="-INFINITY"/>')).toBe("unknown");
  expect(with_('<rsc_colocation id="c" rsc="vm-a" with-rsc="vm-b" score="-INFINITY"/>')).toBe("unknown");
  expect(with_('<rsc_colocation id="c" rsc="vm-b" with-rsc="vm-a" score="INFINITY"/>')).toBe("unknown");
  expect(with_('<rsc_colocation id="c" rsc="vm-a" with-rsc="vm-b" score="-5"/>')).toBe("fits");
  expect(with_('<rsc_order id="o" first="vm-b" then="vm-a"/>')).toBe("unknown");
});

test("where Pacemaker does not count, everything fits that is bound by nothing", () => {
  const vms = { a: ["n1", { memory: 900 }] } as const;
  expect(answer(losses({ nodes: three, vms, strategy: "default" }).of(["n1"]))).toBe("fits");
});

test("the last unit of memory, and of processors: what fits exactly fits, one more does not", () => {
  const nodes = { n1: { memory: 100, cpu: 8 }, n2: { memory: 100, cpu: 8 }, n3: { memory: 40, cpu: 8 } };
  const with_ = (memory: number, cpu: number): string =>
    answer(
      losses({
        nodes,
        vms: {
          a: ["n1", { memory, cpu }],
          b: ["n2", { memory: 40, cpu: 4 }],
          c: ["n3", { memory: 40, cpu: 6 }],
        },
      }).of(["n1"]),
    );
  // n2 has 60 MiB and 4 processors free, n3 no memory and 2 processors.
  expect(with_(60, 4)).toBe("fits");
  expect(with_(61, 4)).toBe("short");
  expect(with_(60, 5)).toBe("unknown");
  expect(with_(60, 7)).toBe("short");
});

test("nodes that are equally full: none is better, and each is as good", () => {
  const vms = {
    a: ["n1", { memory: 50 }],
    b: ["n2", { memory: 50 }],
    c: ["n3", { memory: 50 }],
  } as const;
  const each = ["n1", "n2", "n3"].map((node) => answer(losses({ nodes: three, vms }).of([node])));
  expect(each).toEqual(["fits", "fits", "fits"]);
  const pairs = [
    ["n1", "n2"],
    ["n1", "n3"],
    ["n2", "n3"],
  ].map((pair) => answer(losses({ nodes: three, vms }).of(pair)));
  // Two of 50 into 50.
  expect(pairs).toEqual(["short", "short", "short"]);
});

test("two of four nodes at once", () => {
  const nodes = { ...three, n4: { memory: 100 } };
  const vms = {
    a: ["n1", { memory: 30 }],
    b: ["n2", { memory: 30 }],
    c: ["n3", { memory: 60 }],
    d: ["n4", { memory: 60 }],
  } as const;
  const all = losses({ nodes, vms });
  // 30 and 30 into 40 and 40: one each, and no other way.
  expect(answer(all.of(["n1", "n2"]))).toBe("fits");
  // 60 and 60 into 70 and 70.
  expect(answer(all.of(["n3", "n4"]))).toBe("fits");
  // 30 and 60 into 70 and 40: 60 fits only where 30 is not.
  expect(answer(all.of(["n1", "n3"]))).toBe("unknown");
});
