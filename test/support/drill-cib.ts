import type { VmSpec } from "../../src/contract/vm-spec.ts";
import type { ResolvedSpec } from "../../src/vm/resolve-spec.ts";
import { toCib } from "../../src/vm/to-cib.ts";
import { vmTemplate } from "../../src/vm/vm-template.ts";
import { writeXml } from "../../src/xml/write.ts";

/** A VM of the cluster below: large, on storage and networks that a lab does not have. */
function vm(name: string, more: Partial<VmSpec> = {}): string {
  const spec = {
    ...{
      name,
      uuid: `6f9e1c52-0000-4000-8000-${Buffer.from(name.padEnd(6, "_")).toString("hex").slice(0, 12)}`,
    },
    ...{ memory: 8192, cpu: { count: 4 }, hypervisor: "kvm", disks: [{ device: `/dev/san/${name}` }] },
    ...more,
  } as ResolvedSpec;
  return writeXml(toCib(spec).primitive);
}

const pair = (set: string, name: string, value: string): string =>
  `<nvpair id="${set}-${name}" name="${name}" value="${value}"/>`;

/**
 * A real cluster's CIB: three servers with 20 GiB for VMs each, fenced by their management controllers; six VMs of 8
 * GiB, one of another agent, two of them apart; services that need the real world; somebody who gets mail.
 */
export function drillCib(): string {
  const node = (id: number, more = ""): string =>
    `<node id="${id}" uname="hv${id}"><utilization id="nodes-${id}-utilization">${pair(`nodes-${id}-utilization`, "memory", "20480")}${pair(`nodes-${id}-utilization`, "cpu", "64")}</utilization>${more}</node>`;
  const ipmi = (id: number): string =>
    `<primitive id="fence-hv${id}" class="stonith" type="fence_ipmilan"><instance_attributes id="fence-hv${id}-p">${pair(`fence-hv${id}-p`, "ip", `10.9.0.${id}`)}${pair(`fence-hv${id}-p`, "password", "very-secret")}</instance_attributes></primitive>`;
  return `<cib validate-with="pacemaker-3.9" admin_epoch="2" epoch="41" num_updates="7" cib-last-written="Sat Nov 28 12:00:00 2026" have-quorum="1" dc-uuid="1">
<configuration>
<crm_config>
<cluster_property_set id="cib-bootstrap-options">${pair("o", "cluster-name", "blades")}${pair("o", "stonith-enabled", "true")}${pair("o", "placement-strategy", "balanced")}${pair("o", "no-quorum-policy", "stop")}${pair("o", "start-failure-is-fatal", "false")}${pair("o", "dc-deadtime", "90s")}${pair("o", "maintenance-mode", "true")}</cluster_property_set>
<cluster_property_set id="haven-settings">${pair("hs", "mail", "{&quot;to&quot;:[&quot;admin@example.org&quot;]}")}${pair("hs", "expected-vms", "20")}</cluster_property_set>
<cluster_property_set id="haven-tokens">${pair("ht", "token-x", "secret")}</cluster_property_set>
</crm_config>
<nodes>${node(1)}${node(2, `<instance_attributes id="nodes-2">${pair("nodes-2", "standby", "on")}${pair("nodes-2", "rack", "r2")}</instance_attributes>`)}${node(3)}</nodes>
<resources>${writeXml(vmTemplate())}
${vm("db1", { priority: 10, placement: { "apart-from": [{ vm: "db2" }] } })}
${vm("db2", { priority: 10 })}
${vm("web1", { "ready-signal": { enabled: true } })}
${vm("web2", { placement: { prefer: ["hv3"] } })}
${vm("batch", { priority: 0 })}
<primitive id="old-mail" class="ocf" provider="heartbeat" type="VirtualDomain"><instance_attributes id="old-mail-p">${pair("old-mail-p", "config", "/etc/libvirt/qemu/mail.xml")}</instance_attributes><meta_attributes id="old-mail-m">${pair("old-mail-m", "allow-migrate", "true")}</meta_attributes><utilization id="old-mail-u">${pair("old-mail-u", "memory", "4096")}</utilization><operations><op id="old-mail-monitor" name="monitor" interval="30s" timeout="30s"/></operations></primitive>
<primitive id="admin-ip" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="admin-ip-p">${pair("admin-ip-p", "ip", "10.0.0.5")}</instance_attributes><operations><op id="admin-ip-monitor" name="monitor" interval="30s" timeout="20s"/></operations></primitive>
<clone id="storage-clone"><group id="storage"><primitive id="dlm" class="ocf" provider="pacemaker" type="controld"/><primitive id="lvmlockd" class="systemd" type="lvmlockd"/></group></clone>
<clone id="ping-clone"><primitive id="ping" class="ocf" provider="pacemaker" type="ping"><instance_attributes id="ping-p">${pair("ping-p", "host_list", "10.0.0.1 10.0.0.2 10.0.0.3")}${pair("ping-p", "multiplier", "1000")}${pair("ping-p", "dampen", "5s")}</instance_attributes><operations><op id="ping-monitor" name="monitor" interval="10s" timeout="60s"/></operations></primitive></clone>
${ipmi(1)}${ipmi(2)}${ipmi(3)}
</resources>
<constraints>
<rsc_colocation id="vm-db1.apart" rsc="vm-db1" with-rsc="vm-db2" score="-INFINITY"/>
<rsc_location id="vm-web2.prefers" rsc="vm-web2" node="hv3" score="1000"/>
<rsc_order id="storage-first" first="storage-clone" then="vm-db1"/>
<rsc_location id="fence-hv1-off" rsc="fence-hv1" node="hv1" score="-INFINITY"/>
<rsc_ticket id="site" rsc="vm-batch" ticket="site-a"/>
</constraints>
<fencing-topology><fencing-level id="fl-1" target="hv1" index="1" devices="fence-hv1"/></fencing-topology>
<alerts><alert id="page-somebody" path="/usr/local/bin/page"/></alerts>
<rsc_defaults><meta_attributes id="rsc-options">${pair("rsc-options", "resource-stickiness", "10000")}${pair("rsc-options", "migration-threshold", "3")}</meta_attributes></rsc_defaults>
</configuration>
<status/>
</cib>
`;
}
