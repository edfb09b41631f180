#!/bin/sh
# Reads the seed of a cloud image as cloud-init does, by its label, and prints it. Kernel parameter: haven.seed
#   seed NAME BOOT
name=$1 boot=$2
for disk in /sys/block/*; do
    device=/dev/${disk##*/}
    # The volume's identifier in an ISO image's primary descriptor (ECMA-119, 8.4.7).
    label=$(dd if="$device" bs=1 skip=32808 count=6 2>/dev/null)
    [ "$label" = cidata ] || continue
    mkdir -p /mnt
    mount -t iso9660 -o ro "$device" /mnt || continue
    for file in meta-data user-data network-config; do
        while read -r line; do echo "haven-guest $name boot=$boot seed $file: $line"; done < "/mnt/$file"
    done
    echo "haven-guest $name boot=$boot has read its seed from $device"
    exit 0
done
echo "haven-guest $name boot=$boot has no seed"
