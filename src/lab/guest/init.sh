#!/bin/sh
# The lab's guest: a line on the console every interval, and the judge's counter on the first disk.
# Kernel parameters: haven.name=NAME haven.interval=MS haven.count=0 (no disk writes) haven.ignore_acpi=1
# haven.watch (watch.pl) haven.ready=SECONDS (ready.sh)
/bin/busybox mkdir -p /bin /dev /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev 2>/dev/null
/bin/busybox --install -s /bin
export PATH=/bin
exec < /dev/console > /dev/console 2>&1

name=guest interval=100 count=1 ignore_acpi=0 watch=0 ready=
for word in $(cat /proc/cmdline); do
    case $word in
        haven.name=*) name=${word#*=} ;;
        haven.interval=*) interval=${word#*=} ;;
        haven.count=*) count=${word#*=} ;;
        haven.watch) watch=1 ;;
        haven.ready=*) ready=${word#*=} ;;
        haven.ignore_acpi | haven.ignore_acpi=1) ignore_acpi=1 ;;
    esac
done
while read -r module; do insmod "/modules/$module.ko"; done < /modules/order
read -r boot < /proc/sys/kernel/random/boot_id

if [ "$ignore_acpi" = 0 ]; then
    # The power button is an input device; acpid reads it and runs the file of that name.
    mkdir -p /etc/acpi/PWRF
    printf '#!/bin/sh\necho "haven-guest %s boot=%s power button" > /dev/console\npoweroff -f\n' "$name" "$boot" \
        > /etc/acpi/PWRF/00000080
    chmod 755 /etc/acpi/PWRF/00000080
    acpid -d > /dev/null 2>&1 &
fi
if [ "$count" != 0 ] && [ -b /dev/vda ]; then perl /counter disk "$name" "$boot" "$interval" & fi
if [ "$watch" = 1 ]; then perl /watch "$name" "$boot" & fi
if [ -n "$ready" ]; then sh /ready "$name" "$boot" "$ready" & fi
exec perl /counter console "$name" "$boot" "$interval"
