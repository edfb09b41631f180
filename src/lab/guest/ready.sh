#!/bin/sh
# Has the lab's guest say on its channel that it is ready, and again until it is acknowledged, as a guest's own
# script would. Kernel parameter: haven.ready=SECONDS (after so long)
#   ready NAME BOOT SECONDS
name=$1 boot=$2
sleep "$3"
for port in /sys/class/virtio-ports/*; do
    read -r channel < "$port/name"
    [ "$channel" = haven.0 ] || continue
    exec 3<> "/dev/${port##*/}" || exit 1
    echo "haven-guest $name boot=$boot says it is ready"
    until [ "$answer" = "ack $boot" ]; do
        # Waits for somebody to listen.
        echo "ready $boot" >&3
        read -r -t 2 answer <&3
    done
    echo "haven-guest $name boot=$boot was heard to be ready"
    exit 0
done
echo "haven-guest $name boot=$boot has no channel to say that it is ready"
