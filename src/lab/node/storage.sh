#!/bin/sh
# The shared storage of a lab node: a FUSE file system over the directory that all nodes see. It answers as long
# as its server runs, so stopping the server (SIGSTOP) freezes all I/O, as a dead hard-mounted NFS server does.
# Its type is fuse.glusterfs, one of the types that libvirt 9.0 and later takes for shared between hosts; no page
# cache (direct_io) and no cached attributes, so that what one node wrote the others see at once.
set -eu
if mountpoint -q /srv/shared; then
    # A server that died leaves its mount behind, and every access fails: mount anew.
    if stat -t /srv/shared >/dev/null 2>&1; then exit 0; fi
    umount -l /srv/shared
fi
exec bindfs --multithreaded -o direct_io,subtype=glusterfs \
    -o attr_timeout=0,entry_timeout=0,negative_timeout=0 /usr/lib/haven-lab/store /srv/shared
