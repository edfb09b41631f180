#!/bin/sh
# What stands for systemd in a lab node: the units that a cluster needs, with systemctl's words and exit codes.
# A daemon that died stays dead, so that tests see what its death does.
set -u
run=/run/haven-lab
enabled=/etc/haven-lab/enabled
log=/var/log/haven-lab
units="virtlogd libvirtd libvirtd-tls.socket corosync corosync-qdevice corosync-qnetd sbd pacemaker haven"
mkdir -p "$run" "$log" "$enabled"

# The unit's short name; libvirt's sockets but the TLS one come with its daemons.
unit_of() {
    case $1 in
        libvirtd-tls.socket) echo libvirtd-tls.socket ;;
        libvirtd.socket | libvirtd-ro.socket | libvirtd-admin.socket) echo libvirtd ;;
        virtlogd.socket | virtlogd-admin.socket) echo virtlogd ;;
        *.service) echo "${1%.service}" ;;
        *) echo "$1" ;;
    esac
}

known() {
    case " $units " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# A process's start time, which tells it from a later one with the same number; nothing for a zombie.
started() {
    [ -r "/proc/$1/stat" ] || return 0
    read -r line < "/proc/$1/stat" 2>/dev/null || return 0
    set -- ${line##*)}
    [ "$1" = Z ] || echo "${20}"
}

# The main process of a unit, when it lives.
main_of() {
    [ -r "$run/$1.pid" ] || return 0
    read -r pid since < "$run/$1.pid" || return 0
    if [ "$(started "$pid")" = "$since" ]; then echo "$pid"; fi
}

active() {
    case $1 in
        libvirtd-tls.socket) [ -e "$run/libvirtd.tls" ] && [ -n "$(main_of libvirtd)" ] ;;
        *) [ -n "$(main_of "$1")" ] ;;
    esac
}

defaults() {
    if [ -r "/etc/default/$1" ]; then
        set -a
        . "/etc/default/$1"
        set +a
    fi
}

launch() {
    unit=$1
    shift
    setsid "$@" < /dev/null >> "$log/$unit.log" 2>&1 &
    pid=$!
    echo "$pid $(started "$pid")" > "$run/$unit.pid"
}

# Waits until a command succeeds or the unit is dead, at most so many tenths of a second.
await() {
    unit=$1 tenths=$2
    shift 2
    until "$@" > /dev/null 2>&1; do
        tenths=$((tenths - 1))
        if [ "$tenths" -le 0 ] || ! active "$unit"; then return 1; fi
        sleep 0.1
    done
}

start_unit() {
    if active "$1"; then return 0; fi
    case $1 in
        virtlogd)
            launch virtlogd virtlogd
            await virtlogd 100 test -S /run/libvirt/virtlogd-sock
            ;;
        libvirtd)
            start_unit virtlogd
            defaults libvirtd
            rm -f /run/libvirt/libvirt-sock "$run/libvirtd.tls"
            if [ -e "$enabled/libvirtd-tls.socket" ]; then
                : > "$run/libvirtd.tls"
                launch libvirtd libvirtd -l
            else
                launch libvirtd libvirtd
            fi
            await libvirtd 300 test -S /run/libvirt/libvirt-sock
            ;;
        libvirtd-tls.socket)
            # The daemon takes over its listening sockets when it starts.
            : > "$enabled/libvirtd-tls.socket"
            if active libvirtd; then stop_unit libvirtd && start_unit libvirtd; fi
            ;;
        corosync)
            defaults corosync
            launch corosync corosync -f ${COROSYNC_OPTIONS:-}
            await corosync 300 corosync-cfgtool -s
            ;;
        corosync-qdevice)
            start_unit corosync || return 1
            defaults corosync-qdevice
            mkdir -p -m 0770 /run/corosync-qdevice
            launch corosync-qdevice corosync-qdevice -f ${COROSYNC_QDEVICE_OPTIONS:-}
            await corosync-qdevice 300 test -S /run/corosync-qdevice/corosync-qdevice.sock
            ;;
        corosync-qnetd)
            defaults corosync-qnetd
            mkdir -p -m 0770 /run/corosync-qnetd
            chown coroqnetd:coroqnetd /run/corosync-qnetd
            launch corosync-qnetd setpriv --reuid coroqnetd --regid coroqnetd --init-groups \
                corosync-qnetd -f ${COROSYNC_QNETD_OPTIONS:-}
            await corosync-qnetd 300 test -S /run/corosync-qnetd/corosync-qnetd.sock
            ;;
        sbd)
            # It puts itself into the background when it has something to watch.
            defaults sbd
            setsid sbd ${SBD_OPTS:-} -p /run/sbd.pid watch < /dev/null >> "$log/sbd.log" 2>&1 || return 1
            read -r pid < /run/sbd.pid || return 1
            echo "$pid $(started "$pid")" > "$run/sbd.pid"
            ;;
        pacemaker)
            start_unit corosync || return 1
            if [ -e "$enabled/sbd" ]; then start_unit sbd || return 1; fi
            defaults pacemaker
            defaults sbd
            launch pacemaker pacemakerd -f
            ;;
        haven)
            launch haven haven daemon
            ;;
    esac
}

stop_unit() {
    case $1 in
        libvirtd-tls.socket)
            rm -f "$enabled/libvirtd-tls.socket"
            return 0
            ;;
        # Without cluster SBD would hold the node for cut off.
        corosync) stop_unit pacemaker && stop_unit sbd && stop_unit corosync-qdevice || return 1 ;;
    esac
    pid=$(main_of "$1")
    if [ -z "$pid" ]; then
        rm -f "$run/$1.pid"
        return 0
    fi
    kill -TERM "$pid" 2>/dev/null
    # systemd's own limits: pacemaker moves its resources away first.
    case $1 in pacemaker) tenths=18000 ;; *) tenths=900 ;; esac
    while active "$1"; do
        tenths=$((tenths - 1))
        if [ "$tenths" -le 0 ]; then
            kill -KILL "$pid" 2>/dev/null
            break
        fi
        sleep 0.1
    done
    rm -f "$run/$1.pid"
}

boot() {
    if [ -e "$enabled/virtlogd" ]; then start_unit virtlogd; fi
    # Each takes a second. Daemons are children too until they are left behind: wait for these only.
    starting=''
    for unit in libvirtd corosync corosync-qnetd; do
        if [ -e "$enabled/$unit" ]; then
            start_unit "$unit" &
            starting="$starting $!"
        fi
    done
    for job in $starting; do wait "$job"; done
    for unit in corosync-qdevice sbd pacemaker haven; do
        if [ -e "$enabled/$unit" ]; then start_unit "$unit"; fi
    done
}

poweroff() {
    for unit in haven pacemaker sbd corosync-qdevice corosync corosync-qnetd libvirtd virtlogd; do stop_unit "$unit"; done
    kill -TERM "$(cat "$run/init.pid")"
}

now='' quiet='' words=''
for word; do
    case $word in
        --now) now=yes ;;
        -q | --quiet) quiet=yes ;;
        -*) ;;
        *) words="$words $word" ;;
    esac
done
set -- $words
[ $# -gt 0 ] || set -- list-unit-files
verb=$1
shift
say() { [ -n "$quiet" ] || echo "$*"; }
worst=0

case $verb in
    boot) boot; exit ;;
    poweroff | halt) poweroff; exit ;;
    daemon-reload | reset-failed | unmask | mask | preset) exit 0 ;;
    is-system-running) say running; exit 0 ;;
    list-unit-files | list-units)
        for unit in $units; do
            case $unit in *.socket) file=$unit ;; *) file=$unit.service ;; esac
            if [ -e "$enabled/$unit" ]; then echo "$file enabled enabled"; else echo "$file disabled enabled"; fi
        done
        exit 0
        ;;
esac

for word; do
    unit=$(unit_of "$word")
    if ! known "$unit"; then
        case $verb in
            is-active) say inactive; worst=4 ;;
            is-enabled) say not-found; worst=4 ;;
            disable | stop | try-restart) ;;
            show) echo "LoadState=not-found" ;;
            *) echo "Failed to $verb $word: Unit $word not found." >&2; worst=5 ;;
        esac
        continue
    fi
    case $verb in
        start) start_unit "$unit" || worst=1 ;;
        stop) stop_unit "$unit" || worst=1 ;;
        restart) { stop_unit "$unit" && start_unit "$unit"; } || worst=1 ;;
        try-restart) if active "$unit"; then { stop_unit "$unit" && start_unit "$unit"; } || worst=1; fi ;;
        reload | reload-or-restart)
            case $unit in
                corosync) corosync-cfgtool -R || worst=1 ;;
                *) pid=$(main_of "$unit"); [ -n "$pid" ] && kill -HUP "$pid" || worst=1 ;;
            esac
            ;;
        is-active | is-failed)
            if active "$unit"; then say active; else say inactive; worst=3; fi ;;
        is-enabled) if [ -e "$enabled/$unit" ]; then say enabled; else say disabled; worst=1; fi ;;
        enable)
            : > "$enabled/$unit"
            if [ -n "$now" ]; then start_unit "$unit" || worst=1; fi
            ;;
        disable)
            rm -f "$enabled/$unit"
            if [ -n "$now" ]; then stop_unit "$unit" || worst=1; fi
            ;;
        status)
            if active "$unit"; then echo "$unit.service: active, process $(main_of "$unit")"
            else echo "$unit.service: inactive"; worst=3; fi
            ;;
        show)
            if active "$unit"; then echo "LoadState=loaded"; echo "ActiveState=active"; echo "MainPID=$(main_of "$unit")"
            else echo "LoadState=loaded"; echo "ActiveState=inactive"; echo "MainPID=0"; fi
            ;;
        *) echo "systemctl of the lab does not know $verb" >&2; worst=1 ;;
    esac
done
exit $worst
