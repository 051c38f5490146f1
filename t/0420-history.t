#!/usr/bin/perl
# A collector that is killed again and again in a simulated week: whatever the moment, every tier equals what the
# samples make of it. HEARTH_LONG=1: at 2000 moments instead of 200.
use strict;
use warnings;
use FindBin;
use File::Temp 'tempdir';
use Test::More;
use Time::HiRes qw(sleep time);

my $MOMENTS = $ENV{HEARTH_LONG} ? 2000 : 200;
my $CHECK_EVERY = 20;
my $LIMIT_S = 120;    # of one run that nobody ends
my $WEEK_S = 7 * 86400;
my $BUILD = $ENV{HEARTH_BUILD} // "$FindBin::RealBin/../build";
my $PROGRAM = "$BUILD/t/bench/history";
my $dir = tempdir('hearth-history-XXXXXX', TMPDIR => 1, CLEANUP => 1);

-x $PROGRAM or BAIL_OUT("$PROGRAM is not built");
my $seed = $ENV{HEARTH_SEED} // int rand 1e9;
srand $seed;
diag "HEARTH_SEED=$seed brings these moments again" if $ENV{HEARTH_SEED};

# the time of an undisturbed week, to spread the moments over it
my $begun = time;
is(week("$dir/whole"), 0, 'a week without a disturbance');
my $whole_s = time - $begun;
is_deeply([checked("$dir/whole")], [0, $WEEK_S, 0], 'its tiers are right');

my ($killed, $ended) = (0, 0);
for my $moment (1 .. $MOMENTS) {
	my $status = week("$dir/killed", 2 * $whole_s / $MOMENTS * rand);
	$status == 9 ? $killed++ : $ended++;
	next if $moment % $CHECK_EVERY && $status == 9;
	my ($failed, $complete, $faults) = checked("$dir/killed");
	ok(!$failed && !$faults, "after kill $killed, $complete s of the week are right")
		or diag "HEARTH_SEED=$seed";
	last if $status == 0;
}
cmp_ok($killed, '>=', $MOMENTS / 3, "killed $killed times");
is(week("$dir/killed"), 0, 'the rest of the week');
is_deeply([checked("$dir/killed")], [0, $WEEK_S, 0], 'the tiers of the whole week are right')
	or diag "HEARTH_SEED=$seed";
done_testing;

# Goes on with the week; kills it after so many seconds. Returns how it ended: 0, or 9 when killed.
sub week
{
	my ($where, $seconds) = @_;
	mkdir $where, 0700;
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', '/dev/null';
		alarm $LIMIT_S;
		exec $PROGRAM, $where, 'week' or exit 127;
	}
	if (defined $seconds) {
		sleep $seconds;
		kill KILL => $pid;
	}
	waitpid $pid, 0;
	return $?;
}

# Exit status, seconds that are complete, and faults.
sub checked
{
	my ($where) = @_;
	my $out = `$PROGRAM $where check 2>&1`;
	my $status = $?;
	my ($complete) = $out =~ /^complete (\d+)$/m;
	my ($faults) = $out =~ /^faults (\d+)$/m;
	diag $out if $status;
	return ($status, $complete, $faults);
}
