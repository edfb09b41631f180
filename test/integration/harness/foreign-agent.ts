/**
 * A resource agent that stands in for one that no package has: named and parametrised as that is, and doing as it does
 * (start creates a transient domain, monitor asks for its state by its name, stop destroys it, migration is virsh's).
 */
export function foreignAgent(name: "LibvirtQemu" | "TransientDomain"): string {
  const parameter = name === "LibvirtQemu" ? "config" : "domain_xml";
  const file = name === "LibvirtQemu" ? `"$OCF_RESKEY_config"` : `"/run/$OCF_RESOURCE_INSTANCE.xml"`;
  return `#!/bin/sh
meta_data() {
  cat <<END
<?xml version="1.0"?>
<resource-agent name="${name}" version="1.0">
<version>1.0</version><longdesc lang="en">Stands in.</longdesc><shortdesc lang="en">Stands in</shortdesc>
<parameters><parameter name="${parameter}" unique="1" required="1"><longdesc lang="en">It.</longdesc><shortdesc lang="en">It</shortdesc><content type="string"/></parameter>
<parameter name="email" unique="0" required="0"><longdesc lang="en">It.</longdesc><shortdesc lang="en">It</shortdesc><content type="string"/></parameter></parameters>
<actions><action name="start" timeout="60"/><action name="stop" timeout="60"/><action name="monitor" timeout="30" interval="10"/><action name="migrate_to" timeout="60"/><action name="migrate_from" timeout="60"/><action name="meta-data" timeout="5"/><action name="validate-all" timeout="5"/></actions>
</resource-agent>
END
}
[ "$1" = meta-data ] && { meta_data; exit 0; }
file=${file}
[ -n "$OCF_RESKEY_domain_xml" ] && printf '%s\\n' "$OCF_RESKEY_domain_xml" >"$file"
name=$(sed -n "s:.*<name>\\([^<]*\\)</name>.*:\\1:p" "$file" | head -n 1)
runs() { case "$(virsh -q domstate "$name" 2>&1)" in running*|paused*|idle*) return 0;; *) return 7;; esac; }
case "$1" in
  start) runs || virsh -q create "$file" || exit 1; exit 0;;
  stop) runs && { virsh -q destroy "$name" || exit 1; }; exit 0;;
  monitor|status|migrate_from) runs; exit $?;;
  migrate_to) virsh -q migrate --live "$name" "qemu+tls://$OCF_RESKEY_CRM_meta_migrate_target/system"; exit $?;;
  validate-all) exit 0;;
  *) exit 3;;
esac
`;
}
