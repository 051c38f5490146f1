#!/usr/bin/perl
# No file says that it is unfinished, or knows the machine it was written on
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Find;
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');

# put together here, so that this file does not hold them
my $unfinished = join '|', map { "\\b$_\\b" } 'TO' . 'DO', 'FIX' . 'ME', 'X' x 3, 'HA' . 'CK';
my $foreign = join '|', map { quotemeta } '/wo' . 'rk/', '../sha' . 'red', 'registry.' . 'npmjs', '/ro' . 'ot/',
	'/ho' . 'me/';

# what a build, a test or a run makes, as .gitignore has it; texts of others
my @made = map { pattern($_) } read_lines("$TOP/.gitignore"), '.git', '.ci', 'dist', 'generated', 'LICENSE', 'COPYING';

my (@files, @unfinished, @foreign);
find({ no_chdir => 1, wanted => sub {
	my $name = $_ eq $TOP ? '' : substr $_, length "$TOP/";
	if ($name ne '' && is_made($name)) {
		$File::Find::prune = 1;
	} elsif (-f && -T) {
		push @files, $name;
	}
} }, $TOP);

for my $name (sort @files) {
	open my $in, '<', "$TOP/$name" or die "$name: $!\n";
	while (my $line = readline $in) {
		push @unfinished, "$name:$.: $&" if $line =~ /$unfinished/;
		push @foreign, "$name:$.: $&" if $line =~ /$foreign/;
	}
}
cmp_ok(scalar @files, '>', 100, 'the tree has files');
is(join("\n", @unfinished), '', 'nothing is left to be done');
is(join("\n", @foreign), '', 'no file names a folder or a host of the one who wrote it');
like('a ' . 'TO' . 'DO b', qr/$unfinished/, 'the words are found');
unlike('/tmp/hearth-' . 'X' x 6, qr/$unfinished/, 'names of temporary folders are none of them');

done_testing;

# A line of .gitignore as [what it matches, whether it takes back an earlier one]
sub pattern
{
	my ($line) = @_;
	return if $line =~ /\A(?:#|\s*\z)/;
	my $back = $line =~ s/\A!//;
	my $anchored = $line =~ s{\A/}{};
	$line =~ s{/\z}{};
	my $regex = join '[^/]*', map { quotemeta } split /\*/, $line, -1;
	return [$anchored ? qr{\A$regex\z} : qr{(?:\A|/)$regex\z}, $back];
}

sub is_made
{
	my ($name) = @_;
	my $made = 0;
	for my $pattern (@made) {
		$made = !$pattern->[1] if $name =~ $pattern->[0];
	}
	return $made;
}

sub read_lines
{
	my ($file) = @_;
	open my $in, '<', $file or return;
	chomp(my @lines = readline $in);
	return @lines;
}
