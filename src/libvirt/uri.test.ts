import { describe, expect, test } from "bun:test";
import { parseUri } from "./uri.ts";

describe("URIs", () => {
  test("a local hypervisor is reached over libvirtd's socket, else over its own daemon's", () => {
    expect(parseUri("qemu:///system")).toEqual({
      uri: "qemu:///system",
      name: "qemu:///system",
      transport: { kind: "unix", paths: ["/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock"] },
    });
    expect(parseUri("lxc:///system").name).toBe("lxc:///system");
    expect(parseUri("xen:///system").name).toBe("xen:///system");
    expect(parseUri("test:///default").transport).toEqual({
      kind: "unix",
      paths: ["/run/libvirt/libvirt-sock"],
    });
    expect(parseUri("qemu+unix:///system").name).toBe("qemu:///system");
  });

  test("another socket, and parameters that are the driver's", () => {
    expect(parseUri("qemu:///system?socket=/tmp/a%20b&mode=x&driver=1")).toMatchObject({
      name: "qemu:///system?driver=1",
      transport: { kind: "unix", paths: ["/tmp/a b"] },
    });
  });

  test("TLS", () => {
    expect(parseUri("qemu+tls://node1/system")).toMatchObject({
      name: "qemu:///system",
      transport: { kind: "tls", host: "node1", port: 16514 },
    });
    expect(parseUri("qemu://node1:99/system?pkipath=/tmp/pki").transport).toEqual({
      kind: "tls",
      host: "node1",
      port: 99,
      pkiPath: "/tmp/pki",
    });
    expect(parseUri("qemu+tls://[fd00::1]/system").transport).toMatchObject({ host: "fd00::1" });
  });

  test.each([
    "",
    "qemu",
    "/run/libvirt/libvirt-sock",
    "qemu+ssh://node1/system",
    "qemu+tcp://node1/system",
    "qemu+tls:///system",
    "qemu:///session",
    "qemu:///system?socket=relative",
    "qemu+unix://node1/system",
    "qemu+tls://node1:99999/system",
  ])("%p is refused", (uri) => {
    expect(() => parseUri(uri)).toThrow(expect.objectContaining({ code: "input.invalid" }));
  });
});
