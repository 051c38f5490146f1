#!/usr/bin/perl
# The panel family: login by access token, servers and guests as they are stored, their history, audit; at the root and
# mounted; every refusal in its form
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Digest::SHA qw(hmac_sha256 sha256_hex);
use Hearth::Check qw(problem_ok detail_ok header_is scoped_token);
use Hearth::Instance;
use MIME::Base64 qw(encode_base64url decode_base64url);
use Mojo::File 'path';
use Mojo::JSON qw(decode_json encode_json true false);
use Test::More;

binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $TOKEN = 'the-access-token-of-this-house';
my $LOGIN = '/panel/api/auth/login';
my $NO_TOKEN = 'Authorization header required';
my $BAD_TOKEN = 'Invalid or expired token';
my $DICTIONARY = 'Input should be a valid dictionary or object to extract fields from';
my $NUMBER = 'Input should be a valid integer, unable to parse string as an integer';

my %slots = (
	PROXMOX_1_ID => 'nas', PROXMOX_1_NAME => 'The NAS', PROXMOX_1_URL => 'https://nas.lan:8006', PROXMOX_1_NODE => 'pve1',
	PROXMOX_1_TOKEN_ID => 'hearth@pve!panel', PROXMOX_1_TOKEN_SECRET => 'one',
	PROXMOX_2_ID => 'lab', PROXMOX_2_URL => 'https://[fd00::7]:8006', PROXMOX_2_TOKEN_ID => 'hearth@pve!panel',
	PROXMOX_2_TOKEN_SECRET => 'two',
	PROXMOX_5_ID => 'new', PROXMOX_5_URL => 'https://10.0.0.9:8006', PROXMOX_5_NODE => 'alone',
	PROXMOX_5_TOKEN_ID => 'hearth@pve!panel', PROXMOX_5_TOKEN_SECRET => 'three',
);
my $hearth = Hearth::Instance->new(config => { AUTH_ACCESS_TOKEN => $TOKEN, AUTH_LOGIN_MAX_FAILURES => 100, %slots });
my $now = int time;
fill();
my $jwt = login_ok()->json('/access_token');
my $session = $hearth->login;

test_login();
test_login_body();
test_login_throttle();
test_root_login();
test_jwt();
test_jwt_ends();
test_credentials();
test_name();
test_health();
test_servers();
test_server();
test_guests();
test_guest();
test_empty_slots();
test_metrics();
test_bad_input();
test_routes();
test_rates();
test_charts();
test_status();
test_audit();
done_testing;

# ---- helpers ----------------------------------------------------------------------------------

sub bearer ($token = $jwt) { return { Authorization => "Bearer $token" } }

sub login_ok ($token = $TOKEN)
{
	my $res = $hearth->post($LOGIN, json => { token => $token });
	BAIL_OUT('login: ' . $res->to_string) unless ($res->code // 0) == 200;
	return $res;
}

sub get ($path, $headers = bearer()) { return $hearth->get($path, $headers) }

# The object of a path, the same at the root and under the mount
sub get_ok ($path, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($root, $mounted) = map { get("$_$path") } '', '/panel';
	ok $root->code == 200 && $mounted->code == 200, $name or diag $root->to_string;
	is $mounted->body, $root->body, '... the same under the mount';
	return $root->json // {};
}

sub refused_ok ($path, $status, $detail, $name, $headers = bearer(), $method = 'GET')
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	detail_ok($hearth->request($method => "$_$path", $headers), $status, $detail, $_ ? '... under the mount' : $name)
		for '', '/panel';
}

sub server_row (%fields)
{
	my %row = (
		slot => 'nas', node => 'pve1', fetched_at => $now, online => 1, down => 0, cpu => 0.12345, mem_used => 3_000_000_000,
		mem_total => 8_000_000_000, disk_used => 10_000_000_000, disk_total => 30_000_000_000, uptime_s => 86400,
		load1 => 0.15, load5 => 0.1, load15 => 2, net_in => 1234.6, net_out => undef, vms_running => 1, vms_total => 2,
		cts_running => 1, cts_total => 1, imported => 1, %fields,
	);
	insert('pve_server', \%row);
}

sub guest_row (%fields)
{
	my %row = (
		slot => 'nas', node => 'pve1', vmid => 100, lxc => 0, name => 'web', status => 'running', known => 1, template => 0,
		tags => '', cpu => 0.5, cpus => 4, mem_used => 1_000_000_000, mem_total => 4_000_000_000, disk_used => 0,
		disk_total => 32_000_000_000, uptime_s => 3600, net_in => 5_000_000_000, net_out => 6_000_000_000,
		disk_read => 7_000_000_000, disk_write => 8_000_000_000, imported => 1, %fields,
	);
	insert('pve_guest', \%row);
}

sub insert ($table, $row)
{
	my @columns = sort keys %$row;
	$hearth->db('series')->do("REPLACE INTO $table (" . join(', ', @columns) . ') VALUES ('
			. join(', ', ('?') x @columns) . ')', undef, @$row{@columns});
}

sub fill
{
	server_row();
	guest_row();
	guest_row(vmid => 9, name => "Br\x{fc}cke", lxc => 1, tags => 'home; critical,x y', status => 'running', disk_used => 5e9,
		disk_total => 2e10, cpu => 0.012345);
	guest_row(vmid => 101, name => 'CT 101', lxc => 1, status => 'stopped',
		map { $_ => undef } qw(cpu mem_used disk_used uptime_s net_in net_out disk_read disk_write));
	guest_row(vmid => 900, name => 'template', template => 1, status => 'stopped');
	guest_row(vmid => 102, status => 'paused');
	server_row(slot => 'lab', node => 'b', cpu => 0, mem_used => 0, mem_total => 0, load1 => undef, net_out => 7.4);
	server_row(slot => 'lab', node => 'a', fetched_at => $now - 3600);
	guest_row(slot => 'lab', node => 'a', vmid => 200);
	guest_row(slot => 'lab', node => 'b', vmid => 201, known => 0);
	server_row(slot => 'gone', node => 'x');
}

# As after an edit of the configuration file: the rest of the slot stays
sub forget_secret ($n)
{
	my $db = $hearth->db;
	$db->do('DELETE FROM config_value WHERE env_name = ?', undef, "PROXMOX_${n}_TOKEN_SECRET");
	$db->do('UPDATE config_version SET version = version + 1');
}

# A token signed with the installation's own key: only the claims can be wrong
sub sign ($claims, $header = '{"alg":"HS256","typ":"JWT"}')
{
	my $key = hmac_sha256('jwt', pack 'H*', path($hearth->dir, 'secret.key')->slurp =~ s/\s//gr);
	my $text = join '.', map { encode_base64url($_) } $header, encode_json($claims);
	return "$text." . encode_base64url(hmac_sha256($text, $key));
}

sub claims ($token = $jwt) { return decode_json(decode_base64url((split /\./, $token)[1])) }

# ---- login --------------------------------------------------------------------------------------

sub test_login
{
	my $res = login_ok();
	like $res->body, qr/^\{"access_token":"[\w.-]+","token_type":"bearer","expires_in":604800\}$/, 'login';
	header_is($res, 'Cache-Control', 'no-store', '... not to be kept');
	is $res->headers->set_cookie, undef, '... without a cookie';
	my $claims = claims($res->json('/access_token'));
	is_deeply [@$claims{qw(aud type scope)}], ['panel', 'access', 'read:panel write:panel write:aihub'], '... its claims';
	is $claims->{ver}, substr(sha256_hex($TOKEN), 0, 16), '... which end with the access token';
	is $claims->{exp} - $claims->{iat}, 604800, '... or in seven days';
	is $claims->{sub}, $hearth->db->selectrow_array("SELECT min(id) FROM account WHERE role = 'admin' AND active = 1"),
		'... it stands for the first admin';
	is $hearth->db->selectrow_array("SELECT count(*) > 0 FROM audit WHERE action = 'panel.login'"), 1, '... it is written down';
	unlike $hearth->logs, qr/\Q$TOKEN/, '... without the token';
	detail_ok($hearth->post($LOGIN, json => { token => $_ }), 401, 'Invalid access token', "'$_' is another token")
		for 'the-access-token-of-this-hous', "$TOKEN ", 'x', substr $jwt, 0, 256;
	$hearth->ctl_ok(qw(config set AUTH_PANEL_JWT_DAYS 1));
	is login_ok()->json('/expires_in'), 86400, 'the configured life';
	$hearth->ctl_ok(qw(config set AUTH_PANEL_JWT_DAYS 7));
}

sub test_login_body
{
	my %bad = (
		'{}' => [[['body', 'token'], 'Field required', 'missing']],
		'{"token":1}' => [[['body', 'token'], 'Input should be a valid string', 'string_type']],
		'{"token":null}' => [[['body', 'token'], 'Input should be a valid string', 'string_type']],
		'{"token":""}' => [[['body', 'token'], 'String should have at least 1 character', 'string_too_short']],
		encode_json({ token => 'x' x 257 }) =>
			[[['body', 'token'], 'String should have at most 256 characters', 'string_too_long']],
		'not json' => [[['body', 1], 'JSON decode error', 'json_invalid']],
		'[]' => [[['body'], $DICTIONARY, 'model_attributes_type']],
	);
	detail_ok($hearth->post($LOGIN, { 'Content-Type' => 'application/json' }, $_), 422, $bad{$_},
		'login with ' . substr $_, 0, 40) for sort keys %bad;
	is $hearth->post($LOGIN, json => { token => $TOKEN, username => 5, other => [] })->code, 200, 'what it does not know is left';
	detail_ok($hearth->post($LOGIN, json => { token => 'x' x 70_000 }), 413, 'Request body too large', 'a large body');
}

sub test_login_throttle
{
	$hearth->db->do('DELETE FROM login_failure');
	$hearth->ctl_ok(qw(config set AUTH_LOGIN_MAX_FAILURES 10));
	$hearth->post($LOGIN, json => { token => "wrong $_" }) for 1 .. 9;
	is login_ok()->code, 200, 'nine failures, then the right token';
	is $hearth->db->selectrow_array('SELECT count(*) FROM login_failure'), 0, '... which forgets them';
	detail_ok($hearth->post($LOGIN, json => { token => "wrong $_" }), 401, 'Invalid access token', "failure $_") for 1 .. 10;
	my $res = $hearth->post($LOGIN, json => { token => $TOKEN });
	detail_ok($res, 429, 'Too many failed logins. Try again later.', 'the eleventh, even with the right token');
	cmp_ok $res->headers->header('Retry-After'), '>', 800, '... when to try again';
	is get('/api/proxmox/servers')->code, 200, '... tokens go on';
	is $hearth->login->cookie ne '', 1, '... and people';
	$hearth->db->do('DELETE FROM login_failure');
	$hearth->ctl_ok(qw(config set AUTH_LOGIN_MAX_FAILURES 100));
}

sub test_root_login
{
	my $path = '/api/auth/login';
	my $text = [[['body'], "Body must contain either 'token' or 'username' and 'password'", 'value_error']];
	my $res = $hearth->post($path, json => { token => $TOKEN });
	is_deeply [sort keys %{$res->json}], [qw(access_token expires_in token_type)], 'the token at the root';
	$res = $hearth->post($path, json => { username => 'tester', password => $hearth->user, token2 => 1 });
	is_deeply [sort keys %{$res->json}], [qw(csrf_token expires_at user)], 'a name and a password';
	like $res->headers->set_cookie, qr/^hearth_session=/, '... open a session';
	detail_ok($hearth->post($path, json => $_), 422, $text, encode_json($_))
		for {}, { token => 'a', password => 'b' }, { token => 'a', username => 'b', password => 'c' }, { other => 1 };
	detail_ok($hearth->post($path, json => { token => 'wrong' }), 401, 'Invalid access token', 'a wrong token');
	detail_ok($hearth->post($path, json => { username => 'tester', password => 'wrong' }), 401,
		'Invalid username or password', 'a wrong password');
	detail_ok($hearth->post($path, json => { token => 7 }), 422,
		[[['body', 'token'], 'Input should be a valid string', 'string_type']], 'a token that is a number');
	detail_ok($hearth->post($path, json => { token => undef }), 422,
		[[['body', 'token'], 'Input should be a valid string', 'string_type']], 'or null');
	detail_ok($hearth->post($path, json => { username => 'a' }), 422,
		[[['body', 'password'], 'Field required', 'missing']], 'a name alone');
	detail_ok($hearth->post($path, { 'Content-Type' => 'application/json' }, '{'), 422,
		[[['body', 1], 'JSON decode error', 'json_invalid']], 'no JSON');
	detail_ok($hearth->get($path), 405, 'Method Not Allowed', 'GET');
	$hearth->db->do('DELETE FROM login_failure');
}

# ---- who may ask ----------------------------------------------------------------------------------

sub test_jwt
{
	my $path = '/api/proxmox/servers';
	my %good = (sub => claims()->{sub}, aud => 'panel', type => 'access', iat => $now, exp => $now + 100,
		ver => claims()->{ver}, scope => 'read:panel');
	is get($path, bearer(sign(\%good)))->code, 200, 'a token of our own making';
	my %bad = (
		'expired' => { exp => $now - 61 }, 'from the future' => { iat => $now + 120 }, 'for another family' => { aud => 'network' },
		'of another kind' => { type => 'refresh' }, 'of another access token' => { ver => '0' x 16 },
		'of nobody' => { sub => '4711' }, 'of no number' => { sub => 'x' },
	);
	refused_ok($path, 401, $BAD_TOKEN, "a token $_", bearer(sign({ %good, %{$bad{$_}} }))) for sort keys %bad;
	refused_ok($path, 401, $BAD_TOKEN, 'alg none', bearer(join '.',
		encode_base64url('{"alg":"none","typ":"JWT"}'), (split /\./, sign(\%good))[1], ''));
	refused_ok($path, 401, $BAD_TOKEN, 'alg HS512', bearer(sign(\%good, '{"alg":"HS512","typ":"JWT"}')));
	refused_ok($path, 401, $BAD_TOKEN, 'a wrong signature', bearer($jwt =~ s/.\z/$& eq 'A' ? 'E' : 'A'/er));
	refused_ok($path, 401, $BAD_TOKEN, 'a token of the network', bearer($hearth->jwt));
	is $hearth->get('/api/v1/devices', bearer())->code, 401, 'the network does not take that of the panel';
}

sub test_jwt_ends
{
	my $path = '/api/proxmox/servers';
	my $id = claims()->{sub};
	$hearth->db->do('UPDATE account SET active = 0 WHERE id = ?', undef, $id);
	refused_ok($path, 401, $BAD_TOKEN, 'the admin is switched off');
	isnt claims(login_ok()->json('/access_token'))->{sub}, $id, 'another admin stands for the next token';
	$hearth->db->do("UPDATE account SET active = 0 WHERE role = 'admin'");
	detail_ok($hearth->post($LOGIN, json => { token => $TOKEN }), 401, 'Invalid access token', 'without an admin nobody does');
	$hearth->db->do("UPDATE account SET active = 1 WHERE role = 'admin'");
	is get($path)->code, 200, 'all as before';
	$hearth->ctl_ok(qw(config set AUTH_ACCESS_TOKEN), 'another-token-for-this-house');
	refused_ok($path, 401, $BAD_TOKEN, 'a changed access token ends all');
	$hearth->ctl_ok(qw(config unset AUTH_ACCESS_TOKEN));
	refused_ok($path, 401, $BAD_TOKEN, 'so does none');
	detail_ok($hearth->post($LOGIN, json => { token => $_ }), 401, 'Invalid access token', 'nobody gets in')
		for $TOKEN, 'another-token-for-this-house';
	$hearth->ctl_ok(qw(config set AUTH_ACCESS_TOKEN), $TOKEN);
	is get($path)->code, 200, 'the old one again, and its tokens live';
	$hearth->db->do('DELETE FROM login_failure');
}

sub test_credentials
{
	my @paths = map { "/api/$_" } qw(proxmox/servers proxmox/servers/nas proxmox/servers/nas/vms proxmox/servers/nas/vm/100
		metrics/server/nas metrics/vm/nas/100);
	for my $path (@paths) {
		refused_ok($path, 401, $NO_TOKEN, "$path without credentials", {});
		is $session->get($path)->code, 200, '... with a session';
	}
	my $action = '/api/proxmox/servers/nas/vm/100/start';
	refused_ok($action, 401, $NO_TOKEN, 'an action without credentials', {}, 'POST');
	refused_ok("/api/proxmox/servers?token=$jwt", 401, $NO_TOKEN, 'a token in the query', {});
	refused_ok('/api/proxmox/servers', 401, $BAD_TOKEN, 'an API key of the network', { 'X-API-Key' => $hearth->api_key });
	refused_ok('/api/proxmox/servers', 401, $BAD_TOKEN, 'another scheme', { Authorization => 'Basic eDp5' });
	refused_ok('/api/proxmox/servers', 401, $BAD_TOKEN, 'a bad header beside a good cookie',
		{ Authorization => 'Bearer x', Cookie => 'hearth_session=' . $session->cookie });
	detail_ok($session->request(POST => $action, { 'X-CSRF-Token' => 'x' }), 403, 'CSRF token missing or invalid',
		'an action with a session and a wrong CSRF token');
	detail_ok($hearth->post($action, { Cookie => 'hearth_session=' . $session->cookie }), 403,
		'CSRF token missing or invalid', '... and with none');
	my $reader = scoped_token($hearth, 'reader', 'read:panel');
	is get('/api/proxmox/servers', bearer($reader))->code, 200, 'a scoped token reads';
	is get('/api/proxmox/servers', { 'X-API-Key' => $reader })->code, 200, '... also as X-API-Key';
	refused_ok($action, 403, 'Scope write:panel required', '... and switches nothing', bearer($reader), 'POST');
	refused_ok('/api/proxmox/servers', 403, 'Scope read:panel required', 'a token of another scope',
		bearer(scoped_token($hearth, 'other', 'read:network')));
	is get('/api/proxmox/servers', bearer(scoped_token($hearth, 'boss', 'admin:all')))->code, 200, 'admin:all has all';
	for my $role (qw(guest expert)) {
		$hearth->user($role, $role);
		detail_ok($hearth->login($role)->get('/api/proxmox/servers'), 403, 'Scope read:panel required', "the role $role");
	}
	$hearth->user('member', 'member');
	is $hearth->login('member')->get('/api/proxmox/servers')->code, 200, 'the role member';
	$hearth->user('forced');
	my $forced = $hearth->login('forced');
	$hearth->db->do("UPDATE account SET force_password_change = 1 WHERE username = 'forced'");
	detail_ok($forced->get('/api/proxmox/servers'), 403, 'Password change required', 'a password that must be changed');
}

# ---- reads ------------------------------------------------------------------------------------------

sub test_name
{
	is $hearth->get($_)->body, '{"name":"Home Panel API","version":"1.0.0","docs":"/docs","health":"/health"}', $_
		for '/panel/', '/panel';
	like $hearth->get('/')->headers->content_type, qr{^text/html}, 'the root is the web panel';
	is $hearth->get('/panel/docs')->code, 200, 'documentation';
	is $hearth->get('/panel/openapi.json')->json('/info/title'), 'Home Panel API', 'the document';
	is $hearth->get('/panel/health/')->code, 307, 'any other path has no slash at its end';
}

sub test_health
{
	my $res = $hearth->get('/panel/health');
	my $json = $res->json;
	is_deeply [sort keys %$json], [qw(environment status timestamp uptime_seconds version)], 'health';
	is_deeply [@$json{qw(status version environment)}], [qw(healthy 1.0.0 production)], '... is well';
	ok $json->{uptime_seconds} >= 0 && $json->{uptime_seconds} < 600, '... with an age';
	is $res->headers->header('X-RateLimit-Limit'), undef, '... not counted';
	detail_ok($hearth->post($_), 405, 'Method Not Allowed', "POST $_") for '/panel/health', '/health';
	header_is($hearth->post('/panel/health'), 'Allow', 'GET, HEAD, OPTIONS', '... what is allowed');
	header_is($hearth->request(OPTIONS => '/panel/health'), 'Allow', 'GET, HEAD, OPTIONS', 'OPTIONS');
	is $hearth->get('/health')->json('/status'), 'ok', 'that of the house';
	$hearth->stop;
	rename $hearth->dir . '/series.db', $hearth->dir . '/series.away' or die;
	my $cgi = sub ($path) {
		local %ENV = (%ENV, REQUEST_METHOD => 'GET', REQUEST_URI => $path, REQUEST_ID => 'x', REMOTE_ADDR => '127.0.0.1',
			GATEWAY_INTERFACE => 'CGI/1.1', SERVER_PROTOCOL => 'HTTP/1.1', QUERY_STRING => '');
		my $api = $hearth->build . '/hearth-api';
		my $dir = $hearth->dir;
		return qx('$api' -d '$dir' 2>/dev/null);
	};
	for my $path ('/panel/health', '/health') {
		my $out = $cgi->($path);
		like $out, qr/^Status: 503 /, "$path without a database";
		like $out, qr/\r\n\r\n\{"detail":"Database unavailable"\}\z/, '... says so';
	}
	like $cgi->('/panel/'), qr/Home Panel API/, 'the name needs none';
	rename $hearth->dir . '/series.away', $hearth->dir . '/series.db' or die;
	$hearth->start;
}

sub test_servers
{
	my $json = get_ok('/api/proxmox/servers', 'servers');
	is $json->{total}, 4, 'as many as the slots have';
	is join(' ', map { $_->{id} } @{$json->{servers}}), 'nas lab-a lab-b new', 'in the order of the slots, then by node';
	my $body = get('/api/proxmox/servers')->body;
	my @seed = qw(id name ip node online uptime cpu memory_used memory_total memory_percent disk_used disk_total disk_percent
		network_in network_out load_average vms_running vms_total cts_running cts_total is_stale fetched_at);
	is_deeply [sort keys %{$json->{servers}[0]}], [sort @seed], 'every field, and no other';
	like $body, qr/^\{"servers":\[\{"id":"nas","name":"The NAS","ip":"nas.lan","node":"pve1","online":true,"uptime":86400,/,
		'... in its order';
}

sub test_server
{
	my $nas = get_ok('/api/proxmox/servers/nas', 'a server');
	is_deeply $nas, {
		id => 'nas', name => 'The NAS', ip => 'nas.lan', node => 'pve1', online => true, uptime => 86400, cpu => 12.35,
		memory_used => 3_000_000_000, memory_total => 8_000_000_000, memory_percent => 37.5, disk_used => 10_000_000_000,
		disk_total => 30_000_000_000, disk_percent => 33.33, network_in => 1235, network_out => undef,
		load_average => [0.15, 0.1, 2], vms_running => 1, vms_total => 2, cts_running => 1, cts_total => 1,
		is_stale => false, fetched_at => $nas->{fetched_at},
	}, '... its values';
	like get('/api/proxmox/servers/nas')->body, qr/"load_average":\[0\.15,0\.1,2\]/, '... numbers, no texts';
	my $b = get_ok('/api/proxmox/servers/lab-b', 'a node of a cluster');
	is_deeply [@$b{qw(name ip cpu memory_percent load_average network_out)}], ['lab b', 'fd00::7', 0, 0, [], 7],
		'... nothing is divided by zero';
	my $a = get_ok('/api/proxmox/servers/lab-a', 'one that is silent');
	my @unknown = qw(cpu uptime memory_used memory_total memory_percent disk_used disk_total disk_percent network_in
		network_out);
	is_deeply [@$a{'online', 'is_stale'}], [false, true], '... is offline';
	is_deeply [@$a{@unknown}], [(undef) x @unknown], '... and unknown is not zero';
	is_deeply [@$a{qw(load_average vms_running vms_total cts_running cts_total)}], [[], 0, 2, 0, 1], '... counts are kept';
	my ($last) = grep { $_->{id} eq 'lab-a' } @{$session->get('/api/house/servers')->json('/servers')};
	is_deeply [@$last{qw(online is_stale cpu memory_percent load_average vms_running fetched_at)}],
		[false, true, 12.35, 37.5, [0.15, 0.1, 2], 1, $a->{fetched_at}], '... whose last values the web panel has';
	my $new = get_ok('/api/proxmox/servers/new', 'one that was never polled');
	is_deeply [@$new{qw(name ip online fetched_at vms_total)}], ['new', '10.0.0.9', false, undef, 0], '... has no past';
	refused_ok("/api/proxmox/servers/$_", 404, "Server '$_' not found", "there is no $_")
		for 'nope', 'lab', 'lab-c', 'gone', 'NAS';
	refused_ok('/api/proxmox/servers/' . 'x' x 150, 404, "Server '" . 'x' x 150 . "' not found", 'a long name');
	refused_ok('/api/proxmox/servers/a%22b%2Fc', 404, "Server 'a\"b/c' not found", 'what no server is called');
	server_row(fetched_at => int(time) - 31);
	is get('/api/proxmox/servers/nas')->json('/online'), false, 'half a minute of silence';
	$hearth->ctl_ok(qw(config set PROXMOX_NODE_SECONDS 60));
	is get('/api/proxmox/servers/nas')->json('/online'), true, '... is not long with slow polls';
	$hearth->ctl_ok(qw(config set PROXMOX_NODE_SECONDS 10));
	server_row(fetched_at => int time);
}

sub test_guests
{
	server_row(fetched_at => int time);
	my $json = get_ok('/api/proxmox/servers/nas/vms', 'guests');
	is join(' ', map { $_->{vmid} } @{$json->{vms}}), '9 100 101 102', 'by number, without templates';
	is_deeply [@$json{qw(server_id total running stopped online is_stale)}], ['nas', 4, 2, 2, true, false], 'counted';
	my $with = get('/api/proxmox/servers/nas/vms?templates=Yes')->json;
	is_deeply [$with->{total}, $with->{vms}[-1]{template}], [5, true], 'with templates';
	my @seed = qw(vmid name type status cpu memory_used memory_total memory_percent disk_used disk_total uptime server_id node
		cpu_percent cpus disk_read disk_write network_in network_out tags template);
	is_deeply [sort keys %{$json->{vms}[0]}], [sort @seed], 'every field, and no other';
	is_deeply $json->{vms}[0]{tags}, [qw(home critical x y)], 'tags, however they are separated';
	is_deeply [@{$json->{vms}[2]}{qw(status cpu memory_used uptime network_in disk_read tags)}],
		['stopped', 0, 0, 0, 0, 0, []], 'what is missing is 0';
	my $away = get_ok('/api/proxmox/servers/lab-a/vms', 'guests of a silent server');
	is_deeply [@$away{qw(total running stopped online is_stale)}, $away->{vms}[0]{status}, $away->{vms}[0]{cpu}],
		[1, 0, 1, false, true, 'unknown', 50], '... as they were last seen';
	is get('/api/proxmox/servers/lab-b/vms')->json('/vms/0/status'), 'unknown', 'a guest of which its server knows nothing';
	is get('/api/proxmox/servers/new/vms')->json('/fetched_at'), undef, 'never polled: no guests';
	refused_ok('/api/proxmox/servers/nope/vms', 404, "Server 'nope' not found or not accessible", 'no such server');
}

sub test_guest
{
	my $vm = get_ok('/api/proxmox/servers/nas/vm/100', 'a virtual machine');
	is_deeply $vm, {
		vmid => 100, name => 'web', type => 'qemu', status => 'running', cpu => 50, memory_used => 1_000_000_000,
		memory_total => 4_000_000_000, memory_percent => 25, disk_used => 0, disk_total => 32_000_000_000, uptime => 3600,
		server_id => 'nas', node => 'pve1', cpu_percent => 50, cpus => 4, disk_read => 7_000_000_000,
		disk_write => 8_000_000_000, network_in => 5_000_000_000, network_out => 6_000_000_000, tags => [], template => false,
	}, '... its values';
	my $ct = get_ok('/api/proxmox/servers/nas/vm/9?vm_type=lxc', 'a container');
	is_deeply [@$ct{qw(name type cpu)}], ["Br\x{fc}cke", 'lxc', 1.23], '... its values';
	is get('/api/proxmox/servers/nas/vm/9')->json('/type'), 'lxc', 'its kind need not be guessed';
	is get('/api/proxmox/servers/nas/vm/102')->json('/status'), 'paused', 'a paused one';
	refused_ok('/api/proxmox/servers/nas/vm/9?vm_type=qemu', 404, "VM 9 not found on server 'nas'", 'of another kind');
	refused_ok('/api/proxmox/servers/nas/vm/999', 404, "VM 999 not found on server 'nas'", 'no such number');
	my $long = '9' x 20;
	refused_ok("/api/proxmox/servers/nas/vm/$long", 404, "VM $long not found on server 'nas'", 'a number beyond all');
	refused_ok('/api/proxmox/servers/lab-b/vm/200', 404, "VM 200 not found on server 'lab-b'", 'on another node');
	refused_ok('/api/proxmox/servers/nope/vm/1', 404, "Server 'nope' not found", 'no such server');
}

sub test_empty_slots
{
	forget_secret(2);
	is join(' ', map { $_->{id} } @{get('/api/proxmox/servers')->json('/servers')}), 'nas new', 'a slot without its secret';
	refused_ok('/api/proxmox/servers/lab-b', 404, "Server 'lab-b' not found", '... has no servers');
	$hearth->ctl_ok(qw(config set PROXMOX_2_TOKEN_SECRET two));
}

sub test_metrics
{
	for my $path ('/api/metrics/server/nas', '/api/metrics/server/nope', '/api/metrics/vm/nas/100', '/api/metrics/vm/x/1') {
		my $json = get_ok($path, "$path without history");
		is_deeply [@$json{qw(data total time_range aggregation)}], [[], 0, '1h', 'raw'], '... is empty';
	}
	like get('/api/metrics/vm/nas/100')->body, qr/^\{"server_id":"nas","vmid":100,"data":\[\],"total":0,/, 'in its order';
	my %tiers = ('1h' => 'raw', '6h' => 'minute', '24h' => '5min', '7d' => '30min', '30d' => 'hour');
	is get("/api/metrics/server/nas?time_range=$_")->json('/aggregation'), $tiers{$_}, "$_ reads $tiers{$_}"
		for sort keys %tiers;
}

sub test_bad_input
{
	my $text = "Input should be '1h', '6h', '24h', '7d' or '30d'";
	for my $path ('/api/metrics/server/nas', '/api/metrics/vm/nas/100') {
		refused_ok("$path?time_range=2h", 422, [[['query', 'time_range'], $text, 'literal_error']], "$path of 2h");
		refused_ok("$path?limit=0", 422, [[['query', 'limit'], 'Input should be greater than or equal to 1',
			'greater_than_equal']], '... limit 0');
		refused_ok("$path?limit=10001", 422, [[['query', 'limit'], 'Input should be less than or equal to 10000',
			'less_than_equal']], '... limit 10001');
		refused_ok("$path?limit=x&time_range=", 422, [[['query', 'time_range'], $text, 'literal_error'],
			[['query', 'limit'], $NUMBER, 'int_parsing']], '... all errors at once');
	}
	my $vm = '/api/proxmox/servers/nas/vm';
	refused_ok("$vm/abc", 422, [[['path', 'vmid'], $NUMBER, 'int_parsing']], 'a number that is none');
	refused_ok("$vm/100?vm_type=docker", 422, [[['query', 'vm_type'], "Input should be 'qemu' or 'lxc'", 'literal_error']],
		'a kind that is none');
	refused_ok('/api/proxmox/servers/nas/vms?templates=maybe', 422, [[['query', 'templates'],
		'Input should be a valid boolean, unable to interpret input', 'bool_parsing']], 'neither yes nor no');
	refused_ok('/api/metrics/vm/nas/x', 422, [[['path', 'vmid'], $NUMBER, 'int_parsing']], 'history of no number');
	my $actions = "Input should be 'start', 'stop', 'shutdown', 'restart', 'reset', 'suspend' or 'resume'";
	refused_ok("$vm/100/explode", 422, [[['path', 'action'], $actions, 'literal_error']], 'no such action', bearer(), 'POST');
	refused_ok("$vm/abc/explode?vm_type=x", 422, [[['path', 'vmid'], $NUMBER, 'int_parsing'],
		[['path', 'action'], $actions, 'literal_error'], [['query', 'vm_type'], "Input should be 'qemu' or 'lxc'",
		'literal_error']], '... all errors at once', bearer(), 'POST');
	refused_ok("$vm/9/reset", 400, "Action 'reset' is not supported for lxc", 'reset of a container', bearer(), 'POST');
	refused_ok("$vm/999/start", 404, "VM 999 not found on server 'nas'", 'an action on nothing', bearer(), 'POST');
	refused_ok('/api/proxmox/servers/nope/vm/1/start', 404, "Server 'nope' not found", '... and nowhere', bearer(), 'POST');
	is $hearth->db('series')->selectrow_array('SELECT count(*) FROM pve_task'), 0, 'none of that was tried';
}

sub test_routes
{
	refused_ok('/api/proxmox/nope', 404, 'Not Found', 'no such path');
	detail_ok($hearth->get('/panel/api/v1/devices', bearer()), 404, 'Not Found', 'no other family under the mount');
	detail_ok($hearth->request(DELETE => '/panel/api/proxmox/servers', bearer()), 405, 'Method Not Allowed', 'DELETE');
	my $res = $hearth->get('/panel/api/proxmox/servers/?x=1', bearer());
	is $res->code . ' ' . $res->headers->location, '307 /panel/api/proxmox/servers?x=1', 'a slash at the end';
	is $hearth->request(HEAD => '/api/proxmox/servers', bearer())->code, 200, 'HEAD';
	is $hearth->request(HEAD => '/api/proxmox/servers/nas/vm/100/start', bearer())->code, 405, 'HEAD of an action';
	$hearth->ctl_ok(qw(config set APP_CORS_ORIGINS https://panel.example));
	$res = $hearth->get('/api/proxmox/servers', { %{bearer()}, Origin => 'https://panel.example' });
	header_is($res, 'Access-Control-Allow-Origin', 'https://panel.example', 'an origin that was named');
	$res = $hearth->get('/api/proxmox/servers', { %{bearer()}, Origin => 'https://other.example' });
	header_is($res, 'Access-Control-Allow-Origin', undef, '... and another');
	$hearth->ctl_ok(qw(config unset APP_CORS_ORIGINS));
}

sub test_rates
{
	header_is(get('/api/proxmox/servers'), 'X-RateLimit-Limit', 600, 'reads a minute');
	my $token = scoped_token($hearth, 'busy', 'write:panel');
	my $path = '/api/proxmox/servers/nas/vm/999/start';
	my $res = $hearth->post($path, bearer($token));
	header_is($res, 'X-RateLimit-Limit', 60, 'actions a minute');
	$hearth->post($path, bearer($token)) for 2 .. 60;
	$res = $hearth->post($path, bearer($token));
	detail_ok($res, 429, 'Too many requests', 'the 61st');
	cmp_ok $res->headers->header('Retry-After'), '>', 0, '... when to try again';
}

# ---- what the web panel needs beside ---------------------------------------------------------------

sub test_charts
{
	my %steps = ('1h' => [10, 360], '6h' => [60, 360], '24h' => [300, 288], '7d' => [1800, 336], '30d' => [3600, 720],
		'1y' => [57600, 547]);
	for my $range (sort keys %steps) {
		my $json = $session->get("/api/house/servers/history/nas?range=$range")->json;
		is_deeply [$json->{step}, scalar @{$json->{timestamps}}], $steps{$range}, "steps of $range";
		is $json->{to} - $json->{from}, $json->{step} * @{$json->{timestamps}}, '... fill it';
		is scalar(grep { defined } @{$json->{cpu}}), 0, '... nothing is known';
	}
	my $guest = $session->get('/api/house/servers/history/nas/100')->json;
	is_deeply [$guest->{step}, scalar @{$guest->{network_in}}], [30, 120], 'a guest has fewer samples';
	is $session->get('/api/house/servers/history/nope/7?range=6h')->code, 200, 'what is unknown has no history';
	my $path = '/api/house/servers/history/nas';
	is $session->get("$path?range=2y")->code, 422, 'no such range';
	problem_ok($hearth->get($path), 401, qr/./, $path, 'without credentials');
	problem_ok(get($path), 401, qr/./, $path, 'with a JWT of the panel');
	my $action = '/api/house/servers/action/nas';
	problem_ok($session->get("$action/100"), 404, 'Nothing was asked of VM 100', "$action/100", 'nothing was asked of a guest');
	problem_ok($session->get('/api/house/servers/action/nope/1'), 404, 'Nothing was asked of VM 1',
		'/api/house/servers/action/nope/1', 'no such server');
	problem_ok($hearth->get($_), 401, qr/./, $_, "$_ without credentials") for "$action/100", '/api/house/servers';
}

sub test_status
{
	my $db = $hearth->db('series');
	$db->do('DELETE FROM poll_state');
	my $path = '/api/house/servers/status';
	my $json = $session->get($path)->json;
	is join(' ', map { "$_->{slot}:$_->{id}:$_->{state}" } @{$json->{sources}}), '1:nas:never 2:lab:never 5:new:never',
		'nothing was polled yet';
	$db->do('INSERT INTO poll_state (source, last_attempt, last_success, failures, next_due, error_code, error_text)'
			. " VALUES ('proxmox/nas', 100, 100, 0, 200, NULL, NULL), ('proxmox/lab', 100, NULL, 3, 200, 'timeout', 'Slow')");
	forget_secret(5);
	$json = $session->get($path)->json;
	is join(' ', map { $_->{state} } @{$json->{sources}}), 'ok failing off', 'well, failing, not complete';
	is_deeply [@{$json->{sources}[1]}{qw(name failures error_code error_text last_success_at next_attempt_at)}],
		['lab', 3, 'timeout', 'Slow', undef, '1970-01-01T00:03:20Z'], '... in words';
	unlike $session->get($path)->body, qr/two|hearth\@pve/, '... without secrets';
	problem_ok($hearth->get($path), 401, qr/./, $path, 'without credentials');
}

sub test_audit
{
	my $path = '/api/house/audit';
	my $json = $session->get("$path?limit=2")->json;
	is_deeply [sort keys %$json], [qw(items limit offset total_count)], 'the audit list is a page';
	is_deeply [sort keys %{$json->{items}[0]}], [qw(action actor data id subject time)], '... of what was done';
	cmp_ok $json->{items}[0]{id}, '>', $json->{items}[1]{id}, '... newest first';
	is $session->get("$path?limit=1&offset=1")->json('/items/0/id'), $json->{items}[1]{id}, '... page by page';
	problem_ok($hearth->login('member')->get($path), 403, qr/admin:all/, $path, 'not for members');
	problem_ok($hearth->get($path), 401, qr/./, $path, 'without credentials');
}
