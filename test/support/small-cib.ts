/** A small cluster's CIB for unit tests: two nodes, a VM, a group, a clone, a fence device. */
export const smallCib = `<cib validate-with="pacemaker-3.0" admin_epoch="1" epoch="7" num_updates="3" have-quorum="1" dc-uuid="1">
  <configuration>
    <crm_config>
      <cluster_property_set id="cib-bootstrap-options">
        <nvpair id="cib-bootstrap-options-cluster-name" name="cluster-name" value="demo"/>
        <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="true"/>
      </cluster_property_set>
    </crm_config>
    <nodes>
      <node id="1" uname="node1"><utilization id="nodes-1-utilization"><nvpair id="nodes-1-utilization-memory" name="memory" value="8192"/></utilization></node>
      <node id="2" uname="node2"/>
    </nodes>
    <resources>
      <template id="haven-vm" class="ocf" provider="haven" type="Domain">
        <meta_attributes id="haven-vm-meta"><nvpair id="haven-vm-meta-priority" name="priority" value="1"/></meta_attributes>
        <operations id="haven-vm-ops"><op id="haven-vm-ops-monitor" name="monitor" interval="10s" timeout="30s"/></operations>
      </template>
      <primitive id="vm-web" class="ocf" provider="haven" type="Domain">
        <instance_attributes id="vm-web-params"><nvpair id="vm-web-params-xml" name="xml" value="&lt;domain/&gt;"/></instance_attributes>
        <meta_attributes id-ref="haven-vm-meta"/>
        <operations id-ref="haven-vm-ops"/>
      </primitive>
      <group id="front">
        <primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2"/>
        <primitive id="proxy" class="ocf" provider="heartbeat" type="haproxy"/>
      </group>
      <clone id="ping-clone"><primitive id="ping" class="ocf" provider="pacemaker" type="ping"/></clone>
      <primitive id="fence" class="stonith" type="fence_haven_chassis"/>
    </resources>
    <constraints>
      <!-- by hand -->
      <rsc_location id="web-prefers" rsc="vm-web" node="node1" score="1000"/>
      <rsc_order id="ip-then-web"><resource_set id="set1"><resource_ref id="ip"/><resource_ref id="vm-web"/></resource_set></rsc_order>
    </constraints>
    <fencing-topology><fencing-level id="fl1" target="node1" index="1" devices="fence"/></fencing-topology>
    <tags><tag id="all"><obj_ref id="vm-web"/><obj_ref id="ip"/></tag></tags>
  </configuration>
  <status/>
</cib>`;
