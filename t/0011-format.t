#!/usr/bin/perl
# The C code has the form of .clang-format, and each file says on its first line what it is
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename qw(basename dirname);
use File::Find;
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');
my @files;
find({ no_chdir => 1, wanted => sub {
	$File::Find::prune = 1 if -d && /(?:node_modules|output|\/build[^\/]*)\z/;
	push @files, $_ if /\.[ch]\z/;
} }, map { "$TOP/$_" } qw(src cgi-bin t));
@files = sort @files;

my @nameless = grep { first_line($_) !~ m{\A/\* \Q@{[basename $_]}\E: \S} } @files;
is(join("\n", @nameless), '', 'every file says what it is');

SKIP: {
	skip 'clang-format is not installed', 1 if system 'clang-format --version >/dev/null 2>&1';
	chdir $TOP or die "$TOP: $!\n";
	my $said = '';
	while (my @some = splice @files, 0, 100) {
		open my $out, '-|', 'sh', '-c', 'exec 2>&1 clang-format --dry-run -Werror --style=file "$@"', 'sh', @some
			or die "clang-format: $!\n";
		local $/;
		$said .= readline($out) // '';
		close $out;
	}
	my %seen;
	my @places = grep { !$seen{$_}++ } $said =~ /^(\S+:\d+):\d+: error/mg;
	is(join("\n", splice @places, 0, 50), '', 'clang-format has nothing to change');
}

done_testing;

sub first_line
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	return readline($in) // '';
}
