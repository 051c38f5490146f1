#!/usr/bin/perl
# The collector against a stand-in router that is well: what is asked and stored, and which events follow
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Fcntl ':flock';
use Hearth::Peer;
use Hearth::Router;
use Mojo::JSON qw(decode_json encode_json);
use Test::More;
use Time::HiRes 'time';

my $MAX_CALLS = 6;
my $GRACE_POLLS = 3;

test_switched_off();
test_first_round();
test_calls();
test_history();
test_rates();
test_counters();
test_wrap();
test_reset();
test_line();
test_devices();
test_names();
test_by_entry();
test_list_paths();
test_without_igd();
test_other_boxes();
test_due();
test_command();
test_not_stored();
secrets_ok();
done_testing;

# ---- a router that is well --------------------------------------------------------------------

sub test_switched_off
{
	collect('a round with polling switched off');
	is $box->counters->{requests}, 0, '... asks nothing';
	is polling()->{state}, 'off', '... is off';
	switch_on();
	is polling()->{state}, 'never', 'switched on, it was never asked';
}

sub test_first_round
{
	home();
	my $line = $box->state->{line};
	collect('the first round');
	cmp_ok calls(), '<=', $MAX_CALLS, '... in at most six calls';
	is $box->counters->{failed_logins}, 0, '... no login failed';
	my $status = polling();
	is_deeply [@$status{qw(state failures error_code)}], ['ok', 0, undef], '... all is well';
	is $status->{model}, 'FRITZ!Box 7590', '... the model is known';
	ok $status->{firmware}, '... and the firmware';
	my %found = map { ($_->{name} => $_) } @{devices()};
	is join(' ', map { $_->{name} } @{devices()}), 'phone nas 192.168.178.40 vpn laptop moved out', 'devices in their order';
	is $found{nas}{mac}, 'AA:00:00:00:00:01', 'a MAC is in capitals';
	is_deeply [@{$found{phone}}{qw(ip status interface_type)}], ['192.168.178.9', 1, '802.11'], 'a device that is there';
	is $found{laptop}{status}, 0, 'one that is away';
	is $found{vpn}{mac}, '', 'one without a MAC';
	ok $found{'192.168.178.40'}, 'one without a name has its address';
	is $found{'moved out'}{ip}, '', 'one without an address';
	my $wan = get('/api/v1/wan');
	is $wan->{external_ip}, $line->{external_ip}, 'the line, its address';
	is_deeply [@$wan{qw(is_connected is_linked is_stale)}], [Mojo::JSON->true, Mojo::JSON->true, Mojo::JSON->false],
		'... stands';
	near_ok($wan->{uptime}, $line->{uptime}, 5, '... since a while');
	my $traffic = get('/api/v1/bandwidth');
	near_ok($traffic->{bytes_received}, $line->{received}, 50_000_000, '... counted in 64 bits');
	is kinds(), join(' ', ('device.new') x 6), 'every device is new, and nothing else happened';
	is $hearth->get('/network/health')->json('/status'), 'ok', 'health';
}

sub test_calls
{
	my ($most, %asked) = (0);
	my $line = $box->state->{line};
	elapse(30);
	collect();
	is_deeply [@{get('/api/v1/wan')}{qw(max_upstream_bps max_downstream_bps)}], [@$line{qw(up_bps down_bps)}],
		'with the second round the rates of the line are known, in bits/s as the router says them';
	for my $round (1 .. 12) {
		elapse(30);
		collect();
		my $calls = calls();
		$most = $calls if $calls > $most;
		$asked{$_}++ for keys %{$box->counters->{actions}};
	}
	cmp_ok $most, '<=', $MAX_CALLS, 'no round makes more than six calls';
	is $box->counters->{max_concurrent}, 1, '... one after the other';
	is $asked{'Hosts#GetGenericHostEntry'}, undef, '... none for single devices';
	ok $asked{"WANCommonInterfaceConfig#X_AVM-DE_GetOnlineMonitor"}, '... some for smoother rates';
	ok !$asked{'DeviceInfo#GetInfo'}, '... the model only now and then';
	is kinds(), '', 'and nothing happened';
	elapse(3600);
	collect();
	ok $box->counters->{actions}{'DeviceInfo#GetInfo'}, 'after an hour the model is asked for again';
	cmp_ok calls(), '<=', $MAX_CALLS, '... in six calls too';
}

sub test_history
{
	forget();
	collect();
	collect();
	my $rows = get('/api/v1/history/bandwidth')->{total_count};
	ok $rows == 1 || $rows == 2, 'two rounds at once are one minute';    # or the minute has just turned
	elapse(60);
	collect();
	is get('/api/v1/history/bandwidth')->{total_count}, $rows + 1, 'a minute later it is another';
	my $page = get('/api/v1/history/devices');
	is $page->{total_count}, 4 * ($rows + 1), 'each with the four devices that are there';
	is join(' ', map { $_->{ip} } @{$page->{items}}[0 .. 3]),
		'192.168.178.9 192.168.178.20 192.168.178.40 192.168.178.201', '... by address';
	is +(grep { $_->{is_online} != 1 } @{$page->{items}})[0], undef, '... online';
	is $page->{items}[0]{timestamp} % 60, 0, '... at the start of the minute';
}

sub test_rates
{
	forget();
	$box->control(rate => { sent => 1000, received => 250_000 }, online_monitor => \0);
	collect();
	my $now = get('/api/v1/bandwidth');
	is_deeply [@$now{qw(upstream_bps downstream_bps)}], [8000, 2_000_000], 'bytes a second become bits';
	elapse(60);
	collect();
	my $row = get('/api/v1/history/bandwidth?limit=1')->{items}[0];
	near_ok($row->{upstream_rate}, 8000, 800, 'a minute has the mean of its bytes');
	near_ok($row->{downstream_rate}, 2_000_000, 200_000, '... both ways');
	$box->control(online_monitor => \1);
}

sub test_counters
{
	forget();
	$box->control(counters => { sent => 5_000_000_000_123, received => 9_000_000_000_000_456 },
		rate => { sent => 0, received => 0 });
	collect();
	my $now = get('/api/v1/bandwidth');
	near_ok($now->{bytes_sent}, 5_000_000_000_123, 1000, 'a counter of 43 bits');
	near_ok($now->{bytes_received}, 9_000_000_000_000_456, 1000, '... and one of 53');
	$box->control(fields64 => 'empty', counters => { sent => 1234, received => 5678 });
	forget();
	collect();
	near_ok(get('/api/v1/bandwidth')->{bytes_sent}, 1234, 1000, 'empty 64-bit fields: the short ones count');
	$box->control(fields64 => 1);
}

sub test_wrap
{
	forget();
	forget_events();
	$box->control(rate => { sent => 1_000_000, received => 1_000_000 }, counters_near_wrap => 10_000_000);
	collect('a counter near its end');
	my $before = get('/api/v1/bandwidth');
	near_ok($before->{bytes_sent}, 2**32 - 10_000_000, 5_000_000, '... is below 2^32');
	elapse(30);
	collect('and beyond it');
	my $after = get('/api/v1/bandwidth');
	near_ok($after->{bytes_sent}, 2**32 + 20_000_000, 8_000_000, '... is counted on');
	near_ok($after->{bytes_received} - $before->{bytes_received}, 30_000_000, 5_000_000, '... both ways');
	elapse(30);
	collect();
	near_ok(get('/api/v1/bandwidth')->{bytes_sent}, 2**32 + 50_000_000, 10_000_000, '... and goes on from there');
	unlike kinds(), qr/counter/, 'no reset is reported';
	$box->control(fields64 => 1, rate => \0);
}

sub test_reset
{
	forget();
	$box->control(counters => { sent => 5_000_000_000, received => 6_000_000_000 }, rate => { sent => 100, received => 200 });
	collect();
	forget_events();
	elapse(60);
	$box->control(counters => { sent => 1000, received => 2000 });
	collect('a counter that went back');
	my ($event) = events();
	is $event->{kind}, 'counter.reset', '... is an event';
	near_ok($event->{data}{bytes_sent}, 5_000_000_000, 1_000_000, '... that says where it stood');
	near_ok(get('/api/v1/bandwidth')->{bytes_sent}, 1000, 1000, '... and counts from there');
	my $row = get('/api/v1/history/bandwidth?limit=1')->{items}[0];
	cmp_ok $row->{upstream_rate}, '<', 100_000, '... without a rate of millions';
	cmp_ok $row->{upstream_rate}, '>=', 0, '... or a negative one';
	elapse(60);
	collect();
	is kinds(), '', 'once';
	$box->control(rate => \0);
}

sub test_line
{
	forget();
	collect();
	forget_events();
	my $before = $box->state->{line}{external_ip};
	elapse(30);
	$box->control(reconnect => { ip => '198.51.100.7', keep_counters => 1 });
	collect();
	my %events = map { ($_->{kind} => $_) } events();
	is join(' ', sort keys %events), 'wan.ip_changed wan.reconnected', 'a new connection with a new address';
	is_deeply $events{'wan.ip_changed'}{data}, { from => $before, to => '198.51.100.7' }, '... the addresses';
	cmp_ok $events{'wan.reconnected'}{data}{uptime_before}, '>', $events{'wan.reconnected'}{data}{uptime}, '... the uptimes';
	is get('/api/v1/wan')->{external_ip}, '198.51.100.7', '... shown at once';

	elapse(30);
	collect();
	elapse(30);
	$box->control(reconnect => { keep_ip => 1, keep_counters => 1 });
	collect();
	is kinds(), 'wan.reconnected', 'one that keeps its address';

	$box->control(external_ip => '198.51.100.8');
	for (1 .. 2) {
		elapse(30);
		collect();
	}
	is kinds(), 'wan.ip_changed', 'an address that changes by itself is seen within two rounds';
	$box->control(external_ip => undef);
	for (1 .. 2) {
		elapse(30);
		collect();
	}
	forget_events();

	$box->control(link => 'Down');
	elapse(30);
	collect();
	is kinds(), 'wan.down', 'the line goes down';
	my $wan = get('/api/v1/wan');
	is_deeply [@$wan{qw(external_ip is_connected is_linked uptime)}], [undef, Mojo::JSON->false, Mojo::JSON->false, 0],
		'... and looks so';
	elapse(30);
	collect();
	is kinds(), '', '... once';
	$box->control(link => 'Up');
	elapse(30);
	collect();
	my $kinds = kinds();
	like $kinds, qr/\bwan\.up\b/, 'it comes up again';
	unlike $kinds, qr/reconnected|down/, '... which is no reconnection';
	is get('/api/v1/wan')->{is_connected}, Mojo::JSON->true, '... and looks so';

	$box->control(dslite => \1);
	forget();
	collect();
	$wan = get('/api/v1/wan');
	is_deeply [@$wan{qw(external_ip is_connected)}], [undef, Mojo::JSON->true], 'connected without an address of its own';
	$box->control(dslite => \0);
	for my $address ('0.0.0.0', '', 'not an address', '2001:db8::1') {
		$box->control(external_ip => $address);
		forget();
		collect();
		is get('/api/v1/wan')->{external_ip}, undef, "an external address like '$address' is none";
	}
	$box->control(external_ip => undef);
}

sub test_devices
{
	forget();
	home();
	collect();
	forget_events();
	elapse(30);
	$box->control(add => { name => 'guest tablet', mac => 'AA:00:00:00:00:10', ip => '192.168.178.77', active => 1 });
	collect();
	my ($event, @more) = events();
	is_deeply [$event->{kind}, $event->{subject}, $event->{data}{name}, scalar @more],
		['device.new', 'AA:00:00:00:00:10', 'guest tablet', 0], 'a new device';

	$box->control(offline => 'phone');
	for my $poll (1 .. $GRACE_POLLS + 1) {
		elapse(60);
		collect();
		is named('phone')->{status}, 0, "away, poll $poll: it is shown at once";
		is kinds(), $poll == $GRACE_POLLS ? 'device.offline' : '', '... the event comes with the third, once';
	}
	my @rows = grep { $_->{name} eq 'phone' && !$_->{is_online} } @{get('/api/v1/history/devices?limit=1000')->{items}};
	is scalar @rows, 1, 'history has one row with 0, that of the minute it went';
	$box->control(online => 'phone');
	elapse(60);
	collect();
	is kinds(), 'device.online', 'it is back';
	my ($phone) = grep { $_->{name} eq 'phone' } @{get('/api/house/network/devices')->{items}};
	is scalar @{$phone->{presence}}, 2, '... was here twice';
	cmp_ok $phone->{presence}[0][1], '<', $phone->{presence}[1][0], '... with a time between';

	$box->control(offline => 'phone');
	for (1 .. $GRACE_POLLS - 1) {
		elapse(30);
		collect();
	}
	$box->control(online => 'phone');
	elapse(30);
	collect();
	is kinds(), '', 'a phone that slept for two polls has not gone';

	$box->control(remove => 'guest tablet');
	for (1 .. $GRACE_POLLS) {
		elapse(30);
		collect();
	}
	is kinds(), 'device.offline', 'one that leaves the list has gone';
	is named('guest tablet'), undef, '... and is not listed';
	$box->control(add => { name => 'guest tablet', mac => 'AA:00:00:00:00:10', ip => '192.168.178.78', active => 1 });
	elapse(30);
	collect();
	is kinds(), 'device.online', 'when it comes back it is not new';

	my $before = get('/api/v1/history/devices?limit=1000');
	elapse(60);
	$box->control(ip => { nas => '192.168.178.99' });
	$box->control(rename => { nas => 'storage' });
	collect();
	is named('storage')->{ip}, '192.168.178.99', 'another address and another name';
	my %ips = map { ("$_->{ip} $_->{name}" => 1) }
		grep { $_->{mac} eq 'AA:00:00:00:00:01' } @{get('/api/v1/history/devices?limit=1000')->{items}};
	is join(', ', sort keys %ips), '192.168.178.20 nas, 192.168.178.99 storage', '... in history each at its time';
	is kinds(), '', '... which is no event';

	my $id = (grep { $_->{name} eq 'storage' } @{get('/api/house/network/devices')->{items}})[0]{id};
	$session->patch("/api/house/network/devices/$id", json => { custom_name => 'My NAS' });
	elapse(30);
	collect();
	is named('storage')->{custom_name}, 'My NAS', 'a label outlives the next poll';
	$hearth->db('series')->do('DELETE FROM net_device');
	collect();
	is named('storage')->{custom_name}, 'My NAS', '... and the loss of what was observed';

	$box->control(devices => [map { { name => "twin $_", mac => 'AA:00:00:00:00:20', ip => $_ ? "192.168.178.5$_" : '',
		active => $_ == 1 ? 1 : 0 } } 0 .. 2]);
	forget();
	collect();
	is join(' ', map { "$_->{ip} $_->{status}" } @{devices()}), '192.168.178.51 1', 'of twins the one that is there counts';
	$box->control(devices => []);
	elapse(30);
	collect('an empty list');
	is get('/api/v1/devices')->{total_count}, 0, '... is an empty list';
	is polling()->{state}, 'ok', '... and no error';
	$box->control(devices => 300);
	elapse(30);
	collect('300 devices');
	cmp_ok get('/api/v1/devices?limit=1')->{total_count}, '>=', 250, '... are stored';
}

sub test_names
{
	my %raw = ('long' => 'ü' x 200, 'markup' => '<script>alert("1") & \'x\'</script>', 'script' => 'Küche 中文 🔑');
	my @kinds = sort keys %raw;
	$box->control(devices => [map { { name => $raw{$kinds[$_]}, mac => "BB:00:00:00:00:0$_", ip => "192.168.178.1$_",
		active => 1 } } 0 .. $#kinds]);
	forget();
	collect();
	my %found = map { ($_->{ip} => $_->{name}) } @{devices()};
	is $found{"192.168.178.1$_"}, $kinds[$_] eq 'long' ? 'ü' x 128 : $raw{$kinds[$_]}, "a name: $kinds[$_]" for 0 .. $#kinds;
	$box->control(bad_utf8 => \1);
	elapse(30);
	collect('names that are no UTF-8');
	is scalar @{devices()}, 3, '... do not hide the devices';
	ok defined eval { decode_json($session->get('/api/v1/devices')->body) }, '... nor spoil the answer';
	$box->control(bad_utf8 => \0, control_chars => \1);
	elapse(30);
	collect('names with control characters');
	is +(grep { $_->{name} =~ /[\x00-\x1f\x7f]/ } @{devices()})[0], undef, '... lose them';
	$box->control(control_chars => \0);
	home();
}

# ---- other ways -------------------------------------------------------------------------------

sub test_by_entry
{
	for my $way (qw(refused forbidden)) {
		$box->control(host_list => $way);
		forget();
		collect("a list that is $way");
		my $actions = $box->counters->{actions};
		is $actions->{'Hosts#GetGenericHostEntry'}, 6, '... entry by entry';
		cmp_ok calls(), '<=', $MAX_CALLS, '... six calls beside them';
		is scalar @{devices()}, 6, '... the same devices';
		is named('phone')->{interface_type}, '802.11', '... as well described';
		is polling()->{state}, 'ok', '... and no error';
		elapse(30);
		collect();
		is $box->counters->{actions}{'Hosts#X_AVM-DE_GetHostListPath'}, undef, '... which is remembered';
		is scalar @{devices()}, 6, '... and works again';
	}
	$box->control(extra_entries => 3);
	elapse(30);
	collect('more entries announced than there are');
	is scalar @{devices()}, 6, '... the list ends where it ends';
	is polling()->{state}, 'ok', '... and no error';
	$box->control(extra_entries => 0, misbehave => { GetGenericHostEntry => { kind => 'garbage', times => 1 } });
	elapse(30);
	collect('an entry that fails');
	is scalar @{devices()}, 6, '... half a list replaces nothing';
	isnt polling()->{state}, 'ok', '... and is an error';
	$box->control(host_list => 'ok', misbehave => undef);
}

sub test_list_paths
{
	home();
	forget();
	collect();
	forget_events();
	for my $way (qw(absolute double_slash relative empty injected userinfo)) {
		$box->control(host_list => $way);
		elapse(30);
		collect("a list path that is $way");
		is $box->counters->{trap}, 0, '... leads nowhere else';
		is scalar @{devices()}, 6, '... and takes nothing away';
	}
	$box->control(host_list => 'ok');
	for my $path ('/x?sid=1#y', '/../secret', "/a b", '/' . 'x' x 5000, "/x\r\nX-Evil: 1") {
		$box->control(host_list_path => $path);
		elapse(30);
		collect('a list path like ' . substr $path =~ s/\r\n/\\r\\n/r, 0, 20);
		is scalar @{devices()}, 6, '... takes nothing away';
		is $box->counters->{trap}, 0, '... and leads nowhere else';
	}
	$box->control(host_list_path => undef, host_list => 'expired');
	elapse(30);
	collect('a session that has expired');
	is scalar @{devices()}, 6, '... takes nothing away';
	is $box->counters->{failed_logins}, 0, '... and is no failed login';
	$box->control(host_list => 'ok');
	elapse(30);
	collect();
	is polling()->{state}, 'ok', 'then all is well again';
	unlike kinds(), qr/device\.offline|auth/, '... and nobody went';
}

sub test_without_igd
{
	forget();
	$box->control(igd => \0, online_monitor => \0, rate => { sent => 1000, received => 5000 });
	for (1 .. 3) {
		collect('IGD is switched off');
		cmp_ok calls(), '<=', $MAX_CALLS, '... six calls';
		is $box->counters->{failed_logins}, 0, '... no failed login';
		elapse(60);
	}
	collect();
	is polling()->{state}, 'ok', '... no error';
	my $now = get('/api/v1/bandwidth');
	near_ok($now->{upstream_bps}, 8000, 1200, '... the rate is that of the counters');
	near_ok($now->{downstream_bps}, 40_000, 6000, '... both ways');
	is get('/api/v1/wan')->{is_connected}, Mojo::JSON->true, '... the line is known';
	is get('/api/v1/wan')->{external_ip}, $box->state->{line}{external_ip}, '... and its address';
	$box->control(igd => \1, online_monitor => \1, rate => \0);
}

sub test_other_boxes
{
	for my $kind (qw(cable fibre lan1 repeater)) {
		my $other = Hearth::Peer->start('fritzbox', user => 'anna', password => $PASSWORD, box => $kind, devices => 3,
			no_tls => undef);
		forget();
		configure(FRITZBOX_PORT => $other->port);
		for my $round (1 .. 3) {
			my (undef, $err, $exit) = $hearth->collect('--only', 'fritzbox');
			is $exit, 0, "$kind, round $round" or diag $err;
			elapse(30);
		}
		is $other->counters->{failed_logins}, 0, '... no failed login';
		cmp_ok scalar @{devices()}, '>', 0, '... devices';
		if ($kind ne 'repeater') {
			is polling()->{state}, 'ok', '... no error' or diag encode_json(polling());
			is get('/api/v1/wan')->{is_connected}, Mojo::JSON->true, '... the line';
			ok defined get('/api/v1/bandwidth')->{bytes_received}, '... the counters';
		}
		$other->stop;
	}
	forget();
	configure(FRITZBOX_PORT => $box->port);
}

# ---- when, and by whom ------------------------------------------------------------------------

sub test_due
{
	forget();
	my ($out, $err, $exit) = $hearth->collect('--verbose');
	like $err, qr/fritzbox: ok/, 'what was never asked is due';
	my $next = $hearth->db('series')->selectrow_array("SELECT next_due - last_attempt FROM poll_state WHERE source = 'fritzbox'");
	is $next, 30, '... and again in 30 seconds';
	$box->control(reset_counters => 1);
	(undef, $err) = $hearth->collect('--verbose');
	like $err, qr/fritzbox: not due/, 'a moment later it is not due';
	is $box->counters->{requests}, 0, '... and not asked';
	elapse(30);
	(undef, $err) = $hearth->collect('--verbose');
	like $err, qr/fritzbox: ok/, 'after 30 seconds it is';
	configure(FRITZBOX_POLL_SECONDS => 10);
	elapse(20);
	(undef, $err) = $hearth->collect('--verbose');
	configure(FRITZBOX_POLL_SECONDS => 30);
	$hearth->db('series')->do("UPDATE poll_state SET last_attempt = last_attempt + 86400, next_due = next_due + 86400");
	(undef, $err) = $hearth->collect('--verbose');
	like $err, qr/fritzbox: ok/, 'a clock that was wrong for a day keeps nothing waiting';
	my $begin = time;
	(undef, $err) = $hearth->collect('--verbose', '--for', 2, '--every', 1);
	my $rounds = () = $err =~ /fritzbox: /g;
	ok $rounds == 2 || $rounds == 3, 'a round at once, then one at each full second, for two seconds' or diag $err;
	cmp_ok time - $begin, '<', 4, '... end by themselves';
}

sub test_command
{
	my ($out, $err, $exit) = $hearth->collect('--only', 'nothing');
	is $exit, 2, 'a source that is not there';
	like $err, qr/there is no source nothing.*fritzbox/s, '... in words';
	is +($hearth->collect(@$_))[2], 2, "@$_ is refused" for ['--for', 0], ['--every', 'x'], ['--bogus'], ['x'];

	open my $lock, '>>', $hearth->dir . '/run/collect.lock' or die $!;
	flock $lock, LOCK_EX or die $!;
	$box->control(reset_counters => 1);
	my $begin = time;
	($out, $err, $exit) = $hearth->collect('--only', 'fritzbox', '--verbose');
	is $exit, 0, 'while another collector is at work';
	like $err, qr/another collector/, '... it steps aside';
	cmp_ok time - $begin, '<', 2, '... at once';
	is $box->counters->{requests}, 0, '... and asks nothing';
	close $lock;

	my $db = $hearth->db('series');
	my ($version) = $db->selectrow_array('PRAGMA user_version');
	$db->do('PRAGMA user_version = 99');
	($out, $err, $exit) = $hearth->collect('--only', 'fritzbox');
	is $exit, 1, 'a database that it does not know';
	like $err, qr/schema/, '... in words';
	is $box->counters->{requests}, 0, '... and asks nothing';
	$db->do("PRAGMA user_version = $version");
	collect('one that it knows');
}

# What is written last is refused: the devices written before it go as well
sub test_not_stored
{
	my $db = $hearth->db('series');
	my $count = sub { $db->selectrow_array('SELECT count(*) FROM net_device') };
	home();
	forget();
	$db->do("CREATE TRIGGER refuse BEFORE INSERT ON net_provider BEGIN SELECT RAISE(ABORT, 'refused'); END");
	collect('a round that cannot be stored whole');
	is $count->(), 0, '... leaves nothing';
	is polling()->{error_code}, 'not_stored', '... but is told';
	like $hearth->logs . join('', ($hearth->collect('--only', 'fritzbox'))[1]), qr/source=fritzbox cannot be stored/,
		'... and logged';
	$db->do('DROP TRIGGER refuse');
	collect();
	is $count->(), 6, 'once it can be, it is';
	is polling()->{state}, 'ok', '... and all is well';
	forget_events();
}
