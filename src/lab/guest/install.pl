#!/usr/bin/perl
# The lab's installer: prints the answers that were put into its initrd, and writes a boot sector to the first disk,
# which prints a line to the serial port when it is booted. Kernel parameter: haven.install
#   install NAME BOOT
use strict;

my ($name, $boot) = @ARGV;
$| = 1;
sub say_line { syswrite(STDOUT, "haven-guest $name boot=$boot $_[0]\n") }

if (open(my $answers, "<", "/preseed.cfg")) {
    while (my $line = <$answers>) { chomp $line; say_line("preseed: $line") }
} else {
    say_line("has no preseed file");
}
open(my $disk, "+<", "/dev/vda") or die "install: /dev/vda: $!\n";
sysread($disk, my $before, 512);
say_line("finds " . ($before =~ /[^\0]/ ? "something" : "nothing") . " on its disk");
# 16-bit code at 0x7c00: each byte of the text to the port 0x3f8, then halt.
my $code = pack("H*", "31c08ed8be157cac84c07406baf803eeebf5f4ebfd");
my $sector = $code . "haven-disk $name boots\r\n\0";
sysseek($disk, 0, 0);
syswrite($disk, $sector . "\0" x (510 - length($sector)) . "\x55\xaa") == 512 or die "install: $!\n";
close($disk) or die "install: $!\n";
say_line("is installed");
