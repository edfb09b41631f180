#!/usr/bin/perl
# What the lab's guest sees of its hardware: a line on the console at first, and whenever something has changed, so
# that a change of the VM is shown by who has to live with it. Kernel parameter: haven.watch
#   watch NAME BOOT
# The line: haven-guest NAME boot=BOOT sees memory=MIB cpus=COUNT disks=NAME:KIB,… cdrom=LABEL links=MAC/up,…
# MIB is what the kernel has to give, less than the VM has; the CD-ROM's is the ISO image's label, "empty" without
# a medium, "none" without a drive.
use strict;

my ($name, $boot) = @ARGV;

sub content {
    my ($path) = @_;
    open(my $file, "<", $path) or return "";
    # The carrier of a card that is not up cannot be read.
    my $line = readline($file);
    return "" unless defined $line;
    chomp $line;
    return $line;
}

sub say_line { syswrite(STDOUT, "haven-guest $name boot=$boot $_[0]\n") }

my %failed;
sub put {
    my ($path, $text) = @_;
    my $file;
    return if open($file, ">", $path) && defined syswrite($file, $text);
    say_line("cannot write $text to $path: $!") unless $failed{$path}++;
}

# Names in a folder. Perl's glob needs a module that is not here.
sub names {
    my ($folder, $pattern) = @_;
    opendir(my $open, $folder) or return ();
    return sort grep { $_ =~ $pattern } readdir($open);
}

sub memory {
    open(my $file, "<", "/proc/meminfo") or return 0;
    return int($1 / 1024) if readline($file) =~ /(\d+)/;
    return 0;
}

# A processor that was plugged in is not used until it is told so; elsewhere udev does that.
sub processors {
    my $count = 0;
    my $folder = "/sys/devices/system/cpu";
    for my $cpu (names($folder, qr/^cpu\d+$/)) {
        my $online = content("$folder/$cpu/online");
        put("$folder/$cpu/online", "1") if $online eq "0";
        $count++ if $online ne "0";
    }
    return $count;
}

sub disks {
    my $folder = "/sys/block";
    return join(",", map { "$_:" . int(content("$folder/$_/size") / 2) } names($folder, qr/^[hsv]d/));
}

# The label of an ISO 9660 volume: 32 characters at 40 in the sector 16. Opening a drive looks for its medium.
sub cdrom {
    return "none" unless -b "/dev/sr0";
    open(my $drive, "<", "/dev/sr0") or return "empty";
    sysseek($drive, 16 * 2048 + 40, 0);
    my $got = sysread($drive, my $label, 32);
    return "empty" unless defined $got && $got == 32;
    $label =~ s/[^!-~].*//s;
    return $label;
}

sub links {
    my @found;
    for my $card (names("/sys/class/net", qr/^e/)) {
        my $path = "/sys/class/net/$card";
        my $mac = content("$path/address");
        system("ip", "link", "set", $card, "up") unless hex(content("$path/flags")) & 1;
        push @found, "$mac/" . (content("$path/carrier") eq "1" ? "up" : "down");
    }
    return join(",", sort @found);
}

my $last = "";
for (;;) {
    my $seen = sprintf("memory=%d cpus=%d disks=%s cdrom=%s links=%s", memory(), processors(), disks(), cdrom(), links());
    say_line("sees $seen") if $seen ne $last;
    $last = $seen;
    select(undef, undef, undef, 0.5);
}
