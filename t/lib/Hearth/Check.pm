# What several black-box tests look at: errors in the form of a family, a database filled with samples, raw sockets
package Hearth::Check;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
use IO::Select;
use IO::Socket::INET;
use Mojo::JSON 'decode_json';
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(problem_ok detail_ok invalid_ok header_is until_true raw_exchange answers counts fill_network
	enable_router scoped_token);

my %TITLE = (
	400 => 'Bad Request',
	401 => 'Unauthorized',
	403 => 'Forbidden',
	404 => 'Not Found',
	405 => 'Method Not Allowed',
	409 => 'Conflict',
	413 => 'Content Too Large',
	414 => 'URI Too Long',
	422 => 'Unprocessable Entity',
	429 => 'Too Many Requests',
	431 => 'Request Header Fields Too Large',
	500 => 'Internal Server Error',
	503 => 'Service Unavailable',
	507 => 'Insufficient Storage',
);

my $NO_CREDENTIALS = 'Missing or invalid authentication (API Key or Bearer token required)';

# The answer is a problem document (RFC 9457) with this status, detail (text or regex) and path
sub problem_ok ($res, $status, $detail, $instance, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @wrong = _problem_faults($res, $status, $detail, $instance);
	ok !@wrong, $name or diag join "\n", @wrong, $res->code ? $res->to_string : 'no answer';
}

sub _problem_faults ($res, $status, $detail, $instance)
{
	my ($code, $json) = ($res->code // 0, eval { decode_json($res->body) });
	return "status $code instead of $status" if $code != $status;
	return 'the body is no JSON object' if ref $json ne 'HASH';
	my %wanted = (type => 'about:blank', title => $TITLE{$status}, status => $status, instance => $instance);
	my @wrong = map { "$_ is " . ($json->{$_} // 'missing') . ", not $wanted{$_}" }
		grep { ($json->{$_} // '') ne $wanted{$_} } sort keys %wanted;
	$detail = $NO_CREDENTIALS if !defined $detail && $status == 401;
	my $is_right = ref $detail ? ($json->{detail} // '') =~ $detail : ($json->{detail} // '') eq $detail;
	push @wrong, "detail is $json->{detail}, not $detail" unless $is_right;
	push @wrong, 'the members are in another order'
		unless $res->body =~ /^\{"type":.*,"title":.*,"status":\d+,"detail":.*,"instance":/;
	push @wrong, 'status is no number' unless $res->body =~ /"status":\d/;
	push @wrong, 'content type ' . ($res->headers->content_type // 'missing')
		if ($res->headers->content_type // '') ne 'application/problem+json';
	push @wrong, 'WWW-Authenticate' if ($status == 401) != (($res->headers->www_authenticate // '') eq 'Bearer');
	return (@wrong, _common_faults($res));
}

# No error is kept in a cache, and none says what is behind it
sub _common_faults ($res)
{
	return ((map { "$_ is missing" } grep { !defined $res->headers->header($_) } qw(X-Request-Id Cache-Control)),
		(grep { $res->body =~ /\b$_\b/i } qw(sqlite select .c:)));
}

# 422 of a problem family: "Invalid input: " and the text, with the members of errors
sub invalid_ok ($res, $text, $instance, $fields, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	problem_ok($res, 422, "Invalid input: $text", $instance, $name);
	is join(' ', map { $_->{field} } @{$res->json('/errors') // []}), $fields, '... names ' . $fields;
}

# The answer is {"detail": ...} as FastAPI words it; detail is a text, or a list of [loc, msg, type]
sub detail_ok ($res, $status, $detail, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($code, $json) = ($res->code // 0, eval { decode_json($res->body) });
	my $wanted = ref $detail ? [map { { loc => $_->[0], msg => $_->[1], type => $_->[2] } } @$detail] : $detail;
	my @wrong = _common_faults($res);
	push @wrong, "status $code instead of $status" if $code != $status;
	push @wrong, 'content type ' . ($res->headers->content_type // 'missing')
		if ($res->headers->content_type // '') ne 'application/json';
	push @wrong, 'WWW-Authenticate' if ($code == 401) != (($res->headers->www_authenticate // '') eq 'Bearer');
	push @wrong, 'body' unless _is_same($json, { detail => $wanted });
	ok !@wrong, $name or diag join "\n", @wrong, $res->code ? $res->to_string : 'no answer';
}

sub _is_same ($got, $wanted)
{
	return Mojo::JSON::encode_json($got) eq Mojo::JSON::encode_json($wanted);
}

sub header_is ($res, $header, $value, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is $res->headers->header($header), $value, $name;
}

# Asks again and again; the first true answer, or the last one when time is up
sub until_true ($seconds, $what)
{
	my $end = time + $seconds;
	my $answer;
	sleep 0.02 until ($answer = $what->()) || time > $end;
	return $answer;
}

# Bytes to the port of an instance, all that comes back until the other side closes or is silent for a while
sub raw_exchange ($hearth, $bytes, $seconds = 3)
{
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port, Timeout => 2)
		or die "connect: $!\n";
	local $SIG{PIPE} = 'IGNORE';
	my $select = IO::Select->new($socket);
	my $answer = '';
	syswrite $socket, $bytes;
	while ($select->can_read($seconds)) {
		last unless sysread $socket, $answer, 65536, length $answer;
	}
	return $answer;
}

# Health is answered by workers, quickly
sub answers ($hearth)
{
	my $begin = time;
	my $res = $hearth->get('/network/health');
	return ($res->code // 0) == 200 && time - $begin < 2;
}

# How many rows the tables have that a request could write
sub counts ($hearth)
{
	my $db = $hearth->db;
	return join ' ', map { "$_=" . $db->selectrow_array("SELECT count(*) FROM $_") }
		qw(account session api_key token login_failure config_value net_device_label);
}

# Switches polling on, so that what is stored counts; nobody need listen there
sub enable_router ($hearth, %also)
{
	$hearth->ctl_ok(qw(config set FRITZBOX_ENABLED true FRITZBOX_HOST 127.0.0.1 FRITZBOX_PORT 9 FRITZBOX_USERNAME u
		FRITZBOX_PASSWORD p), %also);
}

# A token with these scopes of an account that user() added
sub scoped_token ($hearth, $user, $scopes)
{
	$hearth->user($user);
	return $hearth->ctl_ok(qw(token create --kind tt --name test --user), $user, '--scopes', $scopes);
}

# Fills series.db as a poll that many seconds ago would have: five devices, two of them offline, and so many minutes
# of history, the newest a minute ago
sub fill_network ($hearth, %opt)
{
	my ($at, $minutes) = (time - ($opt{age} // 5), $opt{minutes} // 0);
	my $db = $hearth->db('series');
	$at = int $at;
	$db->begin_work;
	$db->do("DELETE FROM $_")
		for qw(net_provider net_device net_device_version net_device_minute net_minute net_bandwidth_minute poll_state);
	$db->do('INSERT INTO net_provider (name, devices, devices_at, traffic_at, wan_at, box_at, up_bps, down_bps, sent,'
			. ' received, sent_offset, received_offset, wide, reset_at, external_ip, last_ip, connected, linked, uptime_s,'
			. ' max_up_bps, max_down_bps, model, firmware, silent, down) VALUES (?, 5, ?, ?, ?, ?, 1000, 2000,'
			. " 9007199254740991, 5000000000, 0, 0, 1, 0, '203.0.113.9', '203.0.113.9', 1, 1, 86400, 40000000, 100000000,"
			. " 'FRITZ!Box 7590', '7.57', 0, 0)", undef, 'fritzbox', ($at) x 4);
	$db->do('INSERT INTO poll_state (source, last_attempt, last_success, next_due) VALUES (?, ?, ?, ?)', undef,
		'fritzbox', $at, $at, $at + 30);
	_fill_devices($db, $at);
	_fill_minutes($db, $minutes);
	$db->commit;
	$db->disconnect;
	return $at;
}

# Put in in another order than that of the answer
sub _fill_devices ($db, $at)
{
	my @devices = (
		['AA:00:00:00:00:05', '', 0, "K\x{fc}che \x{4e2d}"],
		['AA:00:00:00:00:01', '192.168.178.10', 0, 'nas'],
		['AA:00:00:00:00:04', '192.168.178.3', 1, 'old'],
		['AA:00:00:00:00:02', '192.168.178.9', 0, 'tv'],
		['AA:00:00:00:00:03', '192.168.178.200', 1, 'phone'],
	);
	my $id = 0;
	for my $device (@devices) {
		my ($mac, $ip, $offline, $name) = @$device;
		my $key = $ip ? unpack('N', pack 'C4', split /\./, $ip) : 1 << 34;
		$id++;
		$db->do('INSERT INTO net_device (id, identity, ip, ip_key, name, mac, interface_type, listed, offline,'
				. ' changed_at, first_seen, last_seen, present_since, present_until, misses, version)'
				. " VALUES (?, ?, ?, ?, ?, ?, 'Ethernet', 1, ?, ?, ?, ?, ?, ?, 0, ?)", undef, $id, $mac, $ip, $key, $name,
			$mac, $offline, $at - 4000, $at - 90000, $offline ? $at - 4000 : 0, $offline ? 0 : $at - 90000, $at, $id);
		$db->do('INSERT INTO net_device_version (id, device, ip, name, mac, since) VALUES (?, ?, ?, ?, ?, ?)', undef,
			$id, $id, $ip, $name, $mac, $at - 90000);
	}
}

# Devices 2 and 4 in each minute; place counts down in the order of addresses
sub _fill_minutes ($db, $minutes)
{
	my $now = int time;
	my $last = $now - $now % 60 - 60;
	my $bandwidth = $db->prepare('INSERT INTO net_bandwidth_minute VALUES (?, ?, ?, ?, ?, ?)');
	my $device = $db->prepare('INSERT INTO net_device_minute VALUES (?, ?, ?, ?)');
	my $minute = $db->prepare('INSERT INTO net_minute VALUES (?, 2)');
	for my $i (0 .. $minutes - 1) {
		my $ts = $last - 60 * $i;
		$bandwidth->execute($ts, $ts + 59, 5_000_000_000 - $i, 9_000_000_000 - $i, 1000 + $i, 2000 + $i);
		$device->execute($ts, 1, 4, 1);
		$device->execute($ts, 0, 2, 1);
		$minute->execute($ts);
	}
}

1;
