#!/usr/bin/perl
# How the collector bears a router that is away, slow, locked, replaced or out of its mind
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Router;
use Mojo::JSON 'encode_json';
use Mojo::Util 'encode';
use Test::More;
use Time::HiRes 'time';

my $AUTH_PAUSE_S = 900;

switch_on();
test_password();
test_down();
test_trouble();
test_slow();
test_certificate();
secrets_ok();
done_testing;

# Each wrong login makes the router slower for everybody, so there is one in 15 minutes
sub test_password
{
	home();
	forget();
	collect();
	forget_events();
	my $before = get('/api/v1/devices');
	$box->control(password => 'changed there', clear_lockout => 1, forget_nonces => 1);
	elapse(30);
	collect('the password has changed');
	is $box->counters->{failed_logins}, 1, '... one failed login';
	is kinds(), 'router.auth_failed', '... one event';
	my $status = polling();
	is_deeply [@$status{qw(state error_code)}], ['failing', 'auth_failed'], '... is a state';
	like $status->{error_text}, qr/login was refused: check user name and password/, '... in words';
	unlike $status->{error_text}, qr/gehéim|anna/, '... without names';
	is next_in(), $AUTH_PAUSE_S, '... to be tried in 15 minutes';
	is_deeply get('/api/v1/devices')->{items}, $before->{items}, 'devices are told as before';
	for my $wait (30, 300, 500) {
		elapse($wait);
		collect();
		is $box->counters->{requests}, 0, "$wait seconds later: it is left alone, also when asked for";
	}
	is get('/api/v1/devices')->{is_stale}, Mojo::JSON->true, 'what is told is stale';
	is $hearth->get('/network/health')->json('/providers/fritzbox'), 'down', '... and health says so';
	elapse($AUTH_PAUSE_S);
	collect();
	is $box->counters->{failed_logins}, 1, 'after 15 minutes: one more try';
	is kinds(), '', '... without another event';
	$box->control(password => $PASSWORD, clear_lockout => 1, forget_nonces => 1);
	elapse(30);
	collect();
	is $box->counters->{requests}, 0, 'the router has the old password again: nobody knows';
	configure(FRITZBOX_PASSWORD => $PASSWORD);
	collect();
	is polling()->{state}, 'ok', '... until somebody sets it, though it is the same';
	$box->control(password => 'changed there', clear_lockout => 1, forget_nonces => 1);
	elapse(30);
	collect();
	forget_events();
	configure(FRITZBOX_PASSWORD => 'changed there');
	collect('the right password is set');
	is $box->counters->{failed_logins}, 0, '... it is tried at once';
	is polling()->{state}, 'ok', '... and all is well';
	$box->control(user => 'bert', clear_lockout => 1, forget_nonces => 1);
	elapse(30);
	collect();
	is polling()->{error_code}, 'auth_failed', 'a wrong name is the same';
	configure(FRITZBOX_USERNAME => 'bert');
	collect();
	is polling()->{state}, 'ok', '... until it is right';
	$box->control(no_right => \1);
	elapse(30);
	collect('a user without rights');
	is $box->counters->{failed_logins}, 0, '... is no failed login';
	is polling()->{error_code}, 'not_allowed', '... is a state of its own';
	$box->control(no_right => \0, user => 'anna', password => $PASSWORD, clear_lockout => 1);
	configure(FRITZBOX_USERNAME => 'anna', FRITZBOX_PASSWORD => encode('UTF-8', $PASSWORD));
	collect();
	$box->control(nonce_uses => 1);
	elapse(30);
	collect('one whose nonces are good once');
	is polling()->{state}, 'ok', '... is well' or diag encode_json(polling());
	$box->control(nonce_uses => 0);
}

sub test_down
{
	home();
	forget();
	collect();
	forget_events();
	my $before = get('/api/v1/devices')->{items};
	$box->control(refuse => \1);
	my @waits = (30, 60, 120, 300, 300);
	for my $try (1 .. @waits) {
		my ($out, $err, $exit) = $hearth->collect('--only', 'fritzbox');
		is $exit, 0, "nobody listens, round $try";
		is next_in(), $waits[$try - 1], "... again in $waits[$try - 1] s";
		is polling()->{failures}, $try, '... counted';
		is kinds(), $try == 3 ? 'router.down' : '', '... the event comes with the third';
		elapse($waits[$try - 1]);
	}
	my $status = polling();
	is_deeply [@$status{qw(state error_code)}], ['failing', 'connect_failed'], 'its state';
	like $status->{error_text}, qr/^No connection: check/, '... in words';
	my $page = get('/api/v1/devices');
	is_deeply $page->{items}, $before, 'devices are told as before';
	is $page->{is_stale}, Mojo::JSON->true, '... as stale';
	is $session->get("/api/v1/$_")->code, 200, "... $_ too" for qw(bandwidth wan history/devices);
	$box->control(refuse => \0);
	collect('it is back');
	is kinds(), 'router.up', '... with an event';
	is polling()->{state}, 'ok', '... and well';
	is get('/api/v1/devices')->{is_stale}, Mojo::JSON->false, '... nothing is stale';
	is next_in(), 30, '... asked every 30 seconds';

	configure(FRITZBOX_HOST => 'no-such-host.invalid');
	$hearth->collect('--only', 'fritzbox');
	is polling()->{error_code}, 'resolve_failed', 'a name without an address';
	configure(FRITZBOX_HOST => '127.0.0.1');
}

# What the router says instead of an answer, and what that is called
sub test_trouble
{
	my %called = (
		close => 'bad_answer', reset => 'bad_answer', raw => 'bad_answer', garbage => 'bad_answer', html => 'bad_answer',
		empty => 'bad_answer', half => 'bad_answer|timeout', truncated => 'bad_answer', unclosed => 'bad_answer',
		wrong_type => 'bad_answer', deep => 'bad_answer', doctype => 'bad_answer', external => 'bad_answer',
		endless => 'too_large', huge => 'too_large', endless_header => 'too_large', status => 'http_error',
		redirect => 'http_error',
	);
	home();
	for my $kind (sort keys %called) {
		forget();
		collect();
		forget_events();
		elapse(30);
		$box->control(misbehave => $kind);
		my $begin = time;
		collect("a router that answers with $kind");
		cmp_ok time - $begin, '<', 8, '... does not take long';
		my $status = polling();
		like $status->{error_code} // '', qr/^(?:$called{$kind})$/, "... is a state" or diag encode_json($status);
		like $status->{error_text} // '', qr/^[A-Z].*[.:)]/, '... in words';
		is $session->get("/api/v1/$_")->code, 200, "... $_ are told as before" for qw(devices bandwidth wan);
		is scalar @{devices()}, 6, '... all of them';
		is kinds(), '', '... and nothing has happened';
		is $box->counters->{trap}, 0, '... nobody was led away';
		$box->control(misbehave => undef);
		collect();
		is polling()->{state}, 'ok', '... afterwards all is well' or diag encode_json(polling());
	}
	$box->control(misbehave => { GetStatusInfo => 'garbage' });
	elapse(60);
	my $before = get('/api/v1/wan')->{fetched_at};
	collect('one part alone that fails');
	is polling()->{error_code}, 'bad_answer', '... is an error';
	is get('/api/v1/wan')->{fetched_at}, $before, '... the line is that of before';
	cmp_ok get('/api/v1/devices')->{fetched_at}, 'gt', $before, '... devices are new';
	cmp_ok get('/api/v1/bandwidth')->{fetched_at}, 'gt', $before, '... and so is bandwidth';
	is next_in(), 30, '... and all is asked again as usual';
	$box->control(misbehave => undef);
	for my $kind (qw(no_length chunked)) {
		$box->control(misbehave => $kind);
		elapse(30);
		collect();
		is polling()->{state}, 'ok', "what is legal is no trouble: $kind" or diag encode_json(polling());
	}
	$box->control(misbehave => undef, keep_alive => \0);
	elapse(30);
	collect();
	is polling()->{state}, 'ok', '... nor is a router that closes each time';
	$box->control(keep_alive => \1);
}

sub test_slow
{
	for my $kind ('hang', 'slow', 'drip') {
		forget();
		collect();
		elapse(120);
		$box->control(misbehave => $kind);
		my $begin = time;
		collect("a router that does nothing but $kind");
		cmp_ok time - $begin, '<', 6, '... is left after two timeouts';
		is polling()->{error_code}, 'timeout', '... is a state';
		my $asked = time;
		is get('/api/v1/devices')->{is_stale}, Mojo::JSON->true, '... what is told is stale';
		cmp_ok time - $asked, '<', 1, '... and told at once';
		$box->control(misbehave => undef);
	}
	$box->control(latency_ms => 150);
	elapse(30);
	collect('one as slow as they are');
	is polling()->{state}, 'ok', '... is no trouble';
	$box->control(latency_ms => 0);
}

sub test_certificate
{
	forget();
	configure(FRITZBOX_TLS => 'true', FRITZBOX_PORT => $box->tls_port, FRITZBOX_TLS_PIN => $box->pin);
	collect('TLS with a pinned key');
	is polling()->{state}, 'ok', '... is well' or diag encode_json(polling());
	forget_events();
	my $logins = $box->counters->{logins};
	$box->control(new_cert => \1);
	elapse(30);
	collect('another key');
	is polling()->{error_code}, 'pin_mismatch', '... is a state';
	like polling()->{error_text}, qr/another key than the pinned one/, '... in words';
	is $box->counters->{logins} + $box->counters->{challenges}, 0, '... and was told nothing';
	is scalar @{devices()}, 6, '... devices as before';
	configure(FRITZBOX_TLS_PIN => '');
	collect('no pin');
	is polling()->{error_code}, 'tls_failed', '... a certificate of its own is not trusted';
	configure(FRITZBOX_TLS_PIN => $box->pin);
	collect('the new pin');
	is polling()->{state}, 'ok', '... is well' or diag encode_json(polling());
	configure(FRITZBOX_PORT => $box->port);
	collect('TLS where none is spoken');
	like polling()->{error_code}, qr/^(?:tls_failed|timeout)$/, '... is a state';
	configure(FRITZBOX_TLS => 'false', FRITZBOX_PORT => $box->tls_port);
	collect('no TLS where it is spoken');
	like polling()->{error_code}, qr/^(?:bad_answer|http_error)$/, '... is a state';
	configure(FRITZBOX_PORT => $box->port);
}
