#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The label methods of sixteen vNVDIMMs, run by ACPICA's own interpreter (acpiexec, which simulates
# the memory that they use). What a perl model of the areas says must come back, and in the end
# stand in memory: of the areas, and nothing before, between or behind them. TAP.
use strict;
use warnings;
no warnings 'portable';	# 64-bit integers
use File::Temp qw(tempdir);

my $AREA = 0x20000;
my $MAX = 0x1000;
my $BASE = 0x100000000;
my $GUARD = 0x4000;
my $UUID = '30AC0943110DE41191910800200C9A66';	# as ToUUID orders the bytes
my $dir = tempdir(CLEANUP => 1);

# Device n has labels but every fifth, and cannot write them if it is the third or the eighth. Areas
# follow one another, but for a gap in the middle.
my @devices = map { {
	nr => $_,
	name => sprintf('NV%02d', $_),
	area => $BASE + $_ * $AREA + ($_ > 8 ? $GUARD : 0),
	ro => $_ == 3 || $_ == 8,
	none => $_ % 5 == 0,
} } 1 .. 16;
my @labelled = grep { !$_->{none} } @devices;
my @writable = grep { !$_->{ro} } @labelled;
my $end = $devices[15]{area} + $AREA + $GUARD;
my %memory;	# page address => 4096 bytes, of what was ever written

# ---- the model ----

sub model_write {
	my ($at, $bytes) = @_;
	for my $i (0 .. length($bytes) - 1) {
		my $page = ($at + $i) & ~0xfff;
		$memory{$page} //= "\0" x 4096;
		substr($memory{$page}, ($at + $i) & 0xfff, 1) = substr($bytes, $i, 1);
	}
}

sub model_read {
	my ($at, $length) = @_;
	return join '', map { my $page = $_ & ~0xfff; exists $memory{$page} ? substr($memory{$page},
		$_ & 0xfff, 1) : "\0" } $at .. $at + $length - 1;
}

sub pattern {
	my ($length, $seed) = @_;
	return join '', map { chr(($seed + $_ * 7 + ($_ >> 8)) & 0xff) } 0 .. $length - 1;
}

# ---- what acpiexec runs ----

# The test's own table. MAKE makes all the memory one region of acpiexec's simulation, so it comes
# first. SEEN hands out a page as it is, and NULS counts how many of some pages are all zeros. Wnn
# and Dnn write a pattern, by _LSW and by _DSM.
sub dsdt_make {
	my $size = $end - $BASE;
	my $text = <<"ASL";
DefinitionBlock ("", "DSDT", 2, "XNPMEM", "TEST", 1)
{
	Method (MAKE, 0, Serialized) {
		OperationRegion (ALL, SystemMemory, $BASE, $size)
		Field (ALL, ByteAcc, NoLock, Preserve) { BYTE, 8 }
		Return (BYTE)
	}
	Method (SEEN, 1, Serialized) {
		OperationRegion (PAGE, SystemMemory, Arg0, 4096)
		Field (PAGE, DWordAcc, NoLock, Preserve) { VIEW, 32768 }
		Local0 = VIEW
		Return (Local0)
	}
	Method (NULS, 2) {
		Local0 = Buffer (4096) { }
		Local1 = 0
		Local2 = 0
		While (Local1 < Arg1) {
			Local3 = SEEN (Arg0 + Local1 * 4096)
			If (Local3 == Local0) { Local2++ }
			Local1++
		}
		Return (Local2)
	}
	Method (PATT, 2) {
		Local0 = Buffer (Arg0) { }
		Local1 = 0
		While (Local1 < Arg0) {
			Local0 [Local1] = (Arg1 + Local1 * 7 + (Local1 >> 8)) & 0xFF
			Local1++
		}
		Return (Local0)
	}
ASL
	for my $d (@labelled) {
		my $n = substr $d->{name}, 2;
		$text .= <<"ASL" unless $d->{ro};
	External (\\_SB.XPQR.NV$n._LSW, MethodObj)
	Method (W$n, 3) { Return (\\_SB.XPQR.NV$n._LSW (Arg0, Arg1, PATT (Arg1, Arg2))) }
ASL
		$text .= <<"ASL";
	External (\\_SB.XPQR.NV$n._DSM, MethodObj)
	Method (D$n, 3) {
		Local0 = Buffer (8) { }
		Local0 [0] = Arg0 & 0xFF
		Local0 [1] = (Arg0 >> 8) & 0xFF
		Local0 [2] = (Arg0 >> 16) & 0xFF
		Local0 [4] = Arg1 & 0xFF
		Local0 [5] = (Arg1 >> 8) & 0xFF
		Local1 = Package (1) { 0 }
		Local1 [0] = Concatenate (Local0, PATT (Arg1, Arg2))
		Return (\\_SB.XPQR.NV$n._DSM (ToUUID ("4309ac30-0d11-11e4-9191-0800200c9a66"), 1, 6,
			Local1))
	}
ASL
	}
	return $text . "}\n";
}

# The commands to come: each is [ command, test, values expected ]. A test passes if all of its
# commands give what is expected.
my (@commands, %failed, @tests);

sub test { push @tests, $_[0]; }
sub command { my ($command, @values) = @_; push @commands, [ $command, $tests[-1], \@values ]; }

sub of {
	my ($d, $method, @args) = @_;
	return join ' ', "evaluate \\_SB.XPQR.$d->{name}.$method", @args;
}

sub buffer { return '(' . unpack('H*', $_[0]) . ')'; }
sub u32 { return pack 'V', $_[0]; }

sub dsm {
	my ($d, $function, $input) = @_;
	return of($d, '_DSM', "($UUID)", 1, $function, $input eq '' ? '[ ]' : '[' . buffer($input)
		. ']');
}

sub none { return [ 'absent' ]; }

sub read_check {
	my ($d, $at, $len) = @_;
	command(of($d, '_LSR', $at, $len), 0, model_read($d->{area} + $at, $len));
}

sub dsm_read_check {
	my ($d, $at, $len) = @_;
	command(dsm($d, 5, u32($at) . u32($len)), u32(0) . model_read($d->{area} + $at, $len));
}

sub write_check {
	my ($d, $at, $bytes) = @_;
	command(of($d, '_LSW', $at, length $bytes, buffer($bytes)), 0);
	model_write($d->{area} + $at, $bytes);
}

sub pattern_check {
	my ($d, $way, $at, $len, $seed) = @_;
	command("evaluate \\$way" . substr($d->{name}, 2) . " $at $len $seed", $way eq 'W' ? 0
		: u32(0));
	model_write($d->{area} + $at, pattern($len, $seed));
}

# What is in memory, page by page, and that it is so also where nothing may be. acpiexec takes its
# time for each command, so zeros are counted together.
sub memory_check {
	my $zeros = 0;
	for (my $page = $BASE; $page <= $end; $page += 4096) {
		my $written = $page < $end && ($memory{$page} // '') =~ /[^\0]/;
		$zeros++, next if !$written && $page < $end;
		command(sprintf('evaluate \NULS 0x%x %d', $page - $zeros * 4096, $zeros), $zeros)
			if $zeros;
		$zeros = 0;
		command(sprintf('evaluate \SEEN 0x%x', $page), $memory{$page}) if $written;
	}
}

# offset and length that are out of bounds, with the reason
my @outside = (
	[ 0, 0, 'no length' ],
	[ $AREA, 0, 'no length, at the end' ],
	[ 0, $MAX + 1, 'longer than a transfer' ],
	[ $AREA, 1, 'behind the end' ],
	[ $AREA - 1, 2, 'over the end' ],
	[ $AREA - $MAX + 1, $MAX, 'over the end, a whole transfer' ],
	[ $AREA + 0x1000, 0x10, 'far behind' ],
	[ 0xffffffff, 1, 'offset of all ones' ],
	[ 1, 0xffffffff, 'length of all ones' ],
	[ 0xffffffff, 0xffffffff, 'both of all ones' ],
);

sub tests_make {
	my @border = map { $_ * 0x1000 } 0 .. 32;
	srand 4;

	test('the memory begins as zeros');
	command('evaluate \MAKE', 0);
	memory_check();

	test('_LSI tells size and longest transfer');
	command(of($_, '_LSI'), 0, $AREA, $MAX) for @labelled;
	test('without labels there is no method');
	for my $d (grep { $_->{none} } @devices) { command(of($d, $_), none())
		for qw(_LSI _LSR _LSW _DSM); }

	test('each area is its own, to the first and last byte');
	for my $d (@writable) {
		write_check($d, 0, pattern(16, $d->{nr}));
		write_check($d, $AREA - 16, pattern(16, 0x80 + $d->{nr}));
	}
	for my $d (@labelled) {
		read_check($d, 0, 16);
		read_check($d, $AREA - 16, 16);
		read_check($d, $AREA - $MAX, $MAX);
	}

	test('writes and reads over every border of pages');
	for my $border (@border[1 .. 31]) {
		my $d = $labelled[0];
		write_check($d, $border - 3, pattern(7, $border >> 4));
		read_check($d, $border - 9, 19);
	}

	test('writes and reads at random, of every length');
	for (1 .. 150) {
		my $d = $writable[rand @writable];
		my $len = rand() < .7 ? 1 + int rand 100 : 1 + int rand $MAX;
		my $at = int rand $AREA - $len + 1;
		$len <= 100 ? write_check($d, $at, pattern($len, int rand 256)) : pattern_check($d,
			rand() < .5 ? 'W' : 'D', $at, $len, int rand 256);
		my $more = 1 + int rand $MAX;
		rand() < .5 ? read_check($d, int rand $AREA - $more + 1, $more) : dsm_read_check($d,
			$at, $len);
	}
	pattern_check($labelled[1], 'W', $_ * $MAX, $MAX, $_) for 0 .. 31;
	read_check($labelled[1], $_ * $MAX, $MAX) for 0 .. 31;

	test('longer data than the length: only the length is written');
	command(of($writable[0], '_LSW', 0x800, 3, buffer('xyzXYZ')), 0);
	model_write($writable[0]{area} + 0x800, 'xyz');

	test('_LSR and _LSW refuse what is out of bounds');
	for my $row (@outside) {
		my ($at, $len) = @$row;
		command(of($writable[0], '_LSR', $at, $len), 2, '');
		command(of($writable[0], '_LSW', $at, $len, buffer(pattern(64, 9))), 2);
	}
	command(of($writable[0], '_LSW', 0x300, 5, '(01020304)'), 2);
	command(sprintf('evaluate \_SB.XPQR.LWRI 0x%x 0x300 5 77', $writable[0]{area}), 2);

	test('_DSM tells its functions, and none for another UUID or revision');
	for my $d (@labelled) { command(of($d, '_DSM', "($UUID)", 1, 0, '[ ]'), $d->{ro} ? "\x31"
		: "\x71"); }
	command(of($labelled[0], '_DSM', "($UUID)", $_, 0, '[ ]'), "\0") for 0, 2;
	command(of($labelled[0], '_DSM', '(30AC0943110DE41191910800200C9A67)', 1, 0, '[ ]'), "\0");
	test('_DSM: other functions are not supported');
	command(dsm($labelled[0], $_, u32(0) . u32(8)), u32(1)) for 1, 2, 3, 7, 9, 10, 63, 64,
		0xffffffff;
	test('_DSM 4 tells what _LSI tells');
	command(dsm($_, 4, ''), u32(0) . u32($AREA) . u32($MAX)) for @labelled;

	test('_DSM 5 and 6 refuse what is out of bounds');
	for my $row (@outside) {
		my ($at, $len) = @$row;
		command(dsm($writable[1], 5, u32($at) . u32($len)), u32(3));
		command(dsm($writable[1], 6, u32($at) . u32($len) . pattern(64, 5)), u32(3));
	}
	test('_DSM 5 and 6 refuse too short an input');
	command(dsm($writable[1], $_, u32(0) . "\x08\0\0"), u32(3)) for 5, 6;
	command(dsm($writable[1], 6, u32(0) . u32(5) . 'abcd'), u32(3));
	command(of($writable[1], '_DSM', "($UUID)", 1, $_, '[ ]'), u32(3)) for 5, 6;
	command(of($writable[1], '_DSM', "($UUID)", 1, $_, '[5]'), u32(3)) for 5, 6;

	test('read-only labels are read, and nothing writes them');
	for my $d (grep { $_->{ro} } @labelled) {
		command(of($d, '_LSW', 0, 4, '(01020304)'), none());
		command(dsm($d, 6, u32(0) . u32(4) . 'abcd'), u32(1));
		dsm_read_check($d, 0, 64);
	}

	test('in the end memory holds what the model holds, and nothing else');
	memory_check();
}

# ---- what it said ----

# The values of one evaluation: integers, and buffers as strings.
sub values_parse {
	my ($text) = @_;
	my @values;
	my $bytes_line = qr{\s*[0-9A-F]{4}: (?:[0-9A-F]{2} )+\s*//.*};
	my $integer = qr/(Integer)\] = ([0-9A-F]+)/;
	while ($text =~ /\[(?:$integer|(Buffer)\] Length ([0-9A-F]+) =((?:$bytes_line)*))/g) {
		my ($number, $length, $dump) = ($2, $4, $5);
		if (defined $number) { push @values, hex $number; next; }
		my $bytes = '';
		$bytes .= pack 'H*', $1 =~ s/ //gr
			while $dump =~ /[0-9A-F]{4}: ((?:[0-9A-F]{2} )+)/g;
		push @values, substr $bytes, 0, hex $length;
	}
	return [ 'absent' ] if !@values && $text =~ /AE_NOT_FOUND/;
	return @values;
}

sub show { return join ', ', map { ref ? $_->[0] : /^\d+$/ ? $_ : length . ' bytes ' . unpack 'H64',
	$_ } @_; }

sub same {
	my ($a, $b) = @_;
	return @$a == @$b && !grep { (ref $a->[$_] ? 'absent' : $a->[$_]) ne (ref $b->[$_]
		? 'absent' : $b->[$_]) } 0 .. $#$a;
}

sub bail { print "Bail out! @_\n"; exit 1; }

# What methods touch of a whole area at this address, where neighbours would not show it; acpiexec
# tells each access, by its lowest 32 bits.
sub touched {
	my ($area, @calls) = @_;
	my $build = $ENV{B} // 'build';
	system(sprintf "$build/unit/ssdt 0x200000000:0x10000000:0x%x >$dir/one.aml", $area) and
		bail('no SSDT');
	open my $file, '>', "$dir/calls" or bail("$!");
	print $file map { "evaluate \\_SB.XPQR.NV01.$_\n" } @calls, 'quit';
	close $file;
	my $all = `acpiexec -to 600 -vr $dir/dsdt.aml $dir/one.aml <$dir/calls 2>&1`;
	return map { hex } $all =~ /SystemMemory (?:Read|Write) .* Addr ([0-9A-F]+) BitWidth 40/g;
}

sub tables_make {
	open my $asl, '>', "$dir/dsdt.asl" or bail("$!");
	print $asl dsdt_make();
	close $asl;
	my $log = `iasl -vw 2173 -p $dir/dsdt $dir/dsdt.asl 2>&1`;
	bail("the test's own table: $log") if $?;
	my $list = join ' ', map {
		sprintf('0x%x:0x10000000', 0x200000000 + $_->{nr} * 0x40000000) . ($_->{none} ? ''
			: sprintf ':0x%x%s', $_->{area}, $_->{ro} ? ':ro' : '') } @devices;
	my $build = $ENV{B} // 'build';
	system("$build/unit/ssdt $list >$dir/ssdt.aml") and bail('no SSDT');
}

tests_make();
tables_make();
open my $file, '>', "$dir/commands" or bail("$!");
print $file "$_->[0]\n" for @commands;
print $file "quit\n";
close $file;
# Loops may take longer than the 30 seconds that acpiexec allows, on a machine that is busy.
my $said = `acpiexec -to 600 $dir/dsdt.aml $dir/ssdt.aml <$dir/commands 2>&1`;
my ($head, @parts) = split /^(?=.*Evaluating \\)/m, $said;
print '1..', @tests + 3, "\n";
my %why;
for my $i (0 .. $#commands) {
	my ($command, $test, $expected) = @{$commands[$i]};
	my @got = defined $parts[$i] ? values_parse($parts[$i]) : ();
	$why{$test} //= "$command: " . show(@got) . '; expected ' . show(@$expected) if !same(\@got,
		$expected);
}
my $n = 0;
for my $test (@tests) {
	print defined $why{$test} ? 'not ok ' : 'ok ', ++$n, " - $test\n";
	print "# $why{$test}\n" if defined $why{$test};
}
my @errors = grep { !/AE_NOT_FOUND/ }
	$said =~ /^.*(?:ACPI (?:Error|Warning|Exception|BIOS)|AE_[A-Z_]+).*$/mg;
print @errors ? 'not ok ' : 'ok ', ++$n, " - the interpreter has no complaint\n", map { "# $_\n" }
	@errors[0 .. ($#errors < 5 ? $#errors : 5)];
print $said =~ /No outstanding allocations/ ? 'ok ' : 'not ok ', ++$n,
	" - the interpreter has everything back in the end\n";

my $area = 0xe0000000;
my @touched = touched($area, '_LSR 131071 1', '_LSR 126976 4096', '_LSR 0 1', '_LSW 131071 1 (01)',
	'_LSW 0 1 (01)', "_DSM ($UUID) 1 5 [(FFFF010001000000)]");
my $outside = grep { $_ < $area || $_ + 8 > $area + $AREA } @touched;
print @touched > 4 * 513 && !$outside ? 'ok ' : 'not ok ', ++$n,
	" - nothing outside of an area is touched, not even read\n";
print '# ', scalar @touched, " accesses, $outside of them outside\n";
