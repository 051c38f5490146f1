#!/usr/bin/perl
# Files that hearthctl prints are checked in as it prints them. HEARTH_UPDATE=1 writes them anew.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $BUILD = $ENV{HEARTH_BUILD} // "$TOP/build";

my %printed = (
	'conf/hearth.conf' => ['config', 'template'],
	'conf/hearth.conf.5' => ['config', 'man'],
	'conf/completion/hearthctl' => ['completion'],
	'cgi-bin/hearthctl.1' => ['man'],
	't/golden/routes.txt' => ['routes'],
);

# every family has its document, and no other document lies about
my %family = map { (split / /)[0] => 1 } grep { !/^FAMILY/ } split /\n/, ctl('routes');
ok(scalar keys %family, 'there are families');
$printed{"schema/openapi/$_.json"} = ['openapi', $_] for 'all', keys %family;
my @stray = grep { !$printed{$_} } map { substr $_, length "$TOP/" } glob "$TOP/schema/openapi/*";
is("@stray", '', 'schema/openapi holds nothing else');

for my $name (sort keys %printed) {
	my $text = ctl(@{$printed{$name}});
	write_file("$TOP/$name", $text) if $ENV{HEARTH_UPDATE};
	my $kept = read_file("$TOP/$name");
	is(first_difference($kept, $text), '', "$name is as hearthctl @{$printed{$name}} prints it")
		or diag 'if that is meant: HEARTH_UPDATE=1 prove t/0012-generated.t';
}
# hearth.conf says of a section that nothing reads it exactly when that is so
my $code = join '', map { read_file($_) } grep { !m{/src/base/} } glob "$TOP/src/*/*.c";
my $conf = read_file("$TOP/conf/hearth.conf");
while ($conf =~ /^# ---- (.*)\n\[(\w+)\]/mg) {
	my ($about, $section) = ($1, $2);
	is($about =~ /Not used yet$/ ? 1 : 0, $code =~ /cfg(?:->|\.)$section\./ ? 0 : 1, "hearth.conf tells whether [$section] is used");
}

is(ctl('openapi', 'all'), ctl('openapi', 'all'), 'a document is printed the same twice');

done_testing;

sub ctl
{
	my (@args) = @_;
	open my $out, '-|', "$BUILD/hearthctl", @args or die "$BUILD/hearthctl: $!\n";
	local $/;
	my $text = readline($out) // '';
	close $out or die "hearthctl @args ended with status " . ($? >> 8) . "\n";
	return $text;
}

sub read_file
{
	my ($file) = @_;
	open my $in, '<', $file or return "(there is no $file)\n";
	local $/;
	return readline($in) // '';
}

sub write_file
{
	my ($file, $text) = @_;
	open my $out, '>', $file or die "$file: $!\n";
	print $out $text;
	close $out or die "$file: $!\n";
	return;
}

# The first line that differs, for people; '' when all are the same.
sub first_difference
{
	my @kept = split /^/, $_[0];
	my @now = split /^/, $_[1];
	for my $i (0 .. (@kept > @now ? $#kept : $#now)) {
		my ($kept, $now) = map { $_ // "(end)\n" } $kept[$i], $now[$i];
		return 'line ' . ($i + 1) . ":\n- $kept+ $now" if $kept ne $now;
	}
	return '';
}
