#!/usr/bin/perl
# A guest that means harm: so many lines of nonsense to its host, as fast as that takes them, among them words of the
# protocol. Kernel parameter: haven.flood=COUNT
#   flood NAME BOOT COUNT
use strict;

my ($name, $boot, $count) = @ARGV;
my $port;
my $ports = "/sys/class/virtio-ports";
opendir(my $folder, $ports) or die "$ports: $!";
for my $each (readdir $folder) {
    open(my $file, "<", "$ports/$each/name") or next;
    $port = "/dev/$each" if (readline($file) // "") eq "haven.0\n";
}
die "no channel" unless defined $port;
open(my $host, "+<", $port) or die "$port: $!";
syswrite(STDOUT, "haven-guest $name boot=$boot flood begins\n");
srand(1);
my @words = ("ready", "heartbeat", "list", "fence", "fence 1 web1", "reboot", "\0", "\r", "\xff\xfe", "x" x 300);

sub sentence {
    return join(" ", map { $words[rand @words] . (rand() < 0.3 ? int(rand(1e6)) : "") } 0 .. rand(4));
}

# Short: its host reads a flood slowly, and lines are what is counted.
sub garbage {
    return join("", map { chr(rand(246) + 10) } 1 .. rand(8)) =~ tr/\n/ /r;
}

my $left = $count;
while ($left > 0) {
    my $lines = "";
    for (1 .. ($left < 200 ? $left : 200)) {
        $lines .= (rand() < 0.05 ? sentence() : garbage()) . "\n";
    }
    for (my $at = 0; $at < length $lines;) {
        my $written = syswrite($host, $lines, length($lines) - $at, $at);
        die "write: $!" unless defined $written;
        $at += $written;
    }
    $left -= 200;
}
syswrite(STDOUT, "haven-guest $name boot=$boot flood of $count lines has ended\n");
