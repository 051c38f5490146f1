#!/usr/bin/perl
# The floors of the source: an #include may only go down, and no family may know another
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Find;
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');

# lowest first; what stands side by side on a floor does not know its neighbours
my @FLOORS = (
	['base'], ['json'], ['db'], ['auth'], ['http'], ['dialect'], ['peer'], ['collect', 'live'],
	['recorder', 'panel', 'network', 'inventory', 'timetracker'],
	['house'], ['gen'], ['ctl'], ['cgi-bin'],
);
my %floor;
for my $n (0 .. $#FLOORS) {
	$floor{$_} = $n for @{$FLOORS[$n]};
}

# The arrow that an include line makes, and what is wrong with it: undef when it is allowed.
sub fault
{
	my ($from, $to) = @_;
	return if $from eq $to;
	return "there is no floor $to" unless defined $floor{$to};
	return "$from may not know $to" if $floor{$to} >= $floor{$from};
	return;
}

my (@files, @faults, $arrows);
find({ no_chdir => 1, wanted => sub { push @files, $_ if /\.[ch]\z/ } }, "$TOP/src", "$TOP/cgi-bin");
for my $file (sort @files) {
	my $name = substr $file, length "$TOP/";
	my ($from) = $name =~ m{\A(?:src/)?([^/]+)/};
	unless (defined $floor{$from}) {
		push @faults, "$name: there is no floor $from";
		next;
	}
	open my $in, '<', $file or die "$file: $!\n";
	while (my $line = readline $in) {
		next unless $line =~ m{\A\s*#\s*include\s+"([^"]+)"};
		my ($to) = $1 =~ m{\A([^/]+)/.};
		unless (defined $to) {
			push @faults, "$name:$.: $1 is not named from src";
			next;
		}
		$arrows++;
		my $fault = fault($from, $to);
		push @faults, "$name:$.: $fault" if defined $fault;
	}
}
cmp_ok($arrows, '>', 100, 'the source has include lines');
is(join("\n", @faults), '', 'every include goes down');

# the rule itself
is(fault('network', 'http'), undef, 'a family may know the dispatcher');
isnt(fault('http', 'network'), undef, 'the dispatcher may not know a family');
isnt(fault('network', 'recorder'), undef, 'a family may not know another');
isnt(fault('collect', 'network'), undef, 'the collector may not know a family');
is(fault('house', 'network'), undef, 'the house may know all families');

done_testing;
