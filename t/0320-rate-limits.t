#!/usr/bin/perl
# Rate limits of the network family: one bucket an identity, counted by all workers together
use Mojo::Base -strict, -signatures;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Check qw(problem_ok header_is enable_router fill_network scoped_token until_true);
use Hearth::Instance;
use Mojo::UserAgent;
use Test::More;
use Time::HiRes qw(sleep time);

my $PATH = '/api/v1/devices';
my $hearth = Hearth::Instance->new(start => 0);

enable_router($hearth);
fill_network($hearth);
$hearth->start;
my @sessions = map { $hearth->user($_, 'member'); $hearth->login($_) } qw(anna bert);
my $jwt = $hearth->jwt('anna');    # one of ten logins of this address

test_key();
test_workers();
test_kill();
test_jwt();
test_token();
test_session();
test_address();
test_login();
test_free();
test_window();
test_configured();
done_testing;

sub new_key ($session)
{
	my $res = $session->post('/auth/api-keys', json => { name => 'key' });
	return { 'X-API-Key' => $res->json('/api_key') // die $res->body };
}

sub codes ($n, $path, @headers)
{
	return join ' ', map { $hearth->get($path, @headers)->code // 'none' } 1 .. $n;
}

# Whole: words, headers, and the member that some clients look for
sub refused_ok ($res, $path, $name, $limit = 10)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	problem_ok($res, 429, "Rate limit exceeded: $limit per 1 minute", $path, $name);
	is $res->json('/error'), 'Rate limit exceeded', '... with the member error';
	my $wait = $res->headers->header('Retry-After') // '';
	ok $wait =~ /^\d+$/ && $wait >= 1 && $wait <= 60, '... with Retry-After' or diag $wait;
	limits_ok($res, $limit, 0);
	return $wait;
}

sub limits_ok ($res, $limit, $remaining)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($got_limit, $got_remaining, $reset) = map { $res->headers->header("X-RateLimit-$_") } qw(Limit Remaining Reset);
	is "$got_limit $got_remaining", "$limit $remaining", "... $remaining of $limit remain";
	my $left = $reset - time;
	ok $left > -2 && $left <= 61, '... until within a minute' or diag $left;
}

# Forgets all buckets; the file is what the workers share
sub forget
{
	$hearth->stop;
	unlink $hearth->dir . '/run/rate.shm';
	$hearth->start;
}

sub test_key
{
	my ($key, $other, $foreign) = (new_key($sessions[0]), new_key($sessions[0]), new_key($sessions[1]));
	limits_ok($hearth->get($PATH, $key), 10, 9);
	limits_ok($hearth->get($PATH, $key), 10, 8);
	my $res = $hearth->get("$PATH?limit=0", $key);
	is $res->code, 422, 'bad input';
	limits_ok($res, 10, 7);
	is codes(7, '/network/api/v1/wan', $key), join(' ', (200) x 7), 'other routes and the mount share the bucket';
	my $wait = refused_ok($hearth->get($PATH, $key), $PATH, 'the 11th request');
	for (1 .. 3) {
		my $again = refused_ok($hearth->get("$PATH?limit=0", $key), $PATH, 'one more, before its input is looked at');
		cmp_ok $again, '<=', $wait, '... does not prolong the wait';
	}
	is $hearth->get($PATH, $other)->code, 200, 'another key of the same account is not affected';
	is $hearth->get($PATH, $foreign)->code, 200, 'nor one of another account';
	is $hearth->get('/network/health', $key)->code, 200, 'nor is health';
	is $hearth->get('/network/api/v1/nope', $key)->code, 404, 'a path that is not there comes before';
	is $hearth->post($PATH, $key)->code, 405, 'so does a method';
	my $deprecated = $hearth->get('/api/v1/wan', $key);
	is $deprecated->code, 429, 'a deprecated route';
	header_is($deprecated, 'Deprecation', '@1770940800', '... says so even then');
}

# Connections at the same time, so that all workers answer
sub test_workers
{
	my $key = new_key($sessions[0]);
	my $ua = Mojo::UserAgent->new(max_connections => 0);
	my @workers = $hearth->children_of('api');
	cmp_ok scalar @workers, '>', 1, 'there are several workers';
	my %codes;
	my @asked = map {
		$ua->get_p($hearth->url($PATH), $key)->then(sub ($tx) { $codes{$tx->res->code}++ })
	} 1 .. 40;
	Mojo::Promise->all(@asked)->wait;
	is_deeply \%codes, { 200 => 10, 429 => 30 }, 'of 40 at once ten are answered';
}

sub test_kill
{
	my $key = new_key($sessions[0]);
	is codes(9, $PATH, $key), join(' ', (200) x 9), 'nine requests';
	my %before = map { ($_ => 1) } $hearth->children_of('api');
	kill KILL => keys %before;
	ok until_true(5, sub {
		my @now = grep { !$before{$_} } $hearth->children_of('api');
		return @now == keys %before && ($hearth->get('/network/health')->code // 0) == 200;
	}), 'all workers are killed and replaced';
	is codes(2, $PATH, $key), '200 429', 'the new ones know how many there were';
}

sub test_jwt
{
	my $bearer = sub ($token) { { Authorization => "Bearer $token" } };
	my $again = $hearth->jwt('anna');
	is codes(6, $PATH, $bearer->($jwt)), join(' ', (200) x 6), 'six by one JWT';
	is codes(5, $PATH, $bearer->($again)), '200 200 200 200 429', '... and four by another of the same account';
	refused_ok($hearth->get($PATH, $bearer->($jwt)), $PATH, 'then neither is answered');
	is $hearth->get('/auth/api-keys', $bearer->($jwt))->code, 429, 'key routes are counted too';
	is $hearth->get($PATH, new_key($sessions[0]))->code, 200, 'a key of the account has its own';
	is $hearth->get($PATH, $bearer->($hearth->jwt('bert')))->code, 200, 'JWTs begin alike, but are not one identity';
}

sub test_token
{
	my ($token, $other) = map { scoped_token($hearth, 'anna', 'read:network') } 1 .. 2;
	is codes(5, $PATH, { Authorization => "Bearer $token" }), join(' ', (200) x 5), 'five by a token';
	is codes(6, $PATH, { 'X-API-Key' => $token }), '200 200 200 200 200 429', '... and five in the other header';
	is $hearth->get($PATH, { 'X-API-Key' => $other })->code, 200, 'another token is not affected';
}

sub test_session
{
	my @codes = map { $sessions[0]->get($PATH)->code } 1 .. 30;
	is join(' ', grep { $_ != 200 } @codes), '', 'the panel may poll';
	my $limit = $sessions[0]->get($PATH)->headers->header('X-RateLimit-Limit');
	is $limit, 600, '... 600 times a minute';
	my %count;
	$count{$sessions[0]->get('/api/v1/wan')->code}++ for 1 .. 600;
	cmp_ok $count{200}, '<', 600, '... not more';
	is $sessions[1]->get($PATH)->code, 200, 'another account is not affected';
}

sub test_address
{
	forget();
	my $key = new_key($sessions[0]);
	my @ways = ({}, { 'X-API-Key' => 'ha_bad' }, { Authorization => 'Bearer bad' }, { Cookie => 'hearth_session=bad' });
	for my $n (1 .. 10) {
		my $res = $hearth->get($PATH, $ways[$n % @ways]);
		problem_ok($res, 401, undef, $PATH, "failed authentication $n");
		limits_ok($res, 10, 10 - $n);
	}
	refused_ok($hearth->get($PATH, $ways[$_]), $PATH, 'the next') for 0 .. $#ways;
	is $hearth->get('/auth/api-keys')->code, 429, 'so at key routes';
	is $hearth->post('/auth/login', form => { username => 'x', password => 'x' })->code, 429, 'and at the login';
	is codes(10, $PATH, $key), join(' ', (200) x 10), 'a valid key from there is answered ten times';
	is $sessions[0]->get($PATH)->code, 200, 'and so is a session';
	is $hearth->get('/network/health')->code, 200, 'and health';
	is $hearth->get($PATH, { 'X-Forwarded-For' => '203.0.113.1' })->code, 429, 'a header does not make another address';
}

sub test_login
{
	forget();
	my $key = new_key($sessions[0]);
	my $form = { username => 'anna', password => $hearth->user('anna') };
	for my $n (1 .. 10) {
		my $res = $hearth->post('/auth/login', form => $n % 2 ? $form : { username => 'anna' });
		is $res->code, $n % 2 ? 200 : 422, "login $n";
		limits_ok($res, 10, 10 - $n);
	}
	refused_ok($hearth->post('/auth/login', form => $form), '/auth/login', 'the 11th, though it is right');
	refused_ok($hearth->post('/network/auth/login', form => $form), '/network/auth/login', 'under the mount too');
	is $hearth->get($PATH, $key)->code, 200, 'a valid key from there still works';
	is $hearth->post('/api/auth/login', json => $form)->code, 200, 'and so does the login of the panel';
}

sub test_free
{
	for my $path ('/network/health', '/health', '/network/openapi.json', '/network/docs') {
		my @codes = grep { $_ != 200 } map { $hearth->get($path)->code } 1 .. 15;
		is "@codes", '', "$path is not limited";
		header_is($hearth->get($path), 'X-RateLimit-Limit', undef, '... and says nothing of it');
	}
}

# The shared file is what a minute is taken from: bucket after bucket {identity[128], end, count} behind the locks
sub test_window
{
	my $key = new_key($sessions[0]);
	my $reset = $hearth->get($PATH, $key)->headers->header('X-RateLimit-Reset');
	sleep 1.1;
	is $hearth->get($PATH, $key)->headers->header('X-RateLimit-Reset'), $reset, 'a window begins with its first request';
	is codes(9, $PATH, $key), join(' ', (200) x 8, 429), 'it is used up';
	my $file = $hearth->dir . '/run/rate.shm';
	my $end = pack 'q', $reset;
	open my $shared, '+<:raw', $file or die "$file: $!";
	local $/;
	my $bytes = readline $shared;
	my $moved = 0;
	while ($bytes =~ /\Q$end\E/g) {
		seek $shared, $-[0], 0;
		print $shared pack 'q', $reset - 61;
		$moved++;
	}
	close $shared;
	ok $moved, 'a minute passes';
	limits_ok($hearth->get($PATH, $key), 10, 9);
}

sub test_configured
{
	$hearth->ctl_ok(qw(config set AUTH_NETWORK_RATE_PER_MINUTE 3));
	my $key = new_key($sessions[0]);
	is codes(4, $PATH, $key), '200 200 200 429', 'another limit counts at once';
	refused_ok($hearth->get($PATH, $key), $PATH, '... and is told', 3);
}
