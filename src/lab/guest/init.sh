#!/bin/sh
# The lab's guest: a line on the console every interval, an answer to each line that is typed there, and the judge's
# counter on the first disk.
# Kernel parameters: haven.name=NAME haven.interval=MS haven.count=0 (no disk writes) haven.ignore_acpi=1
# haven.watch (watch.pl; all drivers) haven.ready=SECONDS (ready.sh) haven.seed (seed.sh) haven.install (install.pl)
# haven.modules=all (drivers beside those of virtio) haven.report=1 (what it finds of its machine; all drivers)
# haven.watchdog=SECONDS (is opened and never fed)
# haven.address=eth0:10.9.0.1/24 (of a card, or of a VLAN on it: eth0.10:…; may be there more than once)
# haven.ping=10.9.0.2 (again and again, and says whether there was an answer)
# haven.keys=1 (says which keys were pressed, and takes every SysRq)
# haven.poweroff=SECONDS (powers itself off)
# haven.heartbeat=SECONDS haven.heartbeat_for=SECONDS (tells its host that it is alive, so often; silent after that time)
# haven.flood=COUNT (so many lines of nonsense to its host: flood.pl)
# haven.fence=NAME haven.fence_after=SECONDS (fence.sh)
/bin/busybox mkdir -p /bin /dev /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev 2>/dev/null
/bin/busybox --install -s /bin
export PATH=/bin
exec < /dev/console > /dev/console 2>&1

name=guest interval=100 count=1 ignore_acpi=0 keys=0 watch=0 ready= poweroff= fence= fence_after=0 heartbeat= flood=
heartbeat_for=100000000 modules= report=0 watchdog= addresses= ping= seed=0 install=0
for word in $(cat /proc/cmdline); do
    case $word in
        haven.name=*) name=${word#*=} ;;
        haven.interval=*) interval=${word#*=} ;;
        haven.count=*) count=${word#*=} ;;
        haven.watch) watch=1 modules=all ;;
        haven.poweroff=*) poweroff=${word#*=} ;;
        haven.seed) seed=1 ;;
        haven.install) install=1 ;;
        haven.ready=*) ready=${word#*=} ;;
        haven.heartbeat=*) heartbeat=${word#*=} ;;
        haven.heartbeat_for=*) heartbeat_for=${word#*=} ;;
        haven.flood=*) flood=${word#*=} ;;
        haven.fence=*) fence=${word#*=} ;;
        haven.fence_after=*) fence_after=${word#*=} ;;
        haven.modules=*) modules=${word#*=} ;;
        haven.report=1) report=1 modules=all ;;
        haven.address=*) addresses="$addresses ${word#*=}" ;;
        haven.ping=*) ping=${word#*=} ;;
        haven.watchdog=*) watchdog=${word#*=} ;;
        haven.keys=*) keys=${word#*=} ;;
        haven.ignore_acpi | haven.ignore_acpi=1) ignore_acpi=1 ;;
    esac
done
while read -r module; do insmod "/modules/$module.ko"; done < /modules/order
if [ "$modules" = all ]; then while read -r module; do insmod "/modules/$module.ko"; done < /modules/devices; fi
read -r boot < /proc/sys/kernel/random/boot_id

if [ "$ignore_acpi" = 0 ]; then
    # The power button is an input device; acpid reads it and runs the file of that name.
    mkdir -p /etc/acpi/PWRF
    printf '#!/bin/sh\necho "haven-guest %s boot=%s power button" > /dev/console\npoweroff -f\n' "$name" "$boot" \
        > /etc/acpi/PWRF/00000080
    chmod 755 /etc/acpi/PWRF/00000080
    acpid -d > /dev/null 2>&1 &
fi
if [ "$install" = 1 ]; then
    perl /install "$name" "$boot"
    sync
    exec reboot -f
fi
if [ "$seed" = 1 ]; then sh /seed "$name" "$boot"; fi
if [ "$report" = 1 ]; then
    [ ! -d /sys/firmware/efi ] || mount -t efivarfs efivarfs /sys/firmware/efi/efivars
    # A card that is not up does not know whether its link is.
    for card in /sys/class/net/*; do ip link set "${card##*/}" up; done
    perl /report "$name" "$boot"
fi
for address in $addresses; do
    card=${address%%:*}
    ip link set "${card%.*}" up
    [ "$card" = "${card%.*}" ] || vconfig add "${card%.*}" "${card#*.}"
    ip address add "${address#*:}" dev "$card"
    ip link set "$card" up
done
if [ -n "$ping" ]; then
    while :; do
        word=silence
        ping -c 1 -W 1 "$ping" > /dev/null 2>&1 && word=answer
        echo "haven-guest $name boot=$boot ping $ping $word"
        sleep 1
    done &
fi
# Held open, so that it runs; nobody feeds it.
if [ -n "$watchdog" ]; then watchdog -F -T "$watchdog" -t 86400 /dev/watchdog & fi
if [ "$count" != 0 ] && [ -b /dev/vda ]; then perl /counter disk "$name" "$boot" "$interval" & fi
if [ "$watch" = 1 ]; then perl /watch "$name" "$boot" & fi
if [ -n "$poweroff" ]; then (sleep "$poweroff"; poweroff -f) & fi
if [ -n "$heartbeat" ]; then timeout "$heartbeat_for" /haven-guest heartbeat -e "$heartbeat" & fi
if [ -n "$flood" ]; then perl /flood "$name" "$boot" "$flood" & fi
if [ -n "$fence" ]; then sh /fence "$name" "$boot" "$fence" "$fence_after" & fi
if [ -n "$ready" ]; then sh /ready "$name" "$boot" "$ready" & fi
if [ "$keys" = 1 ]; then
    echo 1 > /proc/sys/kernel/sysrq
    # The kernel's own Ctrl-Alt-Del would restart the guest before anybody could read which keys it heard.
    echo 0 > /proc/sys/kernel/ctrl-alt-del
    perl /counter keys "$name" "$boot" "$interval" &
fi
# What is typed must not stand in the middle of the lines that are counted.
stty -echo
exec perl /counter console "$name" "$boot" "$interval"
