import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { domainState, errorCode, jobOperation, jobType, pausedReason } from "../../libvirt/constants.ts";
import { FakeServer } from "../../libvirt/fake-server.ts";
import { LibvirtError } from "../../libvirt/libvirt-error.ts";
import { ocf } from "../ocf.ts";
import { qemuNotes } from "./qemu-note.ts";
import { Record } from "./record.ts";
import { readSettings } from "./settings.ts";
import { stop } from "./stop.ts";

const resource = `vm-haven-stop-test-${process.pid}`;
const domain = { name: `haven-stop-${process.pid}`, uuid: crypto.randomUUID(), id: 3 };

/** A domain as the fake daemon shows it. */
interface Shown {
  /** Whether it is there; `off` is a persistent one without a process. */
  here: "active" | "off" | "absent";
  paused: boolean;
  job: "out" | "none";
  marked: boolean;
}

let server: FakeServer;
let shown: Shown;

function refuse(code: number): never {
  throw new LibvirtError({ code, domain: 10, level: 2, message: "refused" });
}

beforeEach(() => {
  shown = { here: "active", paused: false, job: "none", marked: false };
  server = new FakeServer();
  const existing = (): void => {
    if (shown.here === "absent") refuse(errorCode.noDomain);
  };
  server.on("domainLookupByUUID", () => {
    existing();
    return domain;
  });
  server.on("domainLookupByName", () => refuse(errorCode.noDomain));
  server.on("domainGetState", () => {
    existing();
    if (shown.here === "off") return { state: domainState.shutoff, reason: 0 };
    return shown.paused
      ? { state: domainState.paused, reason: pausedReason.migration }
      : { state: domainState.running, reason: 1 };
  });
  server.on("domainGetJobStats", () => {
    existing();
    if (shown.here === "off") refuse(errorCode.operationInvalid);
    if (shown.job === "none") return { type: jobType.none, params: new Map() };
    return { type: jobType.unbounded, params: new Map([["operation", jobOperation.migrationOut]]) };
  });
  server.on("domainGetMetadata", () =>
    shown.marked ? '<migration source="a" target="b" suspended="no"/>' : refuse(errorCode.noDomainMetadata),
  );
  server.on("domainShutdownFlags", () => {
    shown.here = "absent";
  });
  server.on("domainDestroyFlags", () => {
    shown.here = "absent";
  });
});
afterEach(() => server[Symbol.dispose]());

async function answer(seconds = 20): Promise<{ readonly code: number; readonly reason?: string }> {
  const env = {
    OCF_RESOURCE_INSTANCE: resource,
    OCF_RESKEY_uri: server.uri,
    OCF_RESKEY_xml: `<domain type="kvm"><name>${domain.name}</name><uuid>${domain.uuid}</uuid></domain>`,
    OCF_RESKEY_CRM_meta_timeout: `${seconds * 1000}`,
  };
  return await stop(await readSettings("stop", env, 0), () => undefined);
}

test("a guest that shuts down is stopped", async () => {
  expect((await answer()).code).toBe(ocf.success);
});

test("a migration is aborted first; a guest that is seen without it and ends then has ended here", async () => {
  shown.job = "out";
  server.on("domainAbortJob", () => {
    shown.job = "none";
  });
  expect((await answer()).code).toBe(ocf.success);
  expect(server.calls.filter((call) => call === "domainShutdownFlags")).toHaveLength(1);
});

for (const here of ["absent", "off"] as const) {
  test(`a guest that vanishes while it goes out may run elsewhere (${here} afterwards)`, async () => {
    shown.job = "out";
    server.on("domainAbortJob", () => {
      shown.here = here;
    });
    const { code, reason } = await answer();
    expect(code).toBe(ocf.generic);
    expect(reason).toContain("another node");
    expect(server.calls).not.toContain("domainShutdownFlags");
  });
}

for (const part of ["in", "out"] as const) {
  test.skipIf(process.getuid?.() !== 0)(
    `one that ends while libvirt is asked for its part in a migration: ${part}, by libvirt's note`,
    async () => {
      shown.paused = true;
      server.on("domainGetJobStats", () => {
        shown.here = "absent";
        refuse(errorCode.noDomain);
      });
      const existed = existsSync(qemuNotes);
      const note = join(qemuNotes, `${domain.name}.xml`);
      mkdirSync(qemuNotes, { recursive: true });
      writeFileSync(
        note,
        `<domstatus state='paused'><job type='none' async='migration ${part}'/></domstatus>`,
      );
      try {
        expect((await answer()).code).toBe(part === "in" ? ocf.success : ocf.generic);
      } finally {
        rmSync(existed ? note : qemuNotes, { recursive: true });
      }
    },
  );
}

test("an abort is seen to have worked soon, and asked for again after a second", async () => {
  shown.job = "out";
  let aborts = 0;
  server.on("domainAbortJob", () => {
    aborts += 1;
    if (aborts === 2) setTimeout(() => (shown.job = "none"), 100);
  });
  const began = performance.now();
  expect((await answer()).code).toBe(ocf.success);
  expect(aborts).toBe(2);
  expect(performance.now() - began).toBeLessThan(2500);
});

test("one that stands still after a migration by hand may have been taken over; its own is asked for elsewhere", async () => {
  shown.paused = true;
  expect((await answer()).code).toBe(ocf.generic);
  shown = { ...shown, here: "active", marked: true };
  expect((await answer()).code).toBe(ocf.success);
  expect(server.calls.filter((call) => call === "domainDestroyFlags")).toHaveLength(2);
});

test("one that stands still for a moment only is shut down as any other", async () => {
  shown.paused = true;
  setTimeout(() => (shown.paused = false), 300);
  expect((await answer()).code).toBe(ocf.success);
  expect(server.calls).not.toContain("domainDestroyFlags");
});

const qemuLogs = "/var/log/libvirt/qemu";

test.skipIf(process.getuid?.() !== 0).each([
  ["destroyed", 0, ocf.success, "forced: ended on the node (destroyed)"],
  ["migrated", 0, ocf.generic, undefined],
  ["destroyed", -60_000, ocf.generic, undefined],
  ["destroyed", 60_000, ocf.generic, undefined],
  ["destroyed", 1, ocf.success, "forced: ended on the node (destroyed)"],
  ["migrated", 1, ocf.generic, undefined],
])("one that is gone before libvirt can be asked: %s, %d ms from now by libvirt's log", async (...row) => {
  const [reason, laterMs, code, note] = row;
  // Libvirt's note is gone, too, when the first look has ended.
  if (laterMs === 1) {
    server.on("domainGetState", () => {
      rmSync(libvirtsNote, { force: true });
      return shown.here === "absent" ? refuse(errorCode.noDomain) : { state: domainState.running, reason: 1 };
    });
  }
  const log = join(qemuLogs, `${domain.name}.log`);
  const existed = existsSync(qemuNotes);
  const libvirtsNote = join(qemuNotes, `${domain.name}.xml`);
  for (const folder of [qemuLogs, qemuNotes]) mkdirSync(folder, { recursive: true });
  writeFileSync(libvirtsNote, "<domstatus state='running'><job type='none' async='none'/></domstatus>");
  server.on("domainGetJobStats", () => {
    shown.here = "absent";
    const at = new Date(Date.now() + laterMs).toISOString().replace("T", " ").replace("Z", "+0000");
    writeFileSync(log, `${at}: shutting down, reason=${reason}\n`);
    refuse(errorCode.noDomain);
  });
  const record = new Record(resource);
  record.note("none", "");
  try {
    expect((await answer()).code).toBe(code);
    expect(record.lastNote("stop", 60_000)).toBe(note);
  } finally {
    rmSync(log, { force: true });
    rmSync(existed ? libvirtsNote : qemuNotes, { recursive: true, force: true });
  }
});
