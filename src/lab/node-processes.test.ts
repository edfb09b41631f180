import { expect, test } from "bun:test";
import { isCalled } from "./node-processes.ts";

const qemu = {
  argv: ["/usr/bin/qemu-system-x86_64", "-name", "guest=web1,debug-threads=on", "-S"],
  comm: "qemu-system-x86",
};

test.each([
  [qemu, "vm:web1", true],
  [qemu, "vm:web", false],
  [qemu, "qemu", true],
  [{ argv: ["/usr/lib/ocf/resource.d/haven/Domain", "monitor"], comm: "Domain" }, "agent", true],
  [{ argv: ["pacemakerd", "-f"], comm: "pacemakerd" }, "pacemakerd", true],
  [{ argv: ["/usr/lib/pacemaker/pacemaker-execd"], comm: "pacemaker-execd" }, "pacemaker-execd", true],
  [{ argv: ["/usr/lib/pacemaker/pacemaker-controld"], comm: "pacemaker-contr" }, "pacemaker-controld", true],
  [{ argv: ["/usr/lib/pacemaker/pacemaker-controld"], comm: "pacemaker-contr" }, "pacemakerd", false],
  [
    { argv: ["/bin/sh", "/usr/lib/ocf/resource.d/heartbeat/VirtualDomain"], comm: "VirtualDomain" },
    "VirtualDomain",
    true,
  ],
  [{ argv: ["bindfs", "--multithreaded"], comm: "bindfs" }, "storage", true],
  [{ argv: [], comm: "kthread" }, "libvirtd", false],
])("%j as %s", (process, name, expected) => {
  expect(isCalled(process, name)).toBe(expected);
});
