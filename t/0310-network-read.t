#!/usr/bin/perl
# What the network family tells: devices, bandwidth, the line, history, health; both spellings, at the root and mounted
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Check qw(problem_ok invalid_ok header_is enable_router fill_network scoped_token);
use Hearth::Instance;
use Mojo::JSON 'decode_json';
use Test::More;

binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my @MOUNTS = ('', '/network');
my $hearth = Hearth::Instance->new(config => { AUTH_NETWORK_RATE_PER_MINUTE => 6000,
	APP_CORS_ORIGINS => 'https://panel.example, http://localhost:3000' });
my %KEY = ('X-API-Key' => $hearth->api_key);

test_without_router();
test_before_first_poll();
test_devices();
test_bandwidth();
test_wan();
test_history();
test_history_window();
test_bad_input();
test_age();
test_health();
test_deprecated();
test_guest();
test_documents();
test_methods();
test_paths();
test_cors();
test_broken();
done_testing;

sub get ($path, %headers)
{
	return $hearth->get($path, { %KEY, %headers });
}

sub get_ok ($path, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $res = get($path);
	ok $res->code == 200 && $res->headers->content_type eq 'application/json', $name or diag $res->to_string;
	return $res->json // {};
}

# Both spellings of a route, at the root and under the mount
sub spellings ($name)
{
	return map { my $mount = $_; map { "$mount/api/v1$_" } "/$name", "/fritzbox/$name" } @MOUNTS;
}

sub test_without_router
{
	is_deeply get_ok('/network/health', 'health with polling switched off'),
		{ status => 'ok', cache_age_seconds => undef, providers => {} }, '... there is no provider';
	problem_ok(get('/api/v1/devices'), 503, 'Device data not available - router may be unreachable', '/api/v1/devices',
		'devices with polling switched off');
	fill_network($hearth);
	problem_ok(get("/api/v1/$_->[0]"), 503, "$_->[1] data not available - router may be unreachable", "/api/v1/$_->[0]",
		"$_->[0] with polling switched off, though something is stored")
		for ['devices', 'Device'], ['bandwidth', 'Bandwidth'], ['wan', 'WAN'];
	$hearth->db('series')->do("DELETE FROM $_") for qw(net_provider net_device net_device_version poll_state);
	enable_router($hearth);
}

sub test_before_first_poll
{
	for my $pair (['devices', 'Device'], ['bandwidth', 'Bandwidth'], ['wan', 'WAN']) {
		for my $path (spellings($pair->[0])) {
			problem_ok(get($path), 503, "$pair->[1] data not available - router may be unreachable", $path,
				"before the first poll: $path");
		}
	}
	for my $path (map { spellings("history/$_") } qw(bandwidth devices)) {
		is_deeply get_ok($path, "before the first poll: $path"),
			{ items => [], total_count => 0, limit => 100, offset => 0 }, '... is empty';
	}
	is_deeply get_ok('/network/health', 'health before the first poll'),
		{ status => 'degraded', cache_age_seconds => undef, providers => { fritzbox => 'down' } }, '... is down';
}

sub test_devices
{
	my $at = fill_network($hearth);
	my $page = get_ok('/api/v1/devices', 'devices');
	is join(' ', map { $_->{ip} || '-' } @{$page->{items}}),
		'192.168.178.9 192.168.178.10 - 192.168.178.3 192.168.178.200', 'online first, then by address, none last';
	is_deeply [@$page{qw(total_count limit offset is_stale)}], [5, 100, 0, Mojo::JSON->false], 'the page';
	like $page->{fetched_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'when it was told';
	is_deeply $page->{items}[0], { ip => '192.168.178.9', name => 'tv', mac => 'AA:00:00:00:00:02', status => 1,
		provider_type => 'fritzbox', custom_name => undef, device_type => undef, interface_type => 'Ethernet',
		address_source => undef }, 'a device';
	is_deeply [map { $_->{status} } @{$page->{items}}], [1, 1, 1, 0, 0], 'its status';
	is $page->{items}[2]{name}, "Küche 中", 'a name of any script';
	like get('/api/v1/devices')->body, qr/"status":1,.*"is_stale":false,/, 'numbers and booleans are what they are';

	my $first = get('/api/v1/devices')->body;
	is get($_)->body, $first, "$_ says the same" for spellings('devices');
	my @paged = map { @{get_ok("/api/v1/devices?limit=2&offset=$_", "page at $_")->{items}} } 0, 2, 4;
	is_deeply \@paged, $page->{items}, 'pages put together are the whole';
	my $beyond = get_ok('/api/v1/devices?offset=999999', 'beyond the end');
	is_deeply [@$beyond{qw(items total_count offset)}], [[], 5, 999999], '... is nothing of five';
	is get_ok('/api/v1/devices?limit=1000&offset=2147483647', 'the largest numbers')->{limit}, 1000, '... are echoed';
	is get_ok('/api/v1/devices?limit=1&limit=3&x=y&&=', 'a repeated name')->{limit}, 3, '... the last counts';
	is get_ok('/api/v1/devices?limit=%32', 'an encoded value')->{limit}, 2, '... is decoded';
	is get_ok('/api/v1/devices?%6cimit=2', 'an encoded name')->{limit}, 2, '... is decoded';
	is get_ok('/api/v1/devices?LIMIT=2', 'a name in capitals')->{limit}, 100, '... is another name';

	$hearth->db('series')->do("UPDATE net_device SET custom_name = 'Kühlschrank', device_type = 'fridge' WHERE id = 4");
	is get_ok('/api/v1/devices?limit=1', 'a label')->{items}[0]{custom_name}, 'Kühlschrank', '... is shown';
}

sub test_bandwidth
{
	my $at = fill_network($hearth);
	my $wanted = { upstream_bps => 1000, downstream_bps => 2000, bytes_sent => 9007199254740991,
		bytes_received => 5000000000, is_stale => Mojo::JSON->false };
	for my $path (spellings('bandwidth')) {
		my $got = get_ok($path, $path);
		like delete $got->{fetched_at}, qr/Z$/, '... with its time';
		is_deeply $got, $wanted, '... as stored';
	}
	like get('/api/v1/bandwidth')->body, qr/"bytes_sent":9007199254740991,/, 'a counter of 53 bits is whole';
	is get('/api/v1/bandwidth?limit=x')->code, 200, 'it takes no arguments, so none is bad';
}

sub test_wan
{
	fill_network($hearth);
	my $wanted = { external_ip => '203.0.113.9', is_connected => Mojo::JSON->true, is_linked => Mojo::JSON->true,
		uptime => 86400, max_upstream_bps => 40000000, max_downstream_bps => 100000000, is_stale => Mojo::JSON->false };
	for my $path (spellings('wan')) {
		my $got = get_ok($path, $path);
		like delete $got->{fetched_at}, qr/Z$/, '... with its time';
		is_deeply $got, $wanted, '... as stored';
	}
	$hearth->db('series')->do('UPDATE net_provider SET external_ip = NULL, connected = 0, uptime_s = 0');
	my $down = get_ok('/api/v1/wan', 'the line is down');
	is_deeply [@$down{qw(external_ip is_connected is_linked uptime)}], [undef, Mojo::JSON->false, Mojo::JSON->true, 0],
		'... and looks so';
}

sub test_history
{
	fill_network($hearth, minutes => 130);
	my $last = $hearth->db('series')->selectrow_array('SELECT max(ts) FROM net_bandwidth_minute');
	my $page = get_ok('/api/v1/history/bandwidth', 'history of bandwidth');
	is_deeply [@$page{qw(total_count limit offset)}], [130, 100, 0], '... a page of all';
	is_deeply $page->{items}[0], { timestamp => $last, bytes_sent => 5000000000, bytes_received => 9000000000,
		upstream_rate => 1000, downstream_rate => 2000 }, '... the newest first';
	is_deeply [map { $_->{timestamp} } @{$page->{items}}], [map { $last - 60 * $_ } 0 .. 99], '... by the minute';
	is_deeply get_ok('/api/v1/history/bandwidth?limit=2&offset=128', 'its end')->{items}[1]{timestamp}, $last - 129 * 60,
		'... is the oldest';
	my %first;
	for my $path (spellings('history/bandwidth'), spellings('history/devices')) {
		my ($kind) = $path =~ /(\w+)$/;
		my $body = get("$path?limit=7&offset=3")->body;
		is $body, $first{$kind} //= $body, "$path has the same rows";
	}
	$page = get_ok('/api/v1/history/devices?limit=3', 'history of devices');
	is $page->{total_count}, 260, '... two a minute';
	is join(' ', map { $_->{timestamp} - $last . "=$_->{ip}" } @{$page->{items}}),
		'0=192.168.178.9 0=192.168.178.10 -60=192.168.178.9', '... newest first, then by address';
	is_deeply $page->{items}[0], { timestamp => $last, ip => '192.168.178.9', name => 'tv', mac => 'AA:00:00:00:00:02',
		is_online => 1 }, '... a row';
}

sub test_history_window
{
	fill_network($hearth, minutes => 130);
	for my $pair ([1, qr/^(?:59|60)$/], [2, qr/^(?:119|120)$/], [3, qr/^130$/], [168, qr/^130$/]) {
		like get_ok("/api/v1/history/bandwidth?hours=$pair->[0]&limit=1000", "$pair->[0] hours")->{total_count},
			$pair->[1], '... are so many minutes';
	}
	my $page = get_ok('/api/v1/history/devices?hours=1&offset=5000', 'beyond the end');
	is scalar @{$page->{items}}, 0, '... is nothing';
	cmp_ok $page->{total_count}, '>=', 118, '... of all';
	my $db = $hearth->db('series');
	$db->do('DELETE FROM net_bandwidth_minute WHERE ts / 60 % 2 = 0');
	$page = get_ok('/api/v1/history/bandwidth', 'with gaps');
	is $page->{total_count}, 65, '... gaps stay gaps';
	$db->do("UPDATE net_device_version SET name = 'TV of then', ip = '10.0.0.1' WHERE id = 4");
	is get_ok('/api/v1/history/devices?limit=1', 'names')->{items}[0]{name}, 'TV of then', '... are those of then';
}

sub test_bad_input
{
	fill_network($hearth, minutes => 2);
	my $between = 'limit must be between 1 and 1000';
	my @cases = (
		[$between, 'limit', map { "limit=$_" } qw(0 1001 -5 -0 99999999999999999999 -99999999999999999999)],
		['limit must be an integer', 'limit', map { "limit=$_" } 'ten', '', '1.0', '+1', '%201', '1%20', '0x10', '1e2',
			'1,2', 'true', '%ff', '%zz'],
		['limit must be an integer', 'limit', 'limit', 'limit=5&limit=x'],
		['offset must be 0 or greater', 'offset', map { "offset=$_" } qw(-1 -2147483648)],
		['offset must be an integer', 'offset', map { "offset=$_" } 'x', '', '1.5'],
		['offset is too large', 'offset', map { "offset=$_" } qw(2147483648 9223372036854775807 99999999999999999999)],
		[$between, 'limit offset', 'offset=-1&limit=0'],
	);
	my @hours = (
		['hours must be between 1 and 168', 'hours', map { "hours=$_" } qw(0 169 -1)],
		['hours must be an integer', 'hours', map { "hours=$_" } 'x', '', '1.5'],
		['hours must be between 1 and 168', 'hours limit', 'hours=0&limit=0', 'limit=0&hours=0'],
		['hours must be an integer', 'hours limit offset', 'offset=x&limit=x&hours=x'],
	);
	my %seen;
	for my $path (map { spellings($_) } qw(devices history/devices history/bandwidth)) {
		for my $case (@cases, $path =~ /history/ ? @hours : ()) {
			my ($text, $fields, @queries) = @$case;
			# each query once, and the first of each kind everywhere
			@queries = ($queries[0], grep { !$seen{$_}++ } @queries[1 .. $#queries]);
			invalid_ok(get("$path?$_"), $text, $path, $fields, "$path?$_") for @queries;
		}
	}
	my $errors = get('/api/v1/history/devices?hours=0&limit=0')->json('/errors');
	is_deeply $errors, [{ field => 'hours', message => 'hours must be between 1 and 168' },
		{ field => 'limit', message => $between }], 'all errors are told';
	is get('/api/v1/devices?hours=0')->code, 200, 'devices know no hours';
	problem_ok($hearth->get('/api/v1/devices?limit=0'), 401, undef, '/api/v1/devices', 'who may not ask, learns nothing');
}

sub test_age
{
	my %ages = (5 => [0, 0], 80 => [0, 0], 100 => [1, 1], 86300 => [1, 1]);
	for my $age (sort { $a <=> $b } keys %ages) {
		fill_network($hearth, age => $age);
		is get_ok("/api/v1/$_", "$_ of $age seconds ago")->{is_stale} ? 1 : 0, $ages{$age}[0],
			'... is ' . ($ages{$age}[0] ? '' : 'not ') . 'stale' for qw(devices bandwidth wan);
	}
	fill_network($hearth, age => 86500, minutes => 1);
	problem_ok(get('/api/v1/fritzbox/devices'), 503, 'Device data not available - router may be unreachable',
		'/api/v1/fritzbox/devices', 'a list of yesterday is not the devices');
	ok get_ok("/api/v1/$_", "$_ of yesterday")->{is_stale}, '... is shown as stale' for qw(bandwidth wan);
	is get_ok('/api/v1/history/devices', 'history')->{total_count}, 2, '... is there';

	$hearth->ctl_ok(qw(config set FRITZBOX_POLL_SECONDS 300));
	fill_network($hearth, age => 800);
	ok !get_ok('/api/v1/wan', '800 seconds when polled every 300')->{is_stale}, '... are not stale';
	fill_network($hearth, age => 950);
	ok get_ok('/api/v1/wan', '950 seconds when polled every 300')->{is_stale}, '... are';
	$hearth->ctl_ok(qw(config set FRITZBOX_POLL_SECONDS 10));
	fill_network($hearth, age => 80);
	ok !get_ok('/api/v1/wan', '80 seconds when polled every 10')->{is_stale}, '... are not stale either';
	$hearth->ctl_ok(qw(config set FRITZBOX_POLL_SECONDS 30));

	fill_network($hearth);
	$hearth->restart;
	my $before = get('/api/v1/wan')->json('/fetched_at');
	$hearth->restart;
	is get('/api/v1/wan')->json('/fetched_at'), $before, 'a restart changes nothing';
}

sub test_health
{
	my $db = $hearth->db('series');
	my $health = sub { my $json = get_ok('/network/health', 'health'); "$json->{status} $json->{providers}{fritzbox}" };
	fill_network($hearth);
	is $health->(), 'ok ok', '... after a poll';
	my $body = $hearth->get('/network/health')->body;
	like $body, qr/^\{"status":"ok","cache_age_seconds":\d,"providers":\{"fritzbox":"ok"\}\}$/, '... whole';
	my $root = $hearth->get('/health')->json;
	is_deeply [sort keys %$root], [qw(cache_age_seconds environment providers status timestamp uptime_seconds version)],
		'at the root it is a union';
	$db->do("UPDATE poll_state SET error_code = 'timeout', error_text = 'x', failures = 1");
	is $health->(), 'degraded degraded', '... when the last poll failed';
	fill_network($hearth, age => 120);
	is $health->(), 'degraded degraded', '... after two minutes';
	fill_network($hearth, age => 700);
	is $health->(), 'degraded down', '... after more than ten';
	my $at = fill_network($hearth);
	$db->do('UPDATE net_provider SET wan_at = wan_at - 200');
	is $health->(), 'degraded degraded', '... when one part is older';
	cmp_ok $hearth->get('/network/health')->json('/cache_age_seconds'), '>=', 200, '... the oldest part counts';
	$db->do('UPDATE net_provider SET wan_at = NULL');
	is $hearth->get('/network/health')->json('/cache_age_seconds'), undef, '... a part that was never read';
	is $hearth->get('/network/health?x=y', { Authorization => 'Bearer bad' })->code, 200, 'it asks for no credential';
	is $hearth->get('/health')->headers->header('X-RateLimit-Limit'), undef, '... and is not counted';
}

sub test_deprecated
{
	fill_network($hearth);
	for my $mount (@MOUNTS) {
		for my $kind (qw(bandwidth wan)) {
			my $path = "$mount/api/v1/$kind";
			for my $res (get($path), $hearth->get($path), get($path, 'X-API-Key' => 'ha_bad')) {
				header_is($res, 'Deprecation', '@1770940800', "$path: " . $res->code);
				header_is($res, 'Link', "<$mount/api/v1/fritzbox/$kind>; rel=\"successor-version\"", '... its successor');
				header_is($res, 'Sunset', undef, '... and no end');
			}
			is get($path)->body, get("$mount/api/v1/fritzbox/$kind")->body, '... which says the same';
			header_is(get("$mount/api/v1/fritzbox/$kind"), 'Deprecation', undef, '... and is not deprecated');
		}
	}
	header_is(get('/api/v1/devices'), 'Deprecation', undef, 'devices are not deprecated');
	$hearth->db('series')->do('DELETE FROM net_provider');
	header_is(get('/api/v1/wan'), 'Deprecation', '@1770940800', 'a 503 is');
}

sub test_guest
{
	fill_network($hearth);
	$hearth->user('visitor', 'guest');
	my $session = $hearth->login('visitor');
	problem_ok($session->get($_), 403, 'Scope read:network required', $_, "a guest at $_")
		for map { spellings($_) } qw(devices bandwidth wan history/devices history/bandwidth);
}

sub test_documents
{
	for my $mount ('/network', '') {
		my $res = $hearth->get("$mount/openapi.json");
		is $res->code, 200, "$mount/openapi.json";
		my $etag = $res->headers->etag;
		ok $etag, '... has an ETag';
		my $same = $hearth->get("$mount/openapi.json", { 'If-None-Match' => $etag });
		is $same->code . $same->body, '304', '... that gives a 304';
		is $same->headers->etag, $etag =~ s{^W/}{}r, '... with the ETag';
		is $hearth->get("$mount/openapi.json", { 'If-None-Match' => '"other"' })->code, 200, '... another does not';
		is $hearth->get("$mount/openapi.json", { 'If-None-Match' => "\"other\", $etag" })->code, 304, '... a list does';
		my $other = $hearth->get("$mount/openapi.json", { Host => 'other.lan', 'If-None-Match' => $etag });
		is $other->code, 200, '... nor does that of a document that differs';
		isnt $other->headers->etag, $etag, '... which has another';
		like $res->json('/openapi'), qr/^3\.1\./, '... is OpenAPI 3.1';
		is $hearth->get("$mount/docs")->code, 200, "$mount/docs";
		my @outside = $hearth->get("$mount/docs")->body =~ m{(?:src|href)="(?:https?:)?//[^"]*"}g;
		is "@outside", '', '... takes nothing from elsewhere';
	}
	my $doc = $hearth->get('/network/openapi.json')->json;
	is $doc->{info}{version}, '1.1.0', 'the version of the family';
	like $doc->{servers}[0]{url}, qr{^\Q@{[$hearth->url]}\E/network$}, 'the mount it was fetched from';
	my %ids = map { my $item = $_; map { ($item->{$_}{operationId} // '' => 1) } keys %$item } values %{$doc->{paths}};
	is_deeply [grep { !$ids{$_} } qw(getHealth getDevices getBandwidth getWan getBandwidthHistory getDeviceHistory
			getFritzboxDevices getFritzboxBandwidth getFritzboxWan getFritzboxBandwidthHistory getFritzboxDeviceHistory
			login createApiKey listApiKeys revokeApiKey)], [], 'all operations have their names';
	ok $doc->{paths}{'/api/v1/wan'}{get}{deprecated}, 'the old spelling is deprecated';
	ok !$doc->{paths}{'/api/v1/fritzbox/wan'}{get}{deprecated}, '... the new one is not';
	is_deeply [sort keys %{$doc->{components}{securitySchemes}}],
		[grep { $doc->{components}{securitySchemes}{$_} } qw(ApiKeyAuth BearerAuth), grep { !/^(?:Api|Bearer)/ }
			sort keys %{$doc->{components}{securitySchemes}}], 'the security schemes';
	my @foreign = grep { m{^/api/(?:house|session|auth)} } keys %{$doc->{paths}};
	is "@foreign", '', 'no other family is in it';
	is get('/api/v1/devices', 'If-None-Match' => '*')->code, 200, 'data know no 304';
	header_is(get('/api/v1/devices'), 'ETag', undef, '... and have no ETag');
}

sub test_methods
{
	fill_network($hearth);
	for my $path (spellings('devices'), '/network/health', '/network/openapi.json') {
		my ($get, $head) = (get($path), $hearth->request(HEAD => $path, {%KEY}));
		is $head->code . $head->body, '200', "HEAD $path";
		is $head->headers->content_type, $get->headers->content_type, '... has the type';
	}
	is $hearth->request(HEAD => '/api/v1/devices')->code, 401, 'HEAD asks for credentials';
	is $hearth->request(HEAD => '/api/v1/devices')->body, '', '... and an error has no body either';
	for my $path (spellings('devices'), spellings('history/bandwidth')) {
		my $res = $hearth->request(OPTIONS => $path);
		is $res->code . $res->body, '204', "OPTIONS $path";
		header_is($res, 'Allow', 'GET, HEAD, OPTIONS', '... what it allows');
		for my $method (qw(POST PUT PATCH DELETE)) {
			my $res = $hearth->request($method => $path, {%KEY});
			problem_ok($res, 405, "Method $method is not allowed here", $path, "$method $path");
			header_is($res, 'Allow', 'GET, HEAD, OPTIONS', '... what it allows');
		}
	}
	my %others = ('/auth/login' => 'POST, OPTIONS', '/network/auth/api-keys' => 'POST, GET, HEAD, OPTIONS',
		'/auth/api-keys/1' => 'DELETE, OPTIONS');
	for my $path (sort keys %others) {
		my $res = $hearth->request(PUT => $path);
		problem_ok($res, 405, 'Method PUT is not allowed here', $path, "PUT $path");
		is join(' ', sort split /, /, $res->headers->header('Allow') // ''), join(' ', sort split /, /, $others{$path}),
			'... what it allows';
	}
	for my $method ('PROPFIND', 'TRACE', 'FOO') {
		my $res = $hearth->request($method => '/api/v1/devices', {%KEY});
		like $res->code, qr/^(?:400|405)$/, "the method $method" or diag $res->to_string;
		is eval { decode_json($res->body)->{status} }, $res->code, '... in its form';
	}
}

sub test_paths
{
	problem_ok(get($_), 404, 'Resource not found', $_, "unknown: $_")
		for qw(/network/api/v1/nope /api/v1/fritzbox/nope /api/v1/history/nope /auth/nope /network /network/nope
		/network/api/v1/devices/5 /network/API/v1/devices /network//api/v1/devices /api/v1/fritzbox//devices
		/network/api/v1/fritzbox/..%2fdevices /network/api/session);
	problem_ok(get('/network/api/v1/nope?secret=1'), 404, 'Resource not found', '/network/api/v1/nope',
		'the query does not stand in an error');
	problem_ok(get('/network/a%20b%22%3Cc%3E'), 404, 'Resource not found', '/network/a%20b%22%3Cc%3E',
		'the path does as it was sent');
	problem_ok($hearth->get('/network/api/v1/nope'), 404, 'Resource not found', '/network/api/v1/nope',
		'without credentials too');
	is get('/api/v1/device%73')->code, 200, 'an encoded letter is that letter';
	for my $path ('/api/v1/devices', '/network/api/v1/history/bandwidth', '/network/health') {
		my $res = get("$path/?limit=2&x=%20");
		is $res->code, 307, "$path/";
		header_is($res, 'Location', "$path?limit=2&x=%20", '... leads to the path without the slash');
	}
	is $hearth->post('/auth/login/', form => { a => 1 })->code, 307, 'with POST too';
	is get('/network/nope/')->code, 404, 'but not where nothing is';
}

sub test_cors
{
	my %origin = (Origin => 'https://panel.example');
	my $res = get('/api/v1/devices', %origin);
	header_is($res, 'Access-Control-Allow-Origin', 'https://panel.example', 'a known origin');
	like $res->headers->header('Vary'), qr/Origin/, '... and caches are told';
	header_is($res, 'Access-Control-Allow-Credentials', undef, '... without cookies');
	$res = $hearth->get('/api/v1/devices', {%origin});
	is $res->code . $res->headers->header('Access-Control-Allow-Origin'), '401https://panel.example', 'errors too';
	$res = $hearth->request(OPTIONS => '/network/auth/api-keys', { Origin => 'http://localhost:3000',
		'Access-Control-Request-Method' => 'POST' });
	is $res->code, 204, 'a preflight';
	header_is($res, 'Access-Control-Allow-Origin', 'http://localhost:3000', '... is answered');
	like $res->headers->header('Access-Control-Allow-Methods'), qr/POST/, '... with the methods';
	like $res->headers->header('Access-Control-Allow-Headers'), qr/\b$_\b/i, "... and $_"
		for qw(Authorization X-API-Key Content-Type X-CSRF-Token);
	for my $origin ('https://evil.example', 'https://panel.example.evil', 'http://panel.example', 'null',
		'https://panel.example, http://localhost:3000', '*', '')
	{
		$res = get('/api/v1/devices', Origin => $origin);
		header_is($res, 'Access-Control-Allow-Origin', undef, "the origin '$origin'");
		is $res->code, 200, '... gets its answer, which a browser keeps from it';
	}
}

# Row 27: a table that is gone is an error in words, one that is locked is busy
sub test_broken
{
	fill_network($hearth, minutes => 2);
	my $db = $hearth->db('series');
	for my $pair (['net_bandwidth_minute', 'bandwidth'], ['net_device_minute', 'devices']) {
		my ($table, $kind) = @$pair;
		$db->do("ALTER TABLE $table RENAME TO away");
		problem_ok(get("/api/v1/history/$kind"), 500, 'Database query failed', "/api/v1/history/$kind",
			"history of $kind without its table");
		is get('/network/health')->code, 200, '... the rest goes on';
		$db->do("ALTER TABLE away RENAME TO $table");
		is get("/api/v1/history/$kind")->code, 200, '... and so does it, once it is back';
	}
	like $hearth->logs, qr/error.*sqlite error=.*no such table/, 'the reason is in the log';
}
