#!/bin/sh
# Called by mmdebstrap with the image's root while its apt still works: unpacks what guests boot, which is not
# installed, since a node never boots it: the kernel, and the shim through which Secure Boot starts it.
set -eu
root=$1
target=/usr/share/haven-lab/kernel
kernel=$(chroot "$root" apt-cache depends --no-recommends --no-suggests linux-image-cloud-amd64 |
    sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)
[ -n "$kernel" ] || { echo "E: linux-image-cloud-amd64 names no kernel" >&2; exit 1; }
mkdir -p "$root$target"
chroot "$root" sh -eu -c '
    cd "$1"
    apt-get -oAPT::Sandbox::User=root -qq download "$2"
    dpkg-deb -x "$2"_*.deb .
    apt-get -oAPT::Sandbox::User=root -qq download shim-signed
    dpkg-deb -x shim-signed_*.deb .
    rm -f "$2"_*.deb shim-signed_*.deb
' sh "$target" "$kernel"
