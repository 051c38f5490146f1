#!/usr/bin/perl
# What the panel reads of the whole house: state of polling, charts, the table to take away, devices and their labels,
# events, health
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Check qw(problem_ok invalid_ok header_is enable_router fill_network scoped_token raw_exchange);
use Hearth::Instance;
use IO::Socket::INET;
use Mojo::JSON 'encode_json';
use Mojo::Util 'url_escape';
use Test::More;
use Time::HiRes qw(sleep time);

binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $HOUSE = '/api/house';
my $MEMORY_GROWTH_KB = 4096;
my $hearth = Hearth::Instance->new;
my $admin = $hearth->login;
my $member = do { $hearth->user('anna', 'member'); $hearth->login('anna') };

test_permissions();
test_status();
test_devices();
test_label();
test_label_input();
test_events();
test_readers_of_events();
test_chart();
test_chart_input();
test_csv();
test_csv_large();
test_csv_broken();
test_health();
test_errors();
done_testing;

sub get_ok ($path, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $res = $member->get("$HOUSE$path");
	ok $res->code == 200 && $res->headers->content_type eq 'application/json', $name or diag $res->to_string;
	return $res->json // {};
}

sub test_permissions
{
	my @paths = map { "$HOUSE$_" } qw(/network/status /network/bandwidth /network/bandwidth.csv /network/devices /events);
	my %scope = ("$HOUSE/events" => 'read:network or read:panel');
	$hearth->user($_, $_) for qw(guest expert);
	my %session = map { ($_ => $hearth->login($_)) } qw(guest expert);
	my %key = ('X-API-Key' => $hearth->api_key('anna'));
	my %jwt = (Authorization => 'Bearer ' . $hearth->jwt('anna'));
	my %token = (Authorization => 'Bearer ' . scoped_token($hearth, 'anna', 'read:network'));
	my %other = (Authorization => 'Bearer ' . scoped_token($hearth, 'anna', 'read:recorder'));
	my $bad = 'The credential is invalid or has expired - log in again';
	for my $path (@paths) {
		my $refusal = 'Scope ' . ($scope{$path} // 'read:network') . ' required';
		is $admin->get($path)->code, 200, "admin: $path";
		is $member->get($path)->code, 200, '... a member';
		is $hearth->get($path, \%token)->code, 200, '... a token';
		problem_ok($session{$_}->get($path), 403, $refusal, $path, "... not a $_") for sort keys %session;
		problem_ok($hearth->get($path, \%other), 403, $refusal, $path, '... not any token');
		problem_ok($hearth->get($path), 401, 'Log in, or send an access token', $path, '... not nobody');
		problem_ok($hearth->get($path, $_), 401, $bad, $path, '... not a key or a JWT of the network family') for \%key, \%jwt;
	}
	fill_network($hearth);
	my $path = "$HOUSE/network/devices/1";
	my $label = { custom_name => 'x' };
	problem_ok($member->patch($path, json => $label), 403, 'Scope admin:all required', $path, 'a member labels nothing');
	problem_ok($hearth->patch($path, \%token, json => $label), 403, 'Scope admin:all required', $path, 'nor its token');
	problem_ok($hearth->patch($path, { Cookie => 'hearth_session=' . $admin->cookie }, json => $label), 403,
		'CSRF token missing or invalid', $path, 'nor an admin without CSRF token');
	is $hearth->db->selectrow_array('SELECT count(*) FROM net_device_label'), 0, 'nothing was labelled';
	my $powerful = scoped_token($hearth, 'tester', 'admin:all');
	is $hearth->patch($path, { Authorization => "Bearer $powerful" }, json => $label)->code, 200, 'an admin\'s token may';
	is $admin->patch($path, json => { custom_name => undef })->code, 200, 'and so may an admin';
}

sub test_status
{
	$hearth->db('series')->do("DELETE FROM $_") for qw(poll_state net_provider);
	my $status = get_ok('/network/status', 'status, polling switched off');
	is_deeply [@$status{qw(enabled state failures next_attempt_at last_success_at)}],
		[Mojo::JSON->false, 'off', 0, undef, undef], '... is off';
	enable_router($hearth);
	$status = get_ok('/network/status', 'status before the first poll');
	is_deeply [@$status{qw(enabled state host poll_seconds)}], [Mojo::JSON->true, 'never', '127.0.0.1', 30], '... is never';
	fill_network($hearth);
	$status = get_ok('/network/status', 'status after a poll');
	is_deeply [@$status{qw(state failures error_code error_text model firmware)}],
		['ok', 0, undef, undef, 'FRITZ!Box 7590', '7.57'], '... is ok';
	like $status->{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "... $_" for qw(last_success_at last_attempt_at next_attempt_at);
	$hearth->db('series')->do("UPDATE poll_state SET failures = 3, error_code = 'timeout', error_text = 'No answer'");
	$status = get_ok('/network/status', 'status after a failure');
	is_deeply [@$status{qw(state failures error_code error_text)}], ['failing', 3, 'timeout', 'No answer'], '... is failing';
	unlike encode_json($status), qr/password|"p"/i, '... and tells no password';
}

sub test_devices
{
	my $at = fill_network($hearth);
	my $db = $hearth->db('series');
	my $add = $db->prepare('INSERT INTO net_presence VALUES (?, ?, ?)');
	$add->execute(4, $at - 200_000, $at - 100_000);    # over before the 24 hours
	$add->execute(4, $at - 90_000, $at - 80_000);      # reaches into them
	$add->execute(4, $at - 7200, undef);               # still there
	$add->execute(5, $at - 5000, $at - 4000);
	my $page = get_ok('/network/devices', 'devices');
	is_deeply [@$page{qw(total_count limit offset)}], [5, 100, 0], '... a page';
	is join(' ', map { $_->{id} } @{$page->{items}}), '4 2 1 3 5', '... online first, then by address';
	my ($tv, $phone) = map { my $id = $_; grep { $_->{id} == $id } @{$page->{items}} } 4, 5;
	is_deeply [sort keys %$tv], [qw(address_source custom_name device_type first_seen_at id interface_type ip last_seen_at mac
			name presence status)], '... their members';
	is scalar @{$tv->{presence}}, 2, 'presence of the last day';
	my ($first, $last) = @{$tv->{presence}};
	ok abs($first->[0] - (time - 86400)) < 10, '... begins with it';
	is $first->[1], $at - 80_000, '... as it was';
	is_deeply $last, [$at - 7200, $at], '... and ends with what is known';
	is_deeply $phone->{presence}, [[$at - 5000, $at - 4000]], 'of one that is away';
	is_deeply [map { $_->{presence} } grep { $_->{id} == 1 } @{$page->{items}}], [[]], 'of one that was not seen';
	like $tv->{first_seen_at}, qr/Z$/, 'first seen';
	like encode_json($tv), qr/"status":1/, 'a number as status';
	$db->do('UPDATE net_device SET last_seen = 0 WHERE id = 5');
	is +(grep { $_->{id} == 5 } @{get_ok('/network/devices', 'one never online')->{items}})[0]{last_seen_at}, undef,
		'... was never seen';
	is_deeply [map { $_->{id} } @{get_ok('/network/devices?limit=2&offset=3', 'a page')->{items}}], [3, 5], '... of two';
	invalid_ok($member->get("$HOUSE/network/devices?limit=0&offset=-1"), 'limit must be between 1 and 1000',
		"$HOUSE/network/devices", 'limit offset', 'bad pages');
}

sub test_label
{
	fill_network($hearth);
	my $path = "$HOUSE/network/devices/4";
	my $res = $admin->patch($path, json => { custom_name => '  Küchenradio 📻 ', device_type => 'radio' });
	is $res->code, 200, 'a label';
	is_deeply [@{$res->json}{qw(id custom_name device_type name)}], [4, 'Küchenradio 📻', 'radio', 'tv'], '... is told';
	is +(grep { $_->{id} == 4 } @{get_ok('/network/devices', 'devices')->{items}})[0]{custom_name}, 'Küchenradio 📻',
		'... shown';
	is $member->get('/api/v1/devices')->json('/items/0/custom_name'), 'Küchenradio 📻', '... by the network family too';
	is $hearth->db->selectrow_array("SELECT custom_name FROM net_device_label WHERE identity = 'AA:00:00:00:00:02'"),
		'Küchenradio 📻', '... and kept by identity';
	is $admin->patch($path, json => { device_type => 'tv' })->json('/custom_name'), 'Küchenradio 📻', 'what is absent stays';
	is $admin->patch($path, json => {})->json('/device_type'), 'tv', 'nothing changes nothing';
	is $admin->patch($path, json => { custom_name => undef })->json('/custom_name'), undef, 'null takes a label away';
	is $admin->patch($path, json => { device_type => '' })->json('/device_type'), undef, 'and so does nothing in quotes';
	is $hearth->db->selectrow_array('SELECT count(*) FROM net_device_label'), 0, 'a device without labels leaves no row';
	is $hearth->db->selectrow_array("SELECT count(*) FROM audit WHERE action = 'network.device_label' AND actor = 'tester'"
		. " AND subject = 'AA:00:00:00:00:02'"), 5, 'each change is written down';
}

sub test_label_input
{
	my $path = "$HOUSE/network/devices/4";
	my @bad = (
		[{ custom_name => 'x' x 65 }, qr/^custom_name must be \d to 64 characters$/, 'custom_name'],
		[{ device_type => 'x' x 33 }, qr/^device_type must be \d to 32 characters$/, 'device_type'],
		[{ custom_name => 5 }, qr/^custom_name must be a string$/, 'custom_name'],
		[{ custom_name => ['x'] }, qr/^custom_name must be a string$/, 'custom_name'],
		[{ custom_name => "a\tb", device_type => "\x7f" }, qr/^custom_name must not contain control characters$/,
			'custom_name device_type'],
		[[], qr/^body must be a JSON object$/, 'body'],
	);
	for my $case (@bad) {
		my ($body, $text, $fields) = @$case;
		my $res = $admin->patch($path, json => $body);
		is $res->code, 422, "label $fields";
		like $res->json('/errors/0/message'), $text, '... in words';
		is join(' ', map { $_->{field} } @{$res->json('/errors')}), $fields, '... of what';
	}
	is $admin->patch($path, json => { custom_name => 'ü' x 64 })->code, 200, '64 characters';
	$admin->patch($path, json => { custom_name => '' });
	problem_ok($admin->patch("$HOUSE/network/devices/99", json => {}), 404, 'Device 99 not found',
		"$HOUSE/network/devices/99", 'a device that is not there');
	problem_ok($admin->patch("$HOUSE/network/devices/-1", json => {}), 404, 'Device -1 not found',
		"$HOUSE/network/devices/-1", 'one that cannot be');
	invalid_ok($admin->patch("$HOUSE/network/devices/x", json => {}), 'id must be an integer', "$HOUSE/network/devices/x",
		'id', 'one that is no number');
	problem_ok($admin->get($path), 405, 'Method GET is not allowed here', $path, 'one cannot be read alone');
}

sub test_events
{
	my $db = $hearth->db('series');
	$db->do('DELETE FROM event');
	my $add = $db->prepare('INSERT INTO event (at, area, kind, subject, data) VALUES (?, ?, ?, ?, ?)');
	my $at = int time;
	$add->execute($at - 300 + $_, 'device', $_ % 2 ? 'device.online' : 'device.offline', 'AA:00:00:00:00:02',
		encode_json({ id => 4, name => "tv '$_'" })) for 1 .. 120;
	$add->execute($at - 10, 'wan', 'wan.reconnected', 'fritzbox', '{"uptime":5}');
	$add->execute($at - 5, 'device', 'device.new', undef, '{}');
	my $page = get_ok('/events', 'events');
	is_deeply [@$page{qw(total_count limit offset)}], [122, 100, 0], '... a page';
	is join(' ', map { $_->{kind} } @{$page->{items}}[0 .. 2]), 'device.new wan.reconnected device.offline', 'newest first';
	is_deeply [sort keys %{$page->{items}[0]}], [qw(data id kind subject time)], '... their members';
	is_deeply $page->{items}[1]{data}, { uptime => 5 }, '... data is an object';
	like $page->{items}[0]{time}, qr/Z$/, '... with a time';
	is $page->{items}[0]{subject}, undef, '... perhaps of nothing';
	my %counts = (device => 121, wan => 1, 'device.o' => 120, 'device.online' => 60, 'device.new' => 1, 'wan.reconnected' => 1,
		nothing => 0, 'dev' => 0, 'device.%' => 0, 'device.onlin_' => 0, '%' => 0, "x' OR 1=1 --" => 0);
	for my $kind (sort keys %counts) {
		my $page = get_ok('/events?limit=1&kind=' . url_escape($kind), "events of $kind");
		is $page->{total_count}, $counts{$kind}, '... counted';
		is scalar @{$page->{items}}, $counts{$kind} ? 1 : 0, '... shown';
	}
	my @all = map { map { $_->{id} } @{get_ok("/events?kind=device&limit=50&offset=$_", "from $_")->{items}} } 0, 50, 100;
	is scalar @all, 121, 'pages are whole';
	is join(' ', @all), join(' ', sort { $b <=> $a } @all), '... in order';
	invalid_ok($member->get("$HOUSE/events?kind=" . 'x' x 65), 'kind must be 1 to 64 characters', "$HOUSE/events", 'kind',
		'a kind too long');
	is $member->get("$HOUSE/events?kind=")->code, 422, 'no kind';
}

# Each event belongs to a family, whose scope it takes to read it
sub test_readers_of_events
{
	my $db = $hearth->db('series');
	$db->do('DELETE FROM event');
	my $add = $db->prepare("INSERT INTO event (at, area, kind, subject, data) VALUES (?, substr(?, 1, instr(?, '.') - 1), ?, ?, '{}')");
	my @all = (['device.online', 'AA:00:00:00:00:02'], ['router.down', 'fritzbox'], ['source.auth_failed', 'fritzbox'],
		['source.auth_failed', 'proxmox/nas'], ['server.offline', 'nas'], ['guest.stopped', 'nas/100'], ['device.new', undef],
		['auth.login_throttled', '127.0.0.1']);
	$add->execute(int time, ($_->[0]) x 3, $_->[1]) for @all;
	my @panel = qw(guest.stopped server.offline source.auth_failed);
	my @network = qw(device.new source.auth_failed router.down device.online);
	my %wanted = ('read:network' => \@network, 'read:panel' => \@panel,
		'read:network,read:panel' => [qw(device.new guest.stopped server.offline source.auth_failed source.auth_failed
			router.down device.online)],
		'admin:all' => [map { $_->[0] } reverse @all]);
	for my $scopes (sort keys %wanted) {
		my $token = { Authorization => 'Bearer ' . scoped_token($hearth, 'boss', $scopes) };
		my $page = $hearth->get("$HOUSE/events", $token)->json;
		is join(' ', map { $_->{kind} } @{$page->{items}}), join(' ', @{$wanted{$scopes}}), "events by $scopes";
		is $page->{total_count}, scalar @{$wanted{$scopes}}, '... counted';
		my $sources = $hearth->get("$HOUSE/events?kind=source", $token)->json;
		is $sources->{total_count}, scalar(grep { $_ eq 'source.auth_failed' } @{$wanted{$scopes}}), '... those of sources';
		is_deeply [map { $_->{subject} } @{$sources->{items}}], ['proxmox/nas'], '... which are its own'
			if $scopes eq 'read:panel';
	}
	is $member->get("$HOUSE/events")->json('/total_count'), 7, 'a member sees all but the logins';
}

sub test_chart
{
	fill_network($hearth, minutes => 180);
	my %steps = (1 => 60, 2 => 60, 3 => 300, 24 => 300, 25 => 1800, 168 => 1800);
	for my $hours (sort { $a <=> $b } keys %steps) {
		my $chart = get_ok("/network/bandwidth?hours=$hours", "$hours hours");
		my $n = $hours * 3600 / $steps{$hours};
		is $chart->{step}, $steps{$hours}, '... their step';
		is_deeply [map { scalar @{$chart->{$_}} } qw(timestamps upstream downstream upstream_max downstream_max)], [($n) x 5],
			'... all columns have as many values';
		is $chart->{from}, $chart->{timestamps}[0], '... from the first';
		is $chart->{to}, $chart->{timestamps}[-1] + $chart->{step}, '... to the end of the last';
		ok !(grep { $chart->{timestamps}[$_] - $chart->{timestamps}[$_ - 1] != $chart->{step} } 1 .. $n - 1),
			'... evenly spaced';
		is $chart->{from} % $chart->{step}, 0, '... on full steps';
		ok abs($chart->{to} - time) <= $chart->{step} + 5, '... until now';
	}
	my $chart = get_ok('/network/bandwidth', 'without a number');
	is $chart->{to} - $chart->{from}, 86400, '... it is a day';
	is $chart->{upstream}[0], undef, 'where nothing was measured, there is nothing';

	my $db = $hearth->db('series');
	my ($rates) = $db->selectall_arrayref('SELECT ts, up_bps, down_bps FROM net_bandwidth_minute');
	my %mean;
	push @{$mean{$_->[0] - $_->[0] % 300}}, $_ for @$rates;
	my @wrong;
	for my $i (0 .. $#{$chart->{timestamps}}) {
		my $rows = $mean{$chart->{timestamps}[$i]} // [];
		my ($sum, $max) = (0, 0);
		for my $row (@$rows) {
			$sum += $row->[1];
			$max = $row->[1] if $row->[1] > $max;
		}
		my @wanted = @$rows ? (int($sum / @$rows), $max) : (undef, undef);
		my @got = map { $chart->{$_}[$i] } qw(upstream upstream_max);
		push @wrong, $chart->{timestamps}[$i] unless encode_json(\@got) eq encode_json(\@wanted);
	}
	is "@wrong", '', 'means and maxima are those of the minutes';
	ok scalar(grep { defined } @{$chart->{upstream}}) >= 36, '... of three hours';

	$hearth->ctl_ok(qw(config set FRITZBOX_POLL_SECONDS 300));
	is get_ok('/network/bandwidth?hours=1', 'when polled every 5 minutes')->{step}, 300, '... no step is shorter';
	$hearth->ctl_ok(qw(config set FRITZBOX_POLL_SECONDS 30));
	$db->do('DELETE FROM net_bandwidth_minute');
	ok !(grep { defined } @{get_ok('/network/bandwidth', 'without data')->{upstream}}), '... all is empty';
}

sub test_chart_input
{
	my $path = "$HOUSE/network/bandwidth";
	invalid_ok($member->get("$path?hours=$_"), 'hours must be between 1 and 168', $path, 'hours', "hours=$_") for qw(0 169 -1);
	invalid_ok($member->get("$path?hours=$_"), 'hours must be an integer', $path, 'hours', "hours=$_") for 'x', '1.5';
	$path .= '.csv';
	invalid_ok($member->get("$path?hours=$_"), 'hours must be between 1 and 8784', $path, 'hours', "csv hours=$_")
		for qw(0 8785);
}

sub test_csv
{
	fill_network($hearth, minutes => 130);
	my $res = $member->get("$HOUSE/network/bandwidth.csv?hours=3");
	is $res->code, 200, 'the table';
	header_is($res, 'Content-Type', 'text/csv; charset=utf-8', '... is CSV');
	header_is($res, 'Content-Disposition', 'attachment; filename="bandwidth.csv"', '... with a name');
	header_is($res, 'X-Content-Type-Options', 'nosniff', '... and nothing else');
	my @lines = split /\r\n/, $res->body;
	is shift @lines, 'timestamp,time,bytes_sent,bytes_received,upstream_bps,downstream_bps', 'its head';
	is scalar @lines, 130, 'a line a minute';
	like $lines[-1], qr/^(\d+),\d{4}-\d\d-\d\dT\d\d:\d\d:00Z,5000000000,9000000000,1000,2000$/, 'the newest last';
	my @times = map { /^(\d+)/ } @lines;
	is "@times", join(' ', sort { $a <=> $b } @times), '... in order';
	like $res->body, qr/\r\n\z/, 'the last line is whole';
	$res = $member->request(HEAD => "$HOUSE/network/bandwidth.csv?hours=3");
	is $res->code . $res->body, '200', 'HEAD';
	header_is($res, 'Content-Type', 'text/csv; charset=utf-8', '... says what it is');
	like scalar(split /\r\n/, $member->get("$HOUSE/network/bandwidth.csv?hours=1")->body), qr/^(?:60|61)$/, 'an hour';
	$hearth->db('series')->do('DELETE FROM net_bandwidth_minute');
	is scalar(split /\r\n/, $member->get("$HOUSE/network/bandwidth.csv")->body), 1, 'nothing is a head';
}

# KiB of a process of its own, which the pages of the database are not
sub private_kb ($pid)
{
	open my $in, '<', "/proc/$pid/status" or return 0;
	my ($kb) = map { /^RssAnon:\s+(\d+)/ } readline $in;
	return $kb // 0;
}

# Half a year of minutes: the memory of the workers stays what it was, while the rows go out
sub test_csv_large
{
	my $rows = 180 * 1440;
	my $db = $hearth->db('series');
	my $last = int(time / 60) * 60 - 60;
	$db->do('WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)'
			. ' INSERT INTO net_bandwidth_minute SELECT ? - 60 * i, ? - 60 * i + 59, 9e14 + i, 8e14 + i, i, i FROM n', undef,
		$rows, $last, $last);
	my @workers = $hearth->children_of('api');
	my $before = (sort { $b <=> $a } map { private_kb($_) } @workers)[0];
	my ($bytes, $lines, $peak, $next) = (0, 0, 0, 0);
	$hearth->ua->max_response_size(0);
	my $tx = $hearth->ua->build_tx(GET => $hearth->url("$HOUSE/network/bandwidth.csv?hours=4320"),
		{ Cookie => 'hearth_session=' . $member->cookie });
	$tx->res->content->unsubscribe('read')->on(read => sub ($content, $chunk) {
		$bytes += length $chunk;
		$lines += $chunk =~ tr/\n//;
		return if $bytes < $next;
		$next = $bytes + 1_000_000;
		$peak = (sort { $b <=> $a } $peak, map { private_kb($_) } @workers)[0];
	});
	my $begin = time;
	$hearth->ua->start($tx);
	is $tx->res->code, 200, 'half a year';
	cmp_ok abs($lines - $rows - 1), '<=', 1, '... is so many lines';
	cmp_ok $bytes, '>', 10_000_000, '... and many bytes';
	cmp_ok $peak, '>', 0, '... while memory was looked at';
	cmp_ok $peak - $before, '<', $MEMORY_GROWTH_KB, '... and did not grow with them' or diag "$before KiB, then $peak KiB";
	cmp_ok time - $begin, '<', 20, '... in reasonable time';

	# a client that goes away in the middle
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port);
	print $socket "GET $HOUSE/network/bandwidth.csv?hours=4320 HTTP/1.1\r\nHost: a\r\nCookie: hearth_session="
		. $member->cookie . "\r\n\r\n";
	$socket->flush;
	sysread $socket, my $some, 1000;
	like $some, qr/^HTTP\/1.1 200/, 'another begins';
	close $socket;
	is $member->request(HEAD => "$HOUSE/network/bandwidth.csv?hours=4320")->code, 200, 'HEAD of all of it';
	is get_ok('/events', 'and is gone: all goes on')->{limit}, 100, '... for others';
	is join(' ', $hearth->children_of('api')), "@workers", '... and no worker has ended';
	$db->do('DELETE FROM net_bandwidth_minute');
}

# A table that breaks off in the middle does not look like a whole one
sub test_csv_broken
{
	my $db = $hearth->db('series');
	my $last = int(time / 60) * 60 - 60;
	$db->do('WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)'
			. ' INSERT INTO net_bandwidth_minute SELECT ? - 60 * i, ? - 60 * i, i, i, i, i FROM n', undef, $last, $last);
	$db->do('ALTER TABLE net_bandwidth_minute RENAME TO whole');
	$db->do('CREATE VIEW net_bandwidth_minute AS SELECT ts, at, sent, received, down_bps,'
			. " CASE WHEN ts > $last - 60000 THEN abs(ts - ts - 9223372036854775807 - 1) ELSE up_bps END AS up_bps FROM whole");
	my $answer = raw_exchange($hearth, "GET $HOUSE/network/bandwidth.csv?hours=60 HTTP/1.1\r\nHost: a\r\n"
			. 'Cookie: hearth_session=' . $member->cookie . "\r\nConnection: close\r\n\r\n");
	like $answer, qr/^HTTP\/1.1 200 .*chunked.*\r\ntimestamp,.*\r\n\d+,/s, 'a reading that will fail begins';
	unlike $answer, qr/\r\n0\r\n\r\n\z/, '... and the last chunk never comes';
	$db->do('DROP VIEW net_bandwidth_minute');
	$db->do('ALTER TABLE whole RENAME TO net_bandwidth_minute');
	$db->do('DELETE FROM net_bandwidth_minute');
	is get_ok('/events', 'all goes on')->{limit}, 100, '... for others';
}

sub test_health
{
	fill_network($hearth);
	my $res = $hearth->get('/health');
	is $res->code, 200, 'health of the house';
	my $json = $res->json;
	is_deeply [sort keys %$json], [qw(cache_age_seconds environment providers status timestamp uptime_seconds version)],
		'... is a union';
	is_deeply [@$json{qw(status environment)}, $json->{providers}], ['ok', 'production', { fritzbox => 'ok' }], '... well';
	like $json->{version}, qr/^\d+\.\d+\.\d+$/, '... with a version';
	like $json->{timestamp}, qr/Z$/, '... a time';
	ok $json->{uptime_seconds} >= 0 && $json->{uptime_seconds} < 600, '... and an age';
	is_deeply [sort keys %{$hearth->get('/network/health')->json}], [qw(cache_age_seconds providers status)],
		'that of a family is its own';
	is $hearth->request(HEAD => '/health')->code, 200, 'HEAD';
}

sub test_errors
{
	problem_ok($member->get("$HOUSE/nope"), 404, 'Resource not found', "$HOUSE/nope", 'an unknown path');
	problem_ok($hearth->get("$HOUSE/nope?x=secret"), 404, 'Resource not found', "$HOUSE/nope", '... for nobody too');
	my $res = $member->post("$HOUSE/events");
	problem_ok($res, 405, 'Method POST is not allowed here', "$HOUSE/events", 'another method');
	header_is($res, 'Allow', 'GET, HEAD, OPTIONS', '... what it allows');
	is $member->get("$HOUSE/events/?kind=x")->headers->location, "$HOUSE/events?kind=x", 'a slash behind';
	is $hearth->get("/network$HOUSE/events")->code, 404, 'the house is under no mount';
	header_is($member->get("$HOUSE/events", { Origin => 'https://evil.example' }), 'Access-Control-Allow-Origin', undef,
		'no other origin reads it');
	my $token = scoped_token($hearth, 'anna', 'read:network');
	my $limit = $hearth->get("$HOUSE/events", { Authorization => "Bearer $token" })->headers->header('X-RateLimit-Limit');
	is $limit, 600, '600 requests a minute';
}
