#!/bin/sh
# The init of a lab node, below tini, which reaps: network, shared storage, then the enabled units.
#   init ADDRESS/BITS GATEWAY
set -u
address=$1 gateway=$2

mkdir -p /run/lock /run/crm /run/resource-agents /run/libvirt /run/corosync /run/user \
    /var/log/pacemaker/bundles /var/log/corosync /var/log/libvirt/qemu /var/log/haven-lab /var/lib/haven
chmod 1777 /run/lock
chown hacluster:haclient /run/crm /var/log/pacemaker /var/log/pacemaker/bundles
ln -sf /run/haven-lab/log /dev/log

ip link set lo up
# The host moves the link in as soon as it knows this node's process.
tries=0
until ip link set eth0 up 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 400 ] || { echo "eth0 did not come" >&2; break; }
    sleep 0.025
done
ip address add "$address" dev eth0
ip route add default via "$gateway"

/usr/lib/haven-lab/bin/storage || echo "the shared storage did not come" >&2
: > /run/haven-lab/storage
systemctl boot
: > /run/haven-lab/booted
# Its end is the node's: `systemctl poweroff` brings it about.
echo $$ > /run/haven-lab/init.pid
exec sleep infinity
