#!/bin/sh
# Becomes process 1 of a lab node. Called inside new mount, network, PID, IPC and UTS namespaces:
#   boot.sh IMAGE NODE_DIR LAB_DIR NAME ADDRESS/BITS GATEWAY
set -eu
image=$1 node=$2 lab=$3 name=$4 address=$5 gateway=$6

# Control groups of the node's own, without which its libvirt runs no container. Version 1 has a tree for each kind,
# version 2 one for all, where a group holds either processes or groups. Where the machine gives none, the node boots
# without.
groups=/sys/fs/cgroup group=haven-lab-${lab##*/}-$name
# The number is that in the process namespace of the writer.
join_group() { (echo $$ > "$1/cgroup.procs") 2>/dev/null || :; }
join_groups() {
    if [ -e "$groups/cgroup.controllers" ]; then
        if mkdir -p "$groups/$group/init" 2>/dev/null; then join_group "$groups/$group"; fi
        return
    fi
    while IFS=: read -r number kinds path; do
        if ! [ -d "$groups/$kinds" ] || [ "$number" = 0 ]; then continue; fi
        if ! mkdir -p "$groups/$kinds/$group" 2>/dev/null; then continue; fi
        # Of these a new group has none.
        for list in cpus mems; do
            if [ -e "$groups/$kinds/cpuset.$list" ]; then
                cat "$groups/$kinds/cpuset.$list" > "$groups/$kinds/$group/cpuset.$list"
            fi
        done
        join_group "$groups/$kinds/$group"
    done < /proc/self/cgroup
}
mount_groups() {
    if [ -e "$groups/cgroup.controllers" ]; then
        if mount -t cgroup2 cgroup sys/fs/cgroup 2>/dev/null; then join_group sys/fs/cgroup/init; fi
        return
    fi
    mount -t tmpfs -o mode=755,size=1m cgroup sys/fs/cgroup 2>/dev/null || return 0
    while IFS=: read -r number kinds path; do
        case $kinds in "" | name=*) continue ;; esac
        mkdir "sys/fs/cgroup/$kinds"
        mount -t cgroup -o "$kinds" cgroup "sys/fs/cgroup/$kinds" 2>/dev/null || rmdir "sys/fs/cgroup/$kinds"
        for kind in $(echo "$kinds" | tr , ' '); do
            [ "$kind" = "$kinds" ] || ln -s "$kinds" "sys/fs/cgroup/$kind"
        done
    done < /proc/self/cgroup
}
if [ "${HAVEN_LAB_GROUPS:-}" != joined ]; then
    join_groups
    # What it sees of the trees begins at its groups.
    HAVEN_LAB_GROUPS=joined exec unshare --cgroup /bin/sh "$0" "$@"
fi

# /proc is still the host's, so these are the number and start time by which the host knows this process.
read -r stat < /proc/self/stat
read -r boot < /proc/sys/kernel/random/boot_id
pid=${stat%% *}
set -- ${stat##*)}
printf '%s\n' "$pid ${20} $boot" > "$node/pid.new"
mv "$node/pid.new" "$node/pid"

mount --make-rprivate /
mount -t overlay -o "lowerdir=$image,upperdir=$node/upper,workdir=$node/work" overlay "$node/root"
cd "$node/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount_groups
mount -t tmpfs -o mode=755,size=16m dev dev
mkdir dev/net dev/pts dev/shm dev/mqueue
for device in null zero full random urandom tty net/tun fuse; do
    if [ -e "/dev/$device" ]; then
        : > "dev/$device"
        mount --bind "/dev/$device" "dev/$device"
    fi
done
# Never the machine's own watchdog: the lab's, which acts on this node alone.
if [ -p "$node/watchdog" ]; then
    : > dev/watchdog
    mount --bind "$node/watchdog" dev/watchdog
fi
if [ -e "$lab/disk" ]; then
    disk=$(losetup --noheadings --output NAME --associated "$lab/disk" | head -n 1)
    if [ -b "$disk" ]; then
        mkdir -p dev/disk/by-id
        : > dev/disk/by-id/haven-lab
        mount --bind "$disk" dev/disk/by-id/haven-lab
    fi
fi
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t mqueue mqueue dev/mqueue 2>/dev/null || :
mount -t tmpfs -o mode=755 run run
mkdir run/haven-lab
# The kernel's emergency keys act on the whole machine: what a node's Pacemaker or SBD writes there ends in a file of the
# node, beside its disk, so that it can be read when the node is dead. Their call of reboot(2) after it ends the node's
# processes, and no others.
for keys in sysrq-trigger sys/kernel/sysrq; do
    if [ -e "proc/$keys" ]; then
        : > "$node/keys-${keys##*/}"
        mount --bind "$node/keys-${keys##*/}" "proc/$keys"
    fi
done
mount --bind "$lab/bin" usr/lib/haven-lab/bin
mount --bind "$lab/shared" usr/lib/haven-lab/store
mount --bind "$lab/guest" usr/share/haven-lab/guest
if [ -e usr/bin/journalctl ]; then mount --bind "$lab/bin/journalctl" usr/bin/journalctl; fi
printf '%s' "$name" > /proc/sys/kernel/hostname
mkdir -p .host
pivot_root . .host
cd /
umount -l /.host
exec /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    /usr/bin/tini -s -- /bin/sh /usr/lib/haven-lab/bin/init "$address" "$gateway"
