#!/usr/bin/perl
# What the lab's guest does: a line on the console every interval, and a record on its first disk, so that
# afterwards nobody can deny that two copies of it wrote. src/lab/judge.ts describes the disk's format and reads
# it. One process that never forks: under emulation every fork costs milliseconds.
#   counter console NAME BOOT INTERVAL_MS
#   counter disk NAME BOOT INTERVAL_MS
#   counter keys NAME BOOT INTERVAL_MS
use strict;

my ($task, $name, $boot, $interval) = @ARGV;
$interval /= 1000;
$| = 1;

# Seconds since the boot of this copy's memory: CLOCK_MONOTONIC, which stands still while the guest does.
sub uptime {
    my $time = "\0" x 16;
    syscall(228, 1, $time);
    my ($seconds, $nano) = unpack("qq", $time);
    return $seconds + $nano / 1e9;
}

# The next is due an interval after the last was due; after a pause no burst makes up for it.
my $due = uptime();
sub next_due {
    my $now = uptime();
    $due += $interval;
    $due = $now + $interval if $due <= $now;
    return $due;
}
sub pace { select(undef, undef, undef, next_due() - uptime()) }

sub say_line { syswrite(STDOUT, "haven-guest $name boot=$boot $_[0]\n") }

# Until the next is due, what is typed on the console is answered, line by line.
my ($typed, $hears) = ("", 1);
sub answer_until {
    my ($end) = @_;
    for (;;) {
        my $left = $end - uptime();
        return if $left <= 0;
        my $readable = "";
        vec($readable, fileno(STDIN), 1) = 1 if $hears;
        next if select($readable, undef, undef, $left) <= 0;
        my $got = sysread(STDIN, $typed, 4096, length $typed);
        # A line that hung up is always readable.
        $hears = 0 if !$got;
        say_line("heard $1") while $typed =~ s/\A(.*)\n//;
        $typed = "" if length $typed > 4096;
    }
}

if ($task eq "console") {
    for (my $seq = 0; ; $seq++) {
        say_line(sprintf("seq=%d uptime=%.2f", $seq, uptime()));
        answer_until(next_due());
    }
}

# Each key that goes down, by its number: struct input_event is two times of 8 bytes, type, code, value.
if ($task eq "keys") {
    my $all = "";
    my @inputs;
    opendir(my $folder, "/dev/input") or die "counter: /dev/input: $!\n";
    for my $path (grep { /^event/ } readdir($folder)) {
        open(my $input, "<", "/dev/input/$path") or next;
        push @inputs, $input;
        vec($all, fileno($input), 1) = 1;
    }
    for (;;) {
        my $readable = $all;
        next if select($readable, undef, undef, undef) <= 0;
        for my $input (grep { vec($readable, fileno($_), 1) } @inputs) {
            my $got = sysread($input, my $events, 24 * 64);
            vec($all, fileno($input), 1) = 0 if !$got;
            for (my $at = 0; $got && $at + 24 <= $got; $at += 24) {
                my ($type, $code, $value) = unpack("x16 S S l", substr($events, $at, 24));
                say_line("key $code") if $type == 1 && $value == 1;
            }
        }
    }
}

# The disk itself, never a cache: O_RDWR | O_DIRECT | O_DSYNC. Buffers are aligned for it.
sysopen(my $disk, "/dev/vda", 2 | 040000 | 010000) or die "counter: /dev/vda: $!\n";
my $size = sysseek($disk, 0, 2);
my $first = 64;
my $ring = int($size / 512) - $first;
die "counter: /dev/vda is too small\n" if $ring < 64;

my $space = "";
vec($space, 131072, 8) = 0;
sub aligned { return (512 - unpack("J", pack("P", $space)) % 512) % 512 }

# Sectors as their lines, without the blanks that fill them up.
sub load_sectors {
    my ($number, $count) = @_;
    my $at = aligned();
    for (;;) {
        sysseek($disk, $number * 512, 0);
        my $got = sysread($disk, $space, $count * 512, $at);
        last if defined $got && $got == $count * 512;
        say_line("disk cannot be read: $!");
        select(undef, undef, undef, 1);
    }
    return map { my $line = substr($space, $at + 512 * $_, 512); $line =~ s/[ \n\0]+\z//; $line } 0 .. $count - 1;
}

# Returns when the sector is on the disk.
sub store {
    my ($number, $text) = @_;
    my $at = aligned();
    for (;;) {
        substr($space, $at, 512) = sprintf("%-511s\n", $text);
        sysseek($disk, $number * 512, 0);
        my $put = syswrite($disk, $space, 512, $at);
        return if defined $put && $put == 512;
        say_line("disk cannot be written: $!");
        select(undef, undef, undef, 1);
    }
}

my ($epoch, $index, $seq, $violations) = (0, 0, 0, 0);
sub violation {
    my ($what, $found) = @_;
    say_line("VIOLATION $what index=$index found: $found");
    # Nine sectors for each boot, so that a copy does not write over another's accusation.
    store(1 + ($epoch % 7) * 9 + $violations++, "HVNV $epoch $boot $index $what $found") if $violations < 9;
}

# Where the boot before came to: the header is at most some records behind.
my ($word, $epoch_, $index_) = split(/ /, (load_sectors(0, 1))[0]);
if (defined $word && $word eq "HVNH") {
    ($epoch, $index) = ($epoch_, $index_);
    SEARCH: for (;;) {
        my $at = $index % $ring;
        my $count = $ring - $at < 64 ? $ring - $at : 64;
        for my $line (load_sectors($first + $at, $count)) {
            my ($kind, $own_index, $own_epoch) = split(/ /, $line);
            last SEARCH unless defined $kind && $kind eq "HVNR" && $own_index == $index;
            $epoch = $own_epoch if $own_epoch > $epoch;
            $index++;
        }
    }
}
$epoch++;
my $header = "HVNH $epoch $index $boot";
store(0, $header);

my $own;
open(my $random, "<", "/dev/urandom") or die "counter: /dev/urandom: $!\n";
for (;;) {
    my $at = $index % $ring;
    # What this copy wrote last has to be there still, and nobody may have written where it writes now.
    my ($before, $there) = $at == 0
        ? ((load_sectors($first + $ring - 1, 1))[0], (load_sectors($first, 1))[0])
        : load_sectors($first + $at - 1, 2);
    violation("overwritten", $before) if defined $own && $before ne $own;
    violation("occupied", $there) if $there =~ /^HVNR (\d+) / && $1 >= $index;
    sysread($random, my $nonce, 8);
    $own = sprintf("HVNR %d %d %d %s %.3f %s", $index, $epoch, $seq, $boot, uptime(), unpack("H16", $nonce));
    store($first + $at, $own);
    $index++;
    $seq++;
    if ($seq % 32 == 0) {
        my ($found) = load_sectors(0, 1);
        violation("header", $found) if $found ne $header;
        $header = "HVNH $epoch $index $boot";
        store(0, $header);
    }
    pace();
}
