#!/usr/bin/perl
# The route tables have no fault, and nobody may do more than the kept matrix says
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use JSON::PP;
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $BUILD = $ENV{HEARTH_BUILD} // "$TOP/build";

my ($faults, $status) = ctl('routes', '--lint');
is($faults, '', 'the lint finds nothing');
is($status, 0, 'and says so');

my ($matrix) = ctl('routes');
$matrix =~ s/^FAMILY +METHOD +PATH .*\n// or fail('the columns have no names');
my @kept = do {
	open my $in, '<', "$TOP/t/golden/routes.txt" or die "t/golden/routes.txt: $!\n";
	grep { !/^FAMILY/ } readline $in;
};
my %kept = map { $_ => 1 } @kept;
my %now = map { $_ => 1 } split /^/, $matrix;
is(join('', grep { !$kept{$_} } sort keys %now), '', 'no route has other rights than the matrix says')
	or diag 'if that is meant: HEARTH_UPDATE=1 prove t/0012-generated.t, and read the difference';
is(join('', grep { !$now{$_} } sort keys %kept), '', 'no route of the matrix is gone');

my ($json) = ctl('routes', '--json');
my $routes = decode_json($json);
is(scalar @$routes, scalar keys %now, 'the JSON has the same routes');
for my $route (@$routes) {
	my $name = "$route->{family} $route->{method} $route->{path}";
	fail("$name takes credentials, but its scope is $route->{scope}")
		if $route->{who} ne 'anyone' && $route->{scope} =~ /^(?:anyone|nobody)$/;
	fail("$name writes for everybody") if $route->{who} eq 'anyone' && $route->{tx} eq 'write';
}

# what is open to everybody, whole
my %public = map { ("$_->{family} $_->{method} $_->{path}" => 1) } grep { $_->{who} eq 'anyone' } @$routes;
delete @public{
	'house GET /health', 'house POST /api/auth/login', 'network GET /health', 'network POST /auth/login',
	'recorder GET /status', 'recorder POST /api/auth/login', 'panel GET /', 'panel GET /health',
	'panel POST /api/auth/login',
};
delete @public{grep { m{ GET /(?:openapi\.json|docs)\z} } keys %public};
is(join("\n", sort keys %public), '', 'nothing else is public');

done_testing;

# Output and exit status of hearthctl
sub ctl
{
	my (@args) = @_;
	open my $out, '-|', "$BUILD/hearthctl", @args or die "$BUILD/hearthctl: $!\n";
	local $/;
	my $text = readline($out) // '';
	close $out;
	return ($text, $? >> 8);
}
