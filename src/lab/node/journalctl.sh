#!/bin/sh
# What stands for the journal in a lab node: what each unit's daemon printed.
#   journalctl [-u UNIT] [-n LINES]; other options are accepted and do nothing
lines=1000 units=''
while [ $# -gt 0 ]; do
    case $1 in
        -u | --unit) units="$units $2"; shift ;;
        -u*) units="$units ${1#-u}" ;;
        --unit=*) units="$units ${1#*=}" ;;
        -n | --lines) lines=$2; shift ;;
        -n*) lines=${1#-n} ;;
        --lines=*) lines=${1#*=} ;;
        -o | --output | -p | --priority | -S | --since | -U | --until) shift ;;
    esac
    shift
done
[ -n "$units" ] || units='virtlogd libvirtd corosync pacemaker haven'
for unit in $units; do
    unit=${unit%.service}
    set --
    for file in "/var/log/haven-lab/$unit.log" "/var/log/$unit/$unit.log"; do
        if [ -s "$file" ]; then set -- "$@" "$file"; fi
    done
    if [ $# -gt 0 ]; then tail -q -n "$lines" "$@"; fi
done
