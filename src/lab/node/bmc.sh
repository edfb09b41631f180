#!/bin/sh
# A node's management controller: OpenIPMI's simulator of the node image, called in a mount namespace of its own,
# which the machine's own mounts leave when they go.
#   bmc.sh IMAGE LAB_DIR OWN_DIR
set -eu
image=$1 lab=$2 own=$3
mount --bind "$lab/bin" "$image/usr/lib/haven-lab/bin"
mount --bind "$own" "$image/mnt"
mount --rbind /dev "$image/dev"
mount -t proc proc "$image/proc"
# Its name says whose it is, for whoever looks for what a lab has left.
exec chroot "$image" /bin/bash -c 'exec -a "$0" /usr/bin/ipmi_sim "$@"' "$lab/bin/ipmi_sim" \
    -n -c /mnt/lan.conf -f /mnt/bmc.emu -s /mnt/state
