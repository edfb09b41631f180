#!/usr/bin/perl
# What the lab's guest finds of its machine, once, on its console:
#   haven-guest NAME boot=BOOT report KEY=VALUE
# and at last the key `end`. One process that never forks: under emulation every fork costs milliseconds.
#   report NAME BOOT
use strict;

my ($name, $boot) = @ARGV;

sub say_fact {
    my ($key, $value) = @_;
    $value =~ s/[^\x20-\x7e]+/ /g;
    $value =~ s/^ +| +$//g;
    syswrite(STDOUT, "haven-guest $name boot=$boot report $key=$value\n");
}

# A file's text; undefined where there is none, or it cannot be read.
sub text_of {
    open(my $file, "<", $_[0]) or return undef;
    local $/;
    my $text = <$file>;
    $text =~ s/\s+\z// if defined $text;
    return $text;
}

# The last part of what a link points to.
sub link_of { my $to = readlink($_[0]); return defined $to && $to =~ m{([^/]+)$} ? $1 : undef }

sub say_file {
    my ($key, $path) = @_;
    my $text = text_of($path);
    say_fact($key, $text) if defined $text;
}

# Paths in a folder, of names that begin so. Perl's glob needs a module that is not here.
sub paths {
    my ($folder, $begin) = @_;
    opendir(my $open, $folder) or return ();
    return map { "$folder/$_" } sort grep { !/^\.\.?$/ && index($_, $begin // "") == 0 } readdir($open);
}

# The bytes at a place of a file or a device.
sub bytes_at {
    my ($path, $offset, $count) = @_;
    sysopen(my $file, $path, 0) or return "";
    sysseek($file, $offset, 0);
    my $got = sysread($file, my $bytes, $count);
    return defined $got ? $bytes : "";
}

sub machine {
    say_file("cmdline", "/proc/cmdline");
    say_file("dmi.$_", "/sys/class/dmi/id/$_") for qw(product_name product_version product_uuid bios_vendor);
    say_file("clock.source", "/sys/devices/system/clocksource/clocksource0/current_clocksource");
    say_file("clock.sources", "/sys/devices/system/clocksource/clocksource0/available_clocksource");
    # What the hardware's clock says, in seconds since 1970 as if it were UTC.
    say_file("clock.rtc", "/sys/class/rtc/rtc0/since_epoch");
    my @consoles = (text_of("/proc/consoles") // "") =~ /^(\S+)/mg;
    say_fact("consoles", join(" ", @consoles));
}

sub processors {
    my $info = text_of("/proc/cpuinfo") // "";
    say_fact("cpu.model", $1) if $info =~ /^model name\s*: (.*)$/m;
    say_fact("cpu.vendor", $1) if $info =~ /^vendor_id\s*: (.*)$/m;
    say_fact("cpu.flags", $1) if $info =~ /^flags\s*: (.*)$/m;
    my @online = $info =~ /^processor\s*: (\d+)$/mg;
    say_fact("cpu.count", scalar @online);
    say_file("cpu.possible", "/sys/devices/system/cpu/possible");
    my @places = map {
        my $at = "/sys/devices/system/cpu/cpu$_/topology";
        my $threads = text_of("$at/thread_siblings_list") // "";
        join(":", text_of("$at/physical_package_id") // "?", text_of("$at/core_id") // "?", $threads);
    } @online;
    say_fact("cpu.topology", join(" ", @places));
    say_file("numa.nodes", "/sys/devices/system/node/online");
}

sub memory {
    say_fact("memory.total", $1) if (text_of("/proc/meminfo") // "") =~ /^MemTotal:\s+(\d+) kB/m;
    my $physical = 0;
    for (split(/\n/, text_of("/proc/iomem") // "")) {
        $physical += hex($2) - hex($1) + 1 if /^([0-9a-f]+)-([0-9a-f]+) : System RAM$/;
    }
    say_fact("memory.physical", int($physical / 1024));
}

# The serial number: of a virtio disk as its driver shows it, of others by the vital product data.
sub serial_of {
    my ($at) = @_;
    my $serial = text_of("$at/serial");
    return $serial if defined $serial;
    my $page = bytes_at("$at/device/vpd_pg80", 0, 256);
    return length($page) > 4 ? substr($page, 4) : undef;
}

sub disks {
    for my $at (paths("/sys/block")) {
        my ($disk) = $at =~ m{([^/]+)$};
        next if $disk =~ /^(loop|ram)/;
        my $device = readlink($at) // "";
        my $bus = $device =~ m{/ata\d+/} ? "ata" : $device =~ m{/virtio\d+/host} ? "scsi" : $device =~ m{/virtio\d+/} ? "virtio" : "other";
        say_fact("disk.$disk.bus", $bus);
        say_fact("disk.$disk.size", (text_of("$at/size") // 0) * 512);
        say_file("disk.$disk.readonly", "$at/ro");
        say_file("disk.$disk.removable", "$at/removable");
        say_file("disk.$disk.cache", "$at/queue/write_cache");
        say_file("disk.$disk.discard", "$at/queue/discard_max_bytes");
        say_file("disk.$disk.model", "$at/device/model");
        say_fact("disk.$disk.queues", scalar(my @queues = paths("$at/mq")));
        my $serial = serial_of($at);
        say_fact("disk.$disk.serial", $serial) if defined $serial;
        my ($begin) = split(/\0/, bytes_at("/dev/$disk", 0, 64));
        say_fact("disk.$disk.begins", $begin) if defined $begin && $begin ne "";
        # ISO 9660: the primary volume descriptor is in sector 16, the volume's identifier 40 bytes further.
        my $volume = bytes_at("/dev/$disk", 32768, 72);
        say_fact("disk.$disk.volume", substr($volume, 40, 32)) if substr($volume, 1, 5) eq "CD001";
    }
}

sub networks {
    for my $at (paths("/sys/class/net")) {
        my ($card) = $at =~ m{([^/]+)$};
        next if $card eq "lo";
        say_file("net.$card.mac", "$at/address");
        say_file("net.$card.mtu", "$at/mtu");
        say_file("net.$card.link", "$at/carrier");
        say_fact("net.$card.driver", link_of("$at/device/driver") // "none");
        say_fact("net.$card.queues", scalar(my @queues = paths("$at/queues", "rx-")));
    }
}

sub buses {
    for my $at (paths("/sys/bus/pci/devices")) {
        my ($slot) = $at =~ m{([^/]+)$};
        my ($vendor, $device, $class) = map { substr(text_of("$at/$_") // "0x", 2) } qw(vendor device class);
        say_fact("pci.$slot", "$vendor:$device class=$class driver=" . (link_of("$at/driver") // "none"));
    }
    for my $at (paths("/sys/bus/virtio/devices")) {
        my ($device) = $at =~ m{([^/]+)$};
        say_fact("virtio.$device", link_of("$at/driver") // "none");
    }
    my @ports = map { text_of("$_/name") // "" } paths("/sys/class/virtio-ports");
    say_fact("channels", join(" ", grep { $_ ne "" } @ports));
    my @inputs = (text_of("/proc/bus/input/devices") // "") =~ /^N: Name="(.*)"$/mg;
    say_fact("inputs", join(", ", @inputs));
    say_file("rng", "/sys/class/misc/hw_random/rng_available");
    say_file("watchdog", "/sys/class/watchdog/watchdog0/identity");
    my @panic = map { m{([^/]+)$} } grep { -l && !m{/module$} } map { paths($_) } map { paths("$_/drivers", "pvpanic") } paths("/sys/bus");
    say_fact("panic", join(" ", @panic));
}

# A UEFI variable of the lab's own: what the boot before has left is said, and this boot's name is left.
sub firmware {
    return say_fact("firmware", "bios") unless -d "/sys/firmware/efi";
    say_fact("firmware", "uefi");
    my $at = "/sys/firmware/efi/efivars";
    for my $variable (qw(SecureBoot SetupMode)) {
        my $bytes = bytes_at("$at/$variable-8be4df61-93ca-11d2-aa0d-00e098032b8c", 0, 5);
        say_fact("uefi.$variable", ord(substr($bytes, 4))) if length($bytes) == 5;
    }
    my $own = "$at/HavenBoot-6f1c9a52-9f0b-4c1e-8d21-5b2f3f0e4a77";
    my $before = bytes_at($own, 0, 40);
    say_fact("uefi.before", length($before) > 4 ? substr($before, 4) : "none");
    my ($file, $none) = (undef, pack("q", 0));
    # FS_IOC_SETFLAGS: without the flag "immutable", which the kernel gives to variables that it does not know.
    ioctl($file, 0x40086602, $none) if sysopen($file, $own, 0);
    # Attributes: non volatile, for the boot and for the running system.
    my $left = sysopen($file, $own, 1 | 0100, 0600) && syswrite($file, pack("L", 7) . $boot);
    say_fact("uefi.left", $left ? $boot : "nothing: $!");
}

# One command of the TPM 2.0 library: with the owner's or an index' empty password where it needs one.
sub tpm_command {
    my ($tpm, $code, $handles, $parameters) = @_;
    my $password = pack("NNnCn", 9, 0x40000009, 0, 0, 0);
    my $body = $handles . $password . $parameters;
    syswrite($tpm, pack("nNN", 0x8002, 10 + length($body), $code) . $body);
    my $got = sysread($tpm, my $answer, 4096);
    return (0xffffffff, "") unless defined $got && $got >= 10;
    my (undef, undef, $result) = unpack("nNN", $answer);
    return ($result, substr($answer, 10));
}

# A piece of the TPM's own memory: what the boot before has left is said, and this boot's name is left.
sub trusted_platform {
    return unless -e "/sys/class/tpm/tpm0";
    say_file("tpm.version", "/sys/class/tpm/tpm0/tpm_version_major");
    say_fact("tpm.driver", link_of("/sys/class/tpm/tpm0/device/driver") // "none");
    sysopen(my $tpm, "/dev/tpm0", 2) or return say_fact("tpm.left", "nothing: $!");
    my ($owner, $index, $size) = (pack("N", 0x40000001), pack("N", 0x01500b07), 36);
    # TPM2_NV_Read
    my ($result, $answer) = tpm_command($tpm, 0x14e, $index . $index, pack("nn", $size, 0));
    say_fact("tpm.before", $result == 0 ? substr($answer, 6, $size) : "none");
    if ($result != 0) {
        # TPM2_NV_DefineSpace, SHA-256, owner and index may read and write it, without counting wrong passwords.
        my $public = pack("NnNnn", 0x01500b07, 0x000b, 0x02060006, 0, $size);
        ($result) = tpm_command($tpm, 0x12a, $owner, pack("n", 0) . pack("n", length($public)) . $public);
        return say_fact("tpm.left", sprintf("nothing: defining it gave 0x%x", $result)) if $result != 0;
    }
    # TPM2_NV_Write
    ($result) = tpm_command($tpm, 0x137, $index . $index, pack("n", $size) . $boot . pack("n", 0));
    say_fact("tpm.left", $result == 0 ? $boot : sprintf("nothing: writing gave 0x%x", $result));
}

machine();
processors();
memory();
disks();
networks();
buses();
firmware();
trusted_platform();
say_fact("end", "end");
