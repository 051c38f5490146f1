#!/usr/bin/perl
# Whatever is thrown at the port: an answer in the form of the family, nothing stored, and the next request is served
use Mojo::Base -strict, -signatures;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Check qw(problem_ok detail_ok invalid_ok raw_exchange answers counts enable_router fill_network until_true);
use Hearth::Instance;
use IO::Socket::INET;
use Mojo::JSON qw(decode_json encode_json);
use Test::More;
use Time::HiRes qw(sleep time);

my $KEYS = '/auth/api-keys';
my $DEVICES = '/api/v1/devices';
my $LOGIN = '/api/auth/login';
my $MAX_HEAD = 16 * 1024;
my $hearth = Hearth::Instance->new(config => { AUTH_NETWORK_RATE_PER_MINUTE => 6000 });

enable_router($hearth);
fill_network($hearth);
my $key = $hearth->api_key;
my $jwt = $hearth->jwt;
my @workers = $hearth->children_of('api');
my $nginx = join ' ', $hearth->children_of('nginx');
my $stored = counts($hearth);

test_head();
test_address();
test_body();
test_chunked();
test_bytes();
test_json();
test_media();
test_framing();
test_records();
test_request_line();
test_slow();
test_injection();
test_pipelined();
test_random();
is join(' ', $hearth->children_of('api')), "@workers", 'no worker has died';
is join(' ', $hearth->children_of('nginx')), $nginx, 'nor one of nginx';
unlike $hearth->logs, qr/Sanitizer|runtime error|assert/, 'and none complains';
done_testing;

# After each blow: it stands, and nothing was written
sub unhurt ($name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok answers($hearth), "... $name: it goes on";
	is counts($hearth), $stored, "... $name: nothing was stored";
}

sub with_key (%headers)
{
	return { 'X-API-Key' => $key, %headers };
}

sub with_jwt (%headers)
{
	return { Authorization => "Bearer $jwt", %headers };
}

# Status of the first answer to raw bytes, and the answer; the status is 0 when there is none
sub raw ($bytes, $seconds = 3)
{
	my $answer = raw_exchange($hearth, $bytes, $seconds);
	return ($answer =~ m{^HTTP/1\.[01] (\d+)} ? $1 : 0, $answer);
}

# The status is among the wanted ones; an error of nginx or of a worker is a problem document
sub raw_ok ($bytes, $wanted, $name, $seconds = 3)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($status, $answer) = raw($bytes, $seconds);
	like $status, $wanted, $name or diag substr $answer, 0, 500;
	return $answer if $status < 400;
	my ($type) = $answer =~ /^Content-Type: (\S+)\r$/mi;
	my ($body) = $answer =~ /\r\n\r\n(\{[^\r\n]*\})/;
	my $json = eval { decode_json($body // '') } // {};
	like $type // '', qr{^application/(?:problem\+)?json$}, '... worded as JSON' or diag $answer;
	ok $json->{detail} && (!$json->{status} || $json->{status} == $status), '... that fits' or diag $answer;
	return $answer;
}

sub test_head
{
	problem_ok($hearth->get($DEVICES, with_key('X-Long' => 'x' x $MAX_HEAD)), 431, 'Request headers too large', $DEVICES,
		'a header of 16 KiB');
	problem_ok($hearth->get($DEVICES, with_key(map { ("X-Long-$_" => 'x' x 1000) } 1 .. 20)), 431,
		'Request headers too large', $DEVICES, '20 headers of 1 KiB');
	problem_ok($hearth->get("/network$KEYS", { Cookie => 'hearth_session=' . 'x' x $MAX_HEAD }), 431,
		'Request headers too large', "/network$KEYS", 'a cookie of 16 KiB');
	is $hearth->get($DEVICES, with_key('X-Long' => 'x' x 10000))->code, 200, 'one of 10 KiB is taken';
	is $hearth->get($DEVICES, with_key(map { ("X-$_" => 'x') } 1 .. 300))->code, 200, 'and so are 300 small ones';
	problem_ok($hearth->get($DEVICES, { 'X-API-Key' => 'ha_' . 'x' x 12000 }), 401, undef, $DEVICES, 'a key of 12 KiB');
	problem_ok($hearth->get($DEVICES, { Cookie => join '; ', map { "a$_=b" } 1 .. 1000 }), 401, undef, $DEVICES,
		'a thousand cookies');
	detail_ok($hearth->get('/api/session', { 'X-Long' => 'x' x $MAX_HEAD }), 431, 'Request headers too large',
		'in the form of the recorder');
	unhurt('heads');
}

sub test_address
{
	raw_ok("GET $DEVICES?" . 'x' x 20000 . " HTTP/1.1\r\nHost: a\r\n\r\n", qr/^414$/, 'a query of 20 KB');
	raw_ok('GET /network/' . 'x' x 20000 . " HTTP/1.1\r\nHost: a\r\n\r\n", qr/^414$/, 'a path of 20 KB');
	problem_ok($hearth->get('/network/' . 'x' x 8000), 404, 'Resource not found', '/network/' . 'x' x 8000,
		'a path of 8 KB');
	problem_ok($hearth->get('/network' . '/x' x 4000), 404, 'Resource not found', '/network' . '/x' x 4000,
		'4000 segments');
	is $hearth->get("$DEVICES?" . join('&', map { "x$_=1" } 1 .. 1500), with_key())->code, 200, '1500 parameters';
	is $hearth->get("$DEVICES?" . '&' x 10000 . 'limit=1', with_key())->code, 200, '10000 empty ones';
	my $page = $hearth->get("$DEVICES?limit=5&limit=3&limit=1&offset=9&offset=0", with_key())->json;
	is "$page->{limit} $page->{offset}", '1 0', 'of repeated parameters the last counts';
	invalid_ok($hearth->get("$DEVICES?limit=5&limit=", with_key()), 'limit must be an integer', $DEVICES, 'limit',
		'... also when it is bad');
	unhurt('addresses');
}

sub test_body
{
	my $big = encode_json({ name => 'x' x 10240 });
	problem_ok($hearth->post($KEYS, with_jwt('Content-Type' => 'application/json'), $big), 413, 'Request body too large',
		$KEYS, 'a body of 10 KiB');
	problem_ok($hearth->post("/network$KEYS", with_jwt(), json => { name => 'x' x 100000 }), 413,
		'Request body too large', "/network$KEYS", 'one of 100 KB, refused before a worker sees it');
	problem_ok($hearth->post($KEYS, {}, $big), 413, 'Request body too large', $KEYS, 'the size comes before credentials');
	problem_ok($hearth->post('/auth/login', form => { username => 'a', password => 'x' x 9000 }), 413,
		'Request body too large', '/auth/login', 'a form of 9 KB');
	problem_ok($hearth->request(GET => $DEVICES, with_key(), 'x' x 9000), 413, 'Request body too large', $DEVICES,
		'a GET with a body');
	is $hearth->request(GET => $DEVICES, with_key(), 'x' x 100)->code, 200, 'a small one is not looked at';
	detail_ok($hearth->post($LOGIN, json => { username => 'a', password => 'x' x 70000 }), 413,
		'Request body too large', 'in the form of the recorder');
	my $fits = encode_json({ name => 'x', pad => 'x' x (8192 - 21) });
	is length $fits, 8192, 'a body of 8192 bytes';
	is $hearth->post($KEYS, with_jwt('Content-Type' => 'application/json'), $fits)->code, 201, '... is taken';
	$stored = counts($hearth);
	problem_ok($hearth->post($KEYS, with_jwt('Content-Type' => 'application/json'), "$fits "), 413,
		'Request body too large', $KEYS, '... one more byte is not');
	unhurt('bodies');
}

sub chunked ($path, $headers, @chunks)
{
	return "POST $path HTTP/1.1\r\nHost: a\r\n${headers}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
		. join '', map { sprintf("%x\r\n", length) . "$_\r\n" } @chunks, '';
}

sub test_chunked
{
	my $headers = "Authorization: Bearer $jwt\r\nContent-Type: application/json\r\n";
	raw_ok(chunked($KEYS, $headers, '{"name":"', 'in parts', '"}'), qr/^201$/, 'a body in chunks');
	$stored = counts($hearth);
	raw_ok(chunked($KEYS, $headers, '{"name":"', 'x' x 10240, '"}'), qr/^413$/, '... of 10 KiB');
	raw_ok(chunked($KEYS, $headers, map { 'x' x 50000 } 1 .. 5), qr/^413$/, '... of 250 KB');
	my $start = "POST $KEYS HTTP/1.1\r\nHost: a\r\n${headers}Transfer-Encoding: chunked\r\n\r\n";
	raw_ok("${start}zz\r\n{}\r\n0\r\n\r\n", qr/^400$/, '... whose length is none');
	raw_ok("${start}ffffffffffffffffff\r\n{}\r\n0\r\n\r\n", qr/^(?:400|413)$/, '... whose length is beyond all');
	raw_ok("${start}-2\r\n{}\r\n0\r\n\r\n", qr/^400$/, '... whose length is negative');
	raw_ok("${start}2\r\n{}xx", qr/^400$/, '... whose end is missing');
	unhurt('chunks');
}

# NUL and what is no UTF-8, wherever text can stand
sub test_bytes
{
	for my $path ('/api/v1/fritzbox/dev%00ices', '/network/api/v1/%00', "$KEYS/1%00") {
		my $res = $hearth->request(GET => $path, with_jwt());
		ok $res->code == 400 || $res->code == 404, "NUL in the path: $path" or diag $res->code;
		is eval { decode_json($res->body)->{instance} }, $path, '... in its form';
	}
	invalid_ok($hearth->get("$DEVICES?limit=1%00", with_key()), 'limit must be an integer', $DEVICES, 'limit',
		'NUL in the query');
	is $hearth->get("$DEVICES?limit=1&limit%00=2", with_key())->json('/limit'), 1, 'NUL in a name makes another name';
	my $form = { 'Content-Type' => 'application/x-www-form-urlencoded' };
	invalid_ok($hearth->post('/auth/login', $form, 'username=tester%00x&password=b'), 'username must be a string',
		'/auth/login', 'username', 'NUL in a form');
	invalid_ok($hearth->post('/auth/login', $form, 'username=%ff%fe&password=b'), 'username must be a string',
		'/auth/login', 'username', 'no UTF-8 in a form');
	is $hearth->post('/auth/login', $form, "username=tester\0x&password=b")->code, 422, 'a NUL itself in a form';
	my $json = with_jwt('Content-Type' => 'application/json');
	my %bodies = (
		'NUL in a string' => "{\"name\":\"a\0b\"}",
		'NUL behind the object' => "{\"name\":\"a\"}\0",
		'NUL before it' => "\0{\"name\":\"a\"}",
		'Latin-1' => "{\"name\":\"K\xfcche\"}",
		'UTF-8 cut short' => "{\"name\":\"K\xc3\"}",
		'UTF-8 too long' => "{\"name\":\"\xc0\xaf\"}",
		'a surrogate as UTF-8' => "{\"name\":\"\xed\xa0\x80\"}",
		'beyond Unicode' => "{\"name\":\"\xf4\x90\x80\x80\"}",
		'UTF-16' => "\xff\xfe{\0}\0",
		'Latin-1 in a member that nobody reads' => "{\"name\":\"a\",\"other\":\"K\xfcche\"}",
		'Latin-1 in the name of one' => "{\"name\":\"a\",\"K\xfcche\":1}",
		'a byte order mark' => "\xef\xbb\xbf{\"name\":\"a\"}",
	);
	for my $name (sort keys %bodies) {
		my $res = $hearth->post($KEYS, $json, $bodies{$name});
		is $res->code, 422, "$name in JSON" or diag $res->to_string;
	}
	for my $path ("/network/\xff\xfe", "/network/K\xfcche", "/network/\xed\xa0\x80") {
		my ($status, $answer) = raw("GET $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
		like $status, qr/^40[04]$/, 'bytes that are no UTF-8 in the path';
		my ($body) = $answer =~ /\r\n\r\n(\{.*\})/s;
		ok eval { decode_json($body // '') }, '... the answer is JSON' or diag $answer;
	}
	is $hearth->get($DEVICES, { 'X-API-Key' => "ha_\xff" . 'x' x 31 })->code, 401, 'no UTF-8 in a key';
	raw_ok("GET $DEVICES HTTP/1.1\r\nHost: a\r\nX-API-Key: ha_\0\r\nConnection: close\r\n\r\n", qr/^40[01]$/, 'NUL in a header');
	unhurt('bytes');
}

sub test_json
{
	my $json = with_jwt('Content-Type' => 'application/json');
	my %bodies = (
		'3000 arrays' => '{"name":' . '[' x 3000 . ']' x 3000 . '}',
		'1000 objects' => '{"name":"x","a":' . '{"a":' x 1000 . '1' . '}' x 1000 . '}',
		'8000 open brackets' => '[' x 8000,
		'33 levels' => '{"name":"x","a":' . '[' x 32 . ']' x 32 . '}',
		'a comment' => '{"name":"x"/* y */}',
		(map { ("the value $_" => "{\"name\":\"x\",\"a\":$_}") } qw(NaN Infinity -Infinity nan TRUE 01 -01 1. .5 +1 0x1 - --1)),
		'a number too many' => '{"name":"x"} 5',
		'half a number' => '{"name":"x","a":1e}',
		'a lone escape' => '{"name":"\\u12"}',
		'a key in apostrophes' => "{'name':\"x\"}",
		'an unknown escape' => '{"name":"\\x41"}',
		'a line break in a string' => "{\"name\":\"a\nb\"}",
	);
	for my $name (sort keys %bodies) {
		my $res = $hearth->post($KEYS, $json, $bodies{$name});
		is $res->code, 422, "$name as JSON" or diag $res->to_string;
	}
	is $hearth->post($KEYS, $json, '{"name":{"__proto__":1},"name":5}')->code, 422, 'a repeated member: the last counts';
	unhurt('JSON');
}

sub test_media
{
	for my $type ('text/plain', 'text/json', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonx',
		'application/x-www-form-urlencoded', ';', "x" x 5000)
	{
		my $res = $hearth->post($KEYS, with_jwt('Content-Type' => $type), '{"name":"x"}');
		invalid_ok($res, 'body must be a JSON object', $KEYS, 'body', 'a key as ' . substr $type, 0, 40);
	}
	detail_ok($hearth->post($LOGIN, { 'Content-Type' => $_ }, '{"username":"tester","password":"x"}'), 422,
		[[['body'], 'Input should be a valid dictionary or object to extract fields from', 'model_attributes_type']],
		"login as $_") for 'text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded';
	unhurt('media types');
}

# Where one request ends and the next begins is not to be argued about
sub test_framing
{
	my $head = "POST $KEYS HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $jwt\r\nContent-Type: application/json\r\n";
	my $smuggled = "POST $KEYS HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $jwt\r\nContent-Type: application/json\r\n"
		. "Content-Length: 16\r\n\r\n{\"name\":\"hidden\"}";
	raw_ok("${head}Content-Length: -1\r\n\r\n{}", qr/^400$/, 'a negative length');
	raw_ok("${head}Content-Length: abc\r\n\r\n{}", qr/^400$/, 'a length that is none');
	raw_ok("${head}Content-Length: 1e3\r\n\r\n{}", qr/^400$/, 'a length as 1e3');
	raw_ok("${head}Content-Length: 99999999999999999999\r\n\r\n{}", qr/^(?:400|413)$/, 'a length beyond 64 bits');
	raw_ok("${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", qr/^400$/, 'two lengths');
	raw_ok("${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$smuggled", qr/^400$/,
		'a length and chunks');
	raw_ok("${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n$smuggled", qr/^(?:400|501)$/, 'another encoding');
	raw_ok("${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n$smuggled", qr/^(?:400|501)$/, 'an unknown encoding');
	raw_ok("${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$smuggled",
		qr/^(?:400|501)$/, 'two encodings');
	is counts($hearth), $stored, 'what stood behind was not taken as a request';
	my $body = '{"name":"x"}';
	is((raw("${head}Content-Length: 5\r\nConnection: close\r\n\r\n$body"))[0], 422, 'a length that is too short');
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port);
	print $socket "${head}Content-Length: 50\r\n\r\n$body";
	close $socket;
	sleep 0.2;
	unhurt('framing');
}

# One record of FastCGI: what nginx writes to a worker, here inside a body
sub record ($type, $content, $request = 1)
{
	my $padding = -length($content) % 8;
	return pack('CCnnCx', 1, $type, $request, length $content, $padding) . $content . "\0" x $padding;
}

# A refused body must not be read as the next request on nginx's connection to the worker. Headers whose content is a
# header again lead to it from wherever the worker goes on reading.
sub test_records
{
	my $form = 'username=smuggler&password=x';
	my %param = (REQUEST_METHOD => 'POST', REQUEST_URI => '/auth/login', REMOTE_ADDR => '198.51.100.1',
		CONTENT_TYPE => 'application/x-www-form-urlencoded', CONTENT_LENGTH => length $form);
	my $params = join '', map { pack('CC', length, length $param{$_}) . $_ . $param{$_} } sort keys %param;
	my $request = record(1, pack 'nCx5', 1, 1) . record(4, $params) . record(4, '') . record(5, $form) . record(5, '');
	my $skip = pack 'CCnnCx', 1, 5, 77, 8, 0;
	for my $shift (0 .. 15) {
		my $body = 'A' x ($shift % 8) . $skip x (1500 + int $shift / 8) . $request;
		$body .= $skip x ((60_000 - length $body) / 8);
		raw_ok("POST /auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				. 'Content-Length: ' . length($body) . "\r\n\r\n$body", qr/^413$/, "records in a body, shifted by $shift");
	}
	ok answers($hearth), 'it goes on';
	is $hearth->db->selectrow_array("SELECT count(*) FROM login_failure WHERE username = 'smuggler'"), 0,
		'none of them was taken for a request';
	unhurt('records');
}

sub test_request_line
{
	my $rest = "Host: a\r\nX-API-Key: $key\r\nConnection: close\r\n\r\n";
	my %lines = (
		'GET' => qr/^400$/,
		'GET  HTTP/1.1' => qr/^400$/,
		"GET $DEVICES HTTP/9.9" => qr/^(?:400|505)$/,
		"GET $DEVICES HTTPS/1.1" => qr/^400$/,
		"GET $DEVICES FTP/1.1" => qr/^400$/,
		"get $DEVICES HTTP/1.1" => qr/^400$/,
		"GET api/v1/devices HTTP/1.1" => qr/^400$/,
		"GET /%zz HTTP/1.1" => qr/^400$/,
		"GET /% HTTP/1.1" => qr/^400$/,
		"GET /../../etc/passwd HTTP/1.1" => qr/^400$/,
		"GET $DEVICES x HTTP/1.1" => qr/^400$/,
		"G\0T $DEVICES HTTP/1.1" => qr/^400$/,
		"CONNECT a:80 HTTP/1.1" => qr/^(?:400|405)$/,
		"TRACE $DEVICES HTTP/1.1" => qr/^405$/,
		"BREW $DEVICES HTTP/1.1" => qr/^405$/,
		"GET /assets/../../hearth.db HTTP/1.1" => qr/^400$/,
		"GET /assets/%2e%2e/%2e%2e/hearth.db HTTP/1.1" => qr/^400$/,
		"GET /assets/..%2f..%2fhearth.db HTTP/1.1" => qr/^40[04]$/,
		"GET /hearth.db HTTP/1.1" => qr/^404$/,
		"GET /-/network/method HTTP/1.1" => qr/^404$/,
	);
	for my $line (sort keys %lines) {
		raw_ok("$line\r\n$rest", $lines{$line}, $line =~ s/\0/\\0/r);
	}
	raw_ok("GET http://other.example$DEVICES HTTP/1.1\r\n$rest", qr/^(?:200|400)$/, 'a whole URL in the request line');
	raw_ok("GET $DEVICES HTTP/1.1\r\nX-API-Key: $key\r\n\r\n", qr/^400$/, 'no host');
	raw_ok("GET $DEVICES HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", qr/^400$/, 'two hosts');
	raw_ok("GET $DEVICES HTTP/1.1\r\nHost: a b\r\n\r\n", qr/^400$/, 'a host with a blank');
	raw_ok("GET $DEVICES HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", qr/^(?:400|401)$/, 'a header with a blank');
	raw_ok("GET $DEVICES HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", qr/^(?:400|401)$/, 'a header without a name');
	raw_ok("GET $DEVICES HTTP/1.0\r\nX-API-Key: $key\r\n\r\n", qr/^200$/, 'HTTP/1.0 without a host');
	like raw_exchange($hearth, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" . 'x' x 200), qr{^(?:$|HTTP/1.1 400)}, 'TLS';
	like raw_exchange($hearth, "\0" x 1000), qr{^(?:$|HTTP/1.1 400)}, 'zeros';
	unhurt('request lines');
}

# A slow client holds no worker: nginx waits for it, and others are served meanwhile
sub test_slow
{
	my @slow = map {
		my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port) or die $!;
		print $socket "POST $KEYS HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $jwt\r\nContent-Type: application/json\r\n"
			. "Content-Length: 100\r\n\r\n{\"name\":";
		$socket->flush;
		$socket;
	} 1 .. 3 * @workers;
	my $begin = time;
	my @codes = grep { $_ != 200 } map { $hearth->get($DEVICES, with_key())->code } 1 .. 20;
	is "@codes", '', 'while clients are slow, others are served';
	cmp_ok time - $begin, '<', 3, '... at once';
	for my $socket (@slow) {
		$socket->blocking(0);
		print $socket '"';
		$socket->flush;
	}
	sleep 0.2;
	is counts($hearth), $stored, 'half a body is no request';
	close $_ for @slow;

	my @open = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port) } 1 .. 100;
	print {$_} "GET $DEVICES HT" for @open;
	$_->flush for @open;
	is $hearth->get($DEVICES, with_key())->code, 200, 'beside a hundred that never say what they want';
	close $_ for @open;
	unhurt('slow clients');
}

sub test_injection
{
	for my $path ('/network/%0d%0aSet-Cookie:%20a=b', '/network/%0aX:%20y/', '/network/a%0d%0a%0d%0ab/') {
		my $res = $hearth->get($path);
		is $res->code, 404, "a line break in the path: $path";
		is $res->headers->set_cookie, undef, '... becomes no header';
		is $res->json('/instance'), $path, '... and stays as it was sent';
	}
	my $res = $hearth->get("$DEVICES/?a=%0d%0aSet-Cookie:%20a=b");
	is $res->code . ($res->headers->set_cookie // ''), '307', 'nor one in a redirect';
	is $res->headers->location, "$DEVICES/?a=%0d%0aSet-Cookie:%20a=b" =~ s{/\?}{?}r, '... which keeps the query as sent';
	my ($status, $answer) = raw("GET $DEVICES HTTP/1.1\r\nHost: a\r\nX-Request-Id: evil\r\nX-API-Key: $key\r\n"
		. "Connection: close\r\n\r\n");
	like $answer, qr/^X-Request-Id: [0-9a-f]{32}\r$/m, 'the id of a request is ours';
	unlike $answer, qr/evil/, '... not the client\'s';
	is scalar(() = $answer =~ /^X-Request-Id:/mg), 1, '... and said once';
	unlike $hearth->logs, qr/request=evil/, '... also in the log';
	for my $host ('"><script>', "a\tb", 'a/b', 'a\\b', "a\0b") {
		my ($status, $answer) = raw("GET /network/openapi.json HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n");
		like $status, qr/^(?:400|200)$/, 'a host like ' . $host =~ s/\0/\\0/r =~ s/\t/\\t/r;
		next if $status != 200;
		unlike $answer =~ s/\r\n\r\n.*//sr, qr/<script/, '... becomes no header';
	}
	$res = $hearth->get($DEVICES, with_key(Origin => "https://a\tb"));
	is $res->headers->header('Access-Control-Allow-Origin'), undef, 'an origin with a tab';
	$res = $hearth->get($DEVICES, with_key('X-Forwarded-For' => "x' OR 1=1 --", Forwarded => 'for="[', Proxy => 'http://e'));
	is $res->code, 200, 'forwarding headers that are none';
	is $hearth->post($LOGIN, { 'User-Agent' => "<b>\x7f" . 'x' x 4000 }, json => { username => 'x', password => 'y' })->code,
		401, 'a client with a strange name';
	$stored = counts($hearth);
	is $hearth->get("$DEVICES?limit=1;DROP%20TABLE%20account", with_key())->code, 422, 'SQL in a number';
	is $hearth->post('/auth/login', form => { username => "' OR '1'='1", password => "' OR '1'='1" })->code, 401,
		'SQL in a login';
	$stored = counts($hearth);
	my @lines = grep { !/^(?:--- |\d{4}-|\d{4}\/|$)/ } split /\n/, $hearth->logs;
	is "@lines", '', 'no line of a log was written by a client';
	unhurt('injections');
}

# Several requests at once, good and bad ones, in one packet
sub test_pipelined
{
	my $good = "GET $DEVICES?limit=1 HTTP/1.1\r\nHost: a\r\nX-API-Key: $key\r\n\r\n";
	my $answer = raw_exchange($hearth, $good x 3 . "\0\1\2garbage\r\n\r\n$good");
	is join(' ', $answer =~ m{HTTP/1\.1 (\d+)}g), '200 200 200 400', 'three, then garbage: the rest is not looked at';
	my $last = $good =~ s/\r\n\r\n/\r\nConnection: close\r\n\r\n/r;
	my $mixed = $good . "GET /network/nope HTTP/1.1\r\nHost: a\r\n\r\n"
		. "POST $KEYS HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{\"name\":1" . $last;
	is join(' ', raw_exchange($hearth, $mixed) =~ m{HTTP/1\.1 (\d+)}g), '200 404 401 200', 'a mixture';
	my $large = "POST $KEYS HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n" . 'x' x 9000;
	like join(' ', raw_exchange($hearth, $large . $last) =~ m{HTTP/1\.1 (\d+)}g), qr/^413(?: 200)?$/,
		'a body that is refused is not taken as a request';
	unhurt('pipelines');
}

# The same noise each time
sub test_random
{
	my $seed = 20260213;
	my $byte = sub { $seed = ($seed * 1103515245 + 12345) & 0x7fffffff; return chr(($seed >> 16) & 255) };
	my $next = sub ($n) { join '', map { $byte->() } 1 .. $n };
	my @bad;
	for my $i (1 .. 60) {
		my $query = join '', map { sprintf '%%%02x', ord } split //, $next->(20);
		my $res = $hearth->get("$DEVICES?limit=$query&$query=1", with_key());
		push @bad, "query $query: " . ($res->code // 'none') unless ($res->code // 0) == 422;
		my $body = $next->(200);
		$res = $hearth->post($KEYS, with_jwt('Content-Type' => 'application/json'), $body);
		push @bad, "JSON $i: " . ($res->code // 'none') unless ($res->code // 0) == 422;
		$res = $hearth->post('/auth/login', { 'Content-Type' => 'application/x-www-form-urlencoded' }, $body);
		push @bad, "form $i: " . ($res->code // 'none') unless ($res->code // 0) == 422;
	}
	is join("\n", @bad), '', 'noise in query, JSON and form';
	unhurt('noise');
}
