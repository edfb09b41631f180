#!/bin/sh
# The judge's counter: a record on the first disk every interval, so that afterwards nobody can deny that two
# copies of this guest wrote. src/lab/judge.ts describes the format and reads it.
#   counter NAME BOOT INTERVAL_MS
name=$1 boot=$2 hundredths=$(($3 / 10)) disk=/dev/vda first=64
read -r sectors < /sys/block/vda/size
ring=$((sectors - first))
[ "$ring" -ge 64 ] || { echo "haven-guest $name disk too small for the counter"; exit 1; }

sector() { # NUMBER COUNT: reads from the disk itself, never from a cache
    dd if="$disk" bs=512 skip="$1" count="$2" iflag=direct 2> /dev/null
}
store() { # NUMBER TEXT: writes one sector, on the disk itself; the call returns when it is there
    printf '%-511s\n' "$2" > /sector
    dd if=/sector of="$disk" bs=512 seek="$1" count=1 oflag=direct conv=notrunc 2> /dev/null
}

violations=0
violation() { # WORD FOUND
    echo "haven-guest $name boot=$boot VIOLATION $1 index=$index found: $2"
    if [ "$violations" -lt 8 ]; then
        # Eight sectors for each boot, so that a copy cannot write over another's accusation.
        store $((1 + (epoch % 7) * 9 + violations)) "HVNV $epoch $boot $index $1 $2"
        violations=$((violations + 1))
    fi
}

# Where the boot before came to: the header is at most 64 records behind.
set -- $(sector 0 1)
epoch=0 index=0
if [ "$1" = HVNH ]; then
    epoch=$2 index=$3
    while :; do
        at=$((index % ring)) count=64
        [ $((ring - at)) -ge 64 ] || count=$((ring - at))
        next=$(sector $((first + at)) "$count" | awk -v index_="$index" '
            $1 == "HVNR" && $2 == index_ { index_ = $2 + 1; if ($3 > epoch) epoch = $3; next }
            { exit }
            END { print index_, epoch + 0 }')
        set -- $next
        [ "$2" -le "$epoch" ] || epoch=$2
        [ "$1" != "$index" ] || break
        index=$1
    done
fi
epoch=$((epoch + 1)) seq=0 own='' due=0
store 0 "HVNH $epoch $index $boot"
header="HVNH $epoch $index $boot"

while :; do
    read -r uptime rest < /proc/uptime
    read -r nonce < /proc/sys/kernel/random/uuid
    at=$((index % ring))
    # What this copy wrote last has to be there still, and nobody may have written where it writes now.
    if [ "$at" = 0 ]; then
        { read -r before; read -r there; } << END
$(sector $((first + ring - 1)) 1)
$(sector "$first" 1)
END
    else
        { read -r before; read -r there; } << END
$(sector $((first + at - 1)) 2)
END
    fi
    [ -z "$own" ] || [ "$before" = "$own" ] || violation overwritten "$before"
    set -- $there
    if [ "$1" = HVNR ] && [ "$2" -ge "$index" ]; then violation occupied "$there"; fi
    own="HVNR $index $epoch $seq $boot $uptime $nonce"
    store $((first + at)) "$own"
    index=$((index + 1)) seq=$((seq + 1))
    if [ $((seq % 32)) = 0 ]; then
        read -r found << END
$(sector 0 1)
END
        [ "$found" = "$header" ] || violation header "$found"
        header="HVNH $epoch $index $boot"
        store 0 "$header"
    fi
    # An interval after the last record was due; after a pause no burst makes up for it.
    now=${uptime%.*}${uptime#*.}
    due=$((due + hundredths))
    [ "$due" -gt "$now" ] || due=$((now + hundredths))
    read -r uptime rest < /proc/uptime
    left=$((due - ${uptime%.*}${uptime#*.}))
    [ "$left" -le 0 ] || usleep $((left * 10000))
done
