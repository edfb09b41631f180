import { afterEach, beforeEach, expect, test } from "bun:test";
import { FakeServer, noAnswer } from "../../libvirt/fake-server.ts";
import { LibvirtError } from "../../libvirt/libvirt-error.ts";
import { Hypervisor } from "./hypervisor.ts";

const web = { uuid: "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f", name: "web" };
const noDomain = new LibvirtError({ code: 42, domain: 10, level: 2, message: "Domain not found" });

let server: FakeServer;
let hypervisor: Hypervisor;

beforeEach(() => {
  server = new FakeServer();
  hypervisor = new Hypervisor(server.uri);
  for (const name of ["domainLookupByUUID", "domainLookupByName"] as const)
    server.on(name, () => {
      throw noDomain;
    });
});

afterEach(async () => {
  hypervisor.drop();
  server[Symbol.dispose]();
});

test("libvirt that says 'absent' while its normal workers hang has not passed its queue", async () => {
  server.on("domainGetInfo", () => noAnswer);
  expect(await hypervisor.look(web, 2000)).toMatchObject({ kind: "absent" });
  expect(await hypervisor.passQueue(web, 200)).toBe(false);
});

test("any answer of a normal worker shows that the queue was passed", async () => {
  server.on("domainGetInfo", () => {
    throw noDomain;
  });
  expect(await hypervisor.passQueue(web, 2000)).toBe(true);
  expect(server.calls).toContain("domainGetInfo");
});
