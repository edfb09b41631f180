import { expect, test } from "bun:test";
import { specDomain, withName } from "../../test/support/spec-domain.ts";

const channel = (path: string): string =>
  `<channel type='unix'><source mode='bind' path='${path}'/><target type='virtio' name='startup_signal'/></channel>`;
const whole = (path: string): string =>
  `<domain type='kvm'><name>db1</name><memory unit='MiB'>2048</memory><vcpu>1</vcpu><devices>${channel(path)}</devices></domain>`;

test.each([
  ["/run/haven/guest/db1.sock", "/run/haven/guest/web1.sock"],
  ["/run/haven/guest/web1.sock", "/run/haven/guest/web1.sock"],
  ["/run/haven/other/..//guest/db1.sock", "/run/haven/guest/web1.sock"],
  ["/run/haven/guest/../db1.sock", "/run/haven/guest/../db1.sock"],
  ["/run/db1.sock", "/run/db1.sock"],
])("no guest speaks as another one: %s", async (path, own) => {
  const added = await specDomain(withName(`xml: {devices: "${channel(path)}"}`));
  expect(added.text).toContain(`path='${own}'`);
  const copied = await specDomain(withName(`xml: {whole: "${whole(path)}"}`));
  expect(copied.text).toContain(`path='${own}'`);
  expect(copied.text).toContain("<name>web1</name>");
});
