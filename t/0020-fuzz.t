#!/usr/bin/perl
# 0020-fuzz.t: every fuzz target plays its corpus
use strict;
use warnings;
use Test::More;

my $build = $ENV{HEARTH_BUILD} // 'build';
for my $source (sort glob 't/fuzz/*.c') {
	my ($name) = $source =~ m{([^/]+)\.c$};
	next if $name eq 'replay';
	my @corpus = glob "t/fuzz/corpus/$name/*";
	ok(@corpus >= 3, "$name has a corpus");
	my $out = qx($build/t/fuzz/$name t/fuzz/corpus/$name 2>&1);
	is($?, 0, "$name plays it") or diag $out;
	my $played = () = $out =~ /^ok /mg;
	is($played, scalar @corpus, "$name took every file");
}
done_testing;
