#!/bin/sh
# A guest with Debian's Corosync and Pacemaker in it, a node of a cluster of guests that fence each other through their
# hosts. Kernel parameters: haven.name=NAME haven.address=ADDRESS haven.members=NAME:ADDRESS,NAME:ADDRESS
# haven.hang=first (its Corosync hangs once, as soon as the other guest is there) or second (when the other one is back)
/bin/busybox mkdir -p /bin /dev /proc /sys /tmp /run /var/log/pacemaker /var/log/cluster /var/lib/corosync
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/bin
ln -s /run /var/run
exec < /dev/console > /dev/console 2>&1
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run

for word in $(cat /proc/cmdline); do
    case $word in
        haven.name=*) name=${word#*=} ;;
        haven.address=*) address=${word#*=} ;;
        haven.members=*) members=$(echo "${word#*=}" | tr , ' ') ;;
        haven.hang=*) hang=${word#*=} ;;
    esac
done
while read -r module; do insmod "/modules/$module.ko"; done < /modules/order
read -r boot < /proc/sys/kernel/random/boot_id
say() { echo "haven-guest $name boot=$boot cluster: $*"; }

mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
    read -r channel < "$port/name"
    [ "$channel" != haven.0 ] || ln -s "/dev/${port##*/}" /dev/virtio-ports/haven.0
done
hostname "$name"
ip link set lo up
ip link set eth0 up
ip address add "$address/24" dev eth0

mkdir -p /etc/corosync /var/lib/pacemaker
{
    printf 'totem {\n version: 2\n cluster_name: guests\n transport: knet\n token: 10000\n}\nnodelist {\n'
    id=0
    for member in $members; do
        id=$((id + 1))
        printf ' node {\n name: %s\n nodeid: %s\n ring0_addr: %s\n }\n' "${member%%:*}" $id "${member#*:}"
    done
    printf '}\nquorum {\n provider: corosync_votequorum\n two_node: 1\n}\n'
    printf 'logging {\n to_stderr: no\n to_syslog: no\n to_logfile: yes\n logfile: /var/log/cluster/corosync.log\n}\n'
} > /etc/corosync/corosync.conf
for folder in blackbox cib cores pengine; do mkdir -p /var/lib/pacemaker/$folder; done
chown -R hacluster:haclient /var/lib/pacemaker /var/log/pacemaker
say starts
corosync -f &
until corosync-quorumtool > /dev/null 2>&1 || [ $? = 2 ]; do sleep 1; done
pacemakerd > /dev/null 2>&1 &
# What came of each fencing, as Pacemaker says it.
until [ -e /var/log/pacemaker/pacemaker.log ]; do sleep 1; done
tail -n 0 -F /var/log/pacemaker/pacemaker.log 2> /dev/null | while read -r line; do
    case $line in *Operation*targeting*) say "fencing ${line#*Operation }" ;; esac
done &

configure() {
    for member in $members; do [ "$name" = "${member%%:*}" ] && break || return; done
    cibadmin --query --xpath '//primitive[@id="hosts"]' > /dev/null 2>&1 && return
    crm_attribute --name stonith-enabled --update true &&
        crm_attribute --name stonith-timeout --update 300s &&
        cibadmin --create --scope resources --xml-text '<primitive id="hosts" class="stonith" type="fence_haven_guest"><instance_attributes id="hosts-a"><nvpair id="hosts-t" name="pcmk_reboot_timeout" value="300s"/></instance_attributes></primitive>' &&
        say configured
}

before=0 most=0 returns=0
while :; do
    sleep 3
    [ "$before" != 0 ] || crm_mon -1 > /dev/null 2>&1 || continue
    online=$(crm_node --partition 2> /dev/null | wc -w)
    [ "$online" != 2 ] || configure
    if [ "$online" != "$before" ]; then
        say "online=$online"
        [ "$online" != 2 ] || [ "$most" != 2 ] || returns=$((returns + 1))
        [ "$online" -le "$most" ] || most=$online
        before=$online
    fi
    # Once in the life of its disk.
    [ "$(dd if=/dev/vda bs=1 count=4 2> /dev/null)" != hung ] || continue
    cibadmin --query --xpath '//primitive[@id="hosts"]' > /dev/null 2>&1 || continue
    if { [ "$hang" = first ] && [ "$online" = 2 ]; } || { [ "$hang" = second ] && [ "$returns" -gt 0 ]; }; then
        # The other one has to know of the device, and to have it started.
        sleep 20
        say hangs
        printf hung | dd of=/dev/vda conv=notrunc 2> /dev/null
        sync
        kill -STOP "$(pidof corosync)"
    fi
done
