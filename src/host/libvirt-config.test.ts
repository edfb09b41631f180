import { expect, test } from "bun:test";
import { hostUuid, libvirtdConf, qemuConf } from "./libvirt-config.ts";

test("TLS only, and an identity that is distinct and stable", () => {
  const one = libvirtdConf("# nothing set\n", { cluster: "lab", node: "node1" });
  expect(one).toContain("listen_tls = 1\nlisten_tcp = 0\n");
  expect(one).toContain(`host_uuid = "${hostUuid("lab", "node1")}"`);
  expect(libvirtdConf(one, { cluster: "lab", node: "node1" })).toBe(one);
  expect(hostUuid("lab", "node1")).not.toBe(hostUuid("lab", "node2"));
  expect(hostUuid("lab", "node1")).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test("an identity that is set stays", () => {
  const text = libvirtdConf('host_uuid = "11111111-2222-3333-4444-555555555555"\n', {
    cluster: "a",
    node: "b",
  });
  expect(text).toContain("11111111-2222-3333-4444-555555555555");
});

test("extra settings win", () => {
  expect(qemuConf("", { user: '"root"' })).toBe(
    'keepalive_interval = 3\nkeepalive_count = 3\nmigrate_tls_x509_verify = 1\nuser = "root"\n',
  );
});
