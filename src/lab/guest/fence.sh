#!/bin/sh
# Has the lab's guest ask for the end of another VM, with the script that guests are given, and say what came of it.
# Kernel parameters: haven.fence=NAME, haven.fence_after=SECONDS (0 unless said)
#   fence NAME BOOT TARGET SECONDS
name=$1 boot=$2 target=$3
sleep "$4"
for port in /sys/class/virtio-ports/*; do
    read -r channel < "$port/name"
    [ "$channel" = haven.0 ] || continue
    echo "haven-guest $name boot=$boot asks for the end of $target"
    sh /haven-guest fence "$target" -t 300 -p "/dev/${port##*/}"
    echo "haven-guest $name boot=$boot end of $target: $?"
    exit 0
done
echo "haven-guest $name boot=$boot has no channel"
