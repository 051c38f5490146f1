#!/usr/bin/perl
# The mutations of t/mutants fit the source as it is now, and name tests that are there
use Mojo::Base -strict, -signatures;
use Cwd 'abs_path';
use File::Basename 'dirname';
use lib dirname(__FILE__) . '/lib';
use Hearth::Mutant qw(mutants_read patch_run);
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $mutants = mutants_read($TOP);

cmp_ok(scalar @$mutants, '>=', 30, 'there are mutations');
for my $mutant (@$mutants) {
	my ($name, $tests) = @$mutant{qw(name tests)};
	is(patch_run($TOP, $mutant, '--dry-run'), '', "$name: applies");
	like($mutant->{sentence}, qr/^\S.*\.$/, '... says in a sentence what breaks');
	cmp_ok(scalar @$tests, '>', 0, '... names a test');
	is(join(' ', grep { !-f "$TOP/" . s{^t/unit/\w+\K$}{.c}r } @$tests), '', '... that is there');
}
done_testing;
