#!/usr/bin/perl
# Sessions: login and logout of the panel, the change of the password, and what ends with them
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Digest::SHA qw(hmac_sha256 sha256_hex);
use Hearth::Check qw(detail_ok problem_ok header_is counts scoped_token);
use Hearth::Instance;
use MIME::Base64 'encode_base64url';
use Mojo::File 'path';
use Mojo::JSON qw(decode_json encode_json);
use Test::More;
use Time::HiRes 'time';

binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $LOGIN = '/api/auth/login';
my $BAD = 'Invalid username or password';
my $DICTIONARY = 'Input should be a valid dictionary or object to extract fields from';
my $hearth = Hearth::Instance->new(config => { AUTH_NETWORK_RATE_PER_MINUTE => 6000 });
my $password = $hearth->user;

test_first_login();
test_login();
test_mount();
test_fixation();
test_bad_login();
test_body();
test_root_body();
test_session();
test_credentials();
test_logout();
test_renewal();
test_expiry();
test_password_refused();
test_password();
test_password_ends();
test_secure();
test_throttle();
test_throttle_address();
test_methods();
test_secrets();
done_testing;

sub login ($name, $word, $mount = '', @headers)
{
	return $hearth->post("$mount$LOGIN", @headers, json => { username => $name, password => $word });
}

sub session_of ($res)
{
	return Hearth::Instance::Session->new(instance => $hearth, csrf => $res->json('/csrf_token'),
		cookie => $res->cookie('hearth_session')->value);
}

sub is_alive ($session)
{
	return $session->get('/api/session')->code == 200;
}

# The account that init made: it may do nothing until its password is changed, and then its file is gone
sub test_first_login
{
	my $file = path($hearth->dir, 'first-login.txt');
	my $first = $hearth->password;
	like $first, qr/^[a-z0-9]{20}$/, 'the first password';
	is +(stat $file)[2] & 0777, 0600, '... is for the owner alone';
	my $res = login('admin', $first);
	is $res->code, 200, 'its login';
	ok $res->json('/user/force_password_change'), '... says that it must be changed';
	my $admin = session_of($res);
	is $admin->get('/api/session')->json('/user/force_password_change'), Mojo::JSON->true, 'the session says so too';
	for my $path ('/api/house/network/status', '/api/v1/devices', '/auth/api-keys', '/api/house/events') {
		is $admin->get($path)->code, 403, "... and opens nothing: $path";
		like $admin->get($path)->body, qr/"detail":"Password change required"/, '... for that reason';
	}
	ok -e $file, 'the file is there';
	my $change = { current_password => $first, new_password => 'my own password', confirm_password => 'my own password' };
	detail_ok($admin->post('/api/auth/password', json => { %$change, confirm_password => 'other' }), 400,
		'Password could not be changed', 'a change that fails');
	ok -e $file, '... leaves the file';
	is $admin->post('/api/auth/password', json => $change)->code, 204, 'a change';
	ok !-e $file, '... takes it away';
	is $admin->get('/api/house/events')->code, 200, 'the session may now do all';
	ok !$admin->get('/api/session')->json('/user/force_password_change'), '... and says so';
	is login('admin', $first)->code, 401, 'the first password is worth nothing';
	is login('admin', 'my own password')->code, 200, 'the new one is';
	$hearth->ctl_ok('init');
	ok !-e $file, 'another init makes none';
	is login('admin', 'my own password')->code, 200, '... and changes nothing';
}

sub test_login
{
	my $before = int time;
	my $res = login('tester', $password);
	is $res->code, 200, 'login';
	my $json = $res->json;
	is_deeply $json->{user}, { username => 'tester', force_password_change => Mojo::JSON->false, role => 'admin' }, '... who';
	is_deeply [sort keys %$json], [qw(csrf_token expires_at user)], '... no more';
	header_is($res, 'Cache-Control', 'no-store', '... not to be kept');
	my $cookie = $res->headers->set_cookie;
	like $cookie, qr{^hearth_session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000$}, '... the cookie';
	my ($token) = $cookie =~ /=([\w-]+)/;
	my ($expires) = $hearth->db->selectrow_array('SELECT expires_at FROM session WHERE hash = ?', undef,
		sha256_hex($token));
	ok $expires, 'its hash is stored';
	ok !$hearth->db->selectrow_array('SELECT 1 FROM session WHERE hash = ?', undef, $token), '... not the token';
	my $key = pack 'H*', path($hearth->dir, 'secret.key')->slurp =~ s/\s//gr;
	is $json->{csrf_token}, encode_base64url(hmac_sha256($token, $key)), 'the CSRF token follows from it';
	cmp_ok abs($expires - $before - 30 * 86400), '<', 5, 'it ends in 30 days';
	is login(' Tester ', $password)->code, 200, 'blanks and case of the name do not count';
	isnt login('tester', $password)->json('/csrf_token'), $json->{csrf_token}, 'each session has its own token';
	is $hearth->db->selectrow_array("SELECT count(*) FROM audit WHERE action = 'session.login' AND actor = 'tester'"), 3,
		'logins are written down';
}

sub test_mount
{
	my $res = login('tester', $password, '/recorder');
	is $res->code, 200, 'login under the mount';
	like $res->headers->set_cookie, qr{; Path=/;}, '... the cookie is good everywhere';
	my $session = session_of($res);
	is $session->get($_)->json('/user/username'), 'tester', "... $_" for '/recorder/api/session', '/api/session';
	is $session->post('/recorder/api/auth/logout')->code, 204, 'logout under the mount';
	ok !is_alive($session), '... ends it';
	detail_ok(login('tester', 'wrong', '/recorder'), 401, $BAD, 'a wrong password under the mount');
	detail_ok($hearth->get('/recorder/nope'), 404, 'Not Found', 'an unknown path under the mount');
	detail_ok($hearth->get('/nope'), 404, 'Not Found', 'one that no family claims');
	detail_ok($hearth->get('/recorder/api/house/events'), 404, 'Not Found', 'another family is not under the mount');
	is_deeply $hearth->get('/recorder/status')->json, { status => 'ok' }, 'status';
}

# A session that somebody else has put into the browser does not become that of the one who logs in
sub test_fixation
{
	my $first = login('tester', $password);
	my $old = session_of($first);
	my $res = login('tester', $password, '', { Cookie => 'hearth_session=' . $old->cookie });
	my $new = session_of($res);
	isnt $new->cookie, $old->cookie, 'a login always makes a new session';
	ok !is_alive($old), 'the one in the cookie is over';
	ok is_alive($new), 'the new one is not';
	my $planted = 'x' x 43;
	$res = login('tester', $password, '', { Cookie => "hearth_session=$planted" });
	isnt session_of($res)->cookie, $planted, 'an invented one is not taken over';
	is $hearth->get('/api/session', { Cookie => "hearth_session=$planted" })->code, 401, '... and opens nothing';
	my $kept = session_of(login('tester', $password));
	is login('tester', 'wrong', '', { Cookie => 'hearth_session=' . $kept->cookie })->code, 401, 'a login that fails';
	ok is_alive($kept), '... ends nothing';
}

sub test_bad_login
{
	my %bad = (
		'wrong password' => ['tester', 'wrong'],
		'unknown name' => ['nobody', 'wrong'],
		'a name that cannot be' => ['a/b', 'wrong'],
		'a name in Cyrillic' => ['тестер', 'wrong'],
		'SQL' => ["' OR 1=1 --", "' OR 1=1 --"],
		'a blank as password' => ['tester', ' '],
	);
	for my $name (sort keys %bad) {
		my $res = login(@{$bad{$name}});
		detail_ok($res, 401, $BAD, $name);
		header_is($res, 'Set-Cookie', undef, '... sets no cookie');
	}
	my $word = $hearth->user('sleeper', 'member');
	my $session = $hearth->login('sleeper');
	$hearth->db->do("UPDATE account SET active = 0 WHERE username = 'sleeper'");
	detail_ok(login('sleeper', $word), 401, $BAD, 'an account that is switched off');
	detail_ok($session->get('/api/session'), 401, 'Not authenticated', '... and its session');
	cmp_ok $hearth->db->selectrow_array('SELECT count(*) FROM login_failure'), '>=', 7, 'failures are counted';
	is login('tester', $password)->code, 200, 'the right password';
	is $hearth->db->selectrow_array("SELECT count(*) FROM login_failure WHERE username = 'tester'"), 0,
		'... clears those of the name';
	cmp_ok $hearth->db->selectrow_array('SELECT count(*) FROM login_failure'), '>', 0, '... and not the others';
	$hearth->db->do('DELETE FROM login_failure');
}

sub test_body
{
	my @required = ('Field required', 'missing');
	my $string = ['Input should be a valid string', 'string_type'];
	my $long = 'String should have at most %d characters';
	my %bad = (
		'{"username":"a"}' => [[['body', 'password'], @required]],
		'{"password":"a"}' => [[['body', 'username'], @required]],
		'{"username":5,"password":true}' => [[['body', 'username'], @$string], [['body', 'password'], @$string]],
		'{"username":null,"password":"a"}' => [[['body', 'username'], @$string]],
		'{"username":"","password":""}' => [map {
			[['body', $_], 'String should have at least 1 character', 'string_too_short'] } qw(username password)],
		encode_json({ username => 'x' x 65, password => 'a' }) =>
			[[['body', 'username'], sprintf($long, 64), 'string_too_long']],
		encode_json({ username => 'a', password => 'x' x 1025 }) =>
			[[['body', 'password'], sprintf($long, 1024), 'string_too_long']],
		encode_json({ username => 'a', password => 'ü' x 513 }) =>
			[[['body', 'password'], sprintf($long, 1024), 'string_too_long']],
		'[]' => [[['body'], $DICTIONARY, 'model_attributes_type']],
		'"x"' => [[['body'], $DICTIONARY, 'model_attributes_type']],
		'null' => [[['body'], $DICTIONARY, 'model_attributes_type']],
		'{' => [[['body', 1], 'JSON decode error', 'json_invalid']],
		'{"username":x}' => [[['body', 12], 'JSON decode error', 'json_invalid']],
		'' => [[['body'], @required]],
	);
	my $before = counts($hearth);
	for my $body (sort keys %bad) {
		my $res = $hearth->post("/recorder$LOGIN", { 'Content-Type' => 'application/json' }, $body);
		detail_ok($res, 422, $bad{$body}, 'login with ' . (length $body > 50 ? length($body) . ' bytes' : "'$body'"));
		header_is($res, 'Set-Cookie', undef, '... sets no cookie');
	}
	my $wrong_media = [[['body'], $DICTIONARY, 'model_attributes_type']];
	my $res = $hearth->post($LOGIN, form => { username => 'tester', password => $password });
	detail_ok($res, 422, $wrong_media, 'login as a form');
	header_is($res, 'Set-Cookie', undef, '... sets no cookie');
	my $json = encode_json({ username => 'tester', password => $password });
	detail_ok($hearth->post($LOGIN, { 'Content-Type' => $_ }, $json), 422, $wrong_media, "login as $_")
		for 'text/plain', 'multipart/form-data; boundary=x';
	detail_ok($hearth->post($LOGIN, $json), 422, $wrong_media, 'login as nothing in particular');
	is $hearth->post($LOGIN, { 'Content-Type' => 'application/json; charset=utf-8' }, $json)->code, 200, 'with a charset';
	is counts($hearth) =~ s/session=\d+//r, $before =~ s/session=\d+//r, 'none of that counts as a failure';
}

# At the root the panel's login shares the path, once that family is there
sub test_root_body
{
	my $routes = decode_json($hearth->ctl_ok(qw(routes --json)));
SKIP: {
		skip 'the family panel is not there', 2 unless grep { $_->{family} eq 'panel' } @$routes;
		my $text = "Body must contain either 'token' or 'username' and 'password'";
		detail_ok($hearth->post($LOGIN, json => $_), 422, [[['body'], $text, 'value_error']], 'login with ' . encode_json($_))
			for {}, { token => 'a', username => 'b' };
	}
}

sub test_session
{
	my $session = $hearth->login;
	my $res = $session->get('/api/session');
	is $res->code, 200, 'the session';
	is $res->json('/csrf_token'), $session->csrf, '... keeps its CSRF token';
	is $res->json('/user/username'), 'tester', '... and its name';
	header_is($res, 'Cache-Control', 'no-store', '... is not to be kept');
	detail_ok($hearth->get('/api/session'), 401, 'Not authenticated', 'none');
	$res = $hearth->get('/api/session', { Cookie => 'hearth_session=' . 'x' x 43 });
	detail_ok($res, 401, 'Not authenticated', 'an unknown one');
	like $res->headers->set_cookie // '', qr/^hearth_session=; .*Max-Age=0/, '... is taken out of the browser';
	detail_ok($hearth->get('/api/session', { Cookie => "hearth_session=$_" }), 401, 'Not authenticated', "one like '$_'")
		for '', 'x', substr($session->cookie, 0, 42), $session->cookie . 'x', uc $session->cookie, '../../etc/passwd';
	is $hearth->request(HEAD => '/api/session', { Cookie => 'hearth_session=' . $session->cookie })->code, 200, 'HEAD';
}

sub test_credentials
{
	my $session = $hearth->login;
	my %cookie = (Cookie => 'hearth_session=' . $session->cookie);
	my $token = scoped_token($hearth, 'tester', 'admin:all');
	my $key = $hearth->api_key;
	my $bad = substr($token, 0, -1) . ($token =~ /A$/ ? 'B' : 'A');
	my $jwt = $hearth->jwt;
	detail_ok($hearth->get('/api/session', { %cookie, Authorization => "Bearer $bad" }), 401, 'Not authenticated',
		'a token with one wrong character, and a valid cookie');
	detail_ok($hearth->get('/api/session', { %cookie, Authorization => "Bearer $token" }), 401, 'Not authenticated',
		'a token is no session, not even a good one');
	detail_ok($hearth->get('/api/session', { %cookie, 'X-API-Key' => $key }), 401, 'Not authenticated', 'nor is a key');
	detail_ok($hearth->get('/api/session', { Authorization => "Bearer $jwt" }), 401, 'Not authenticated', 'nor a JWT');
	for my $path ('/api/auth/logout', '/api/auth/password', '/recorder/api/auth/logout') {
		my $text = 'CSRF token missing or invalid';
		detail_ok($hearth->post($path, {%cookie}, json => {}), 403, $text, "$path without a CSRF token");
		detail_ok($hearth->post($path, { %cookie, 'X-CSRF-Token' => $hearth->login->csrf }, json => {}), 403, $text,
			'... with that of another session');
		detail_ok($hearth->post($path, { 'X-CSRF-Token' => $session->csrf }, json => {}), 401, 'Not authenticated',
			'... with the right one, but no session');
	}
	ok is_alive($session), 'nothing has ended';
}

sub test_logout
{
	my ($here, $there) = map { $hearth->login } 1 .. 2;
	my $res = $here->post('/api/auth/logout');
	is $res->code . $res->body, '204', 'logout';
	like $res->headers->set_cookie, qr{^hearth_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0$}, '... takes the cookie';
	ok !is_alive($here), '... ends the session';
	ok is_alive($there), '... and not another';
	detail_ok($here->post('/api/auth/logout'), 401, 'Not authenticated', 'a second time');
}

sub test_renewal
{
	my $session = $hearth->login;
	my $hash = sha256_hex($session->cookie);
	my $age = sub ($days) {
		$hearth->db->do('UPDATE session SET created_at = ?, renewed_at = ?, expires_at = ? WHERE hash = ?', undef,
			int(time) - $days * 86400, int(time) - 2 * 86400, int(time) + 5 * 86400, $hash);
	};
	header_is($session->get('/api/session'), 'Set-Cookie', undef, 'on its first day a session is not renewed');
	$age->(10);
	my $res = $session->get('/api/house/network/status');
	my ($life) = ($res->headers->set_cookie // '') =~ /^hearth_session=\Q@{[$session->cookie]}\E;.*Max-Age=(\d+)$/;
	cmp_ok abs(($life // 0) - 30 * 86400), '<', 5, 'later it is, for 30 days';
	is $session->get('/api/session')->headers->set_cookie, undef, '... once a day';
	is $session->get('/api/session')->json('/csrf_token'), $session->csrf, '... with the same CSRF token';
	$age->(80);
	($life) = ($session->get('/api/session')->headers->set_cookie // '') =~ /Max-Age=(\d+)$/;
	cmp_ok abs(($life // 0) - 10 * 86400), '<', 5, 'but not beyond 90 days in all';
}

sub test_expiry
{
	my $session = $hearth->login;
	my $hash = sha256_hex($session->cookie);
	$hearth->db->do('UPDATE session SET expires_at = ? WHERE hash = ?', undef, int(time) - 1, $hash);
	detail_ok($session->get('/api/session'), 401, 'Not authenticated', 'a session that has ended');
	my @many = map { $hearth->login } 1 .. 22;
	is $hearth->db->selectrow_array("SELECT count(*) FROM session s JOIN account a ON a.id = s.account_id"
		. " WHERE username = 'tester'"), 20, 'an account has twenty sessions at most';
	ok is_alive($many[-1]), 'the newest is one of them';
}

sub change ($session, $current, $new, $confirm = $new)
{
	return $session->post('/api/auth/password', json => { current_password => $current, new_password => $new,
		confirm_password => $confirm });
}

sub test_password_refused
{
	my ($here, $there) = map { $hearth->user('changer', 'member'); $hearth->login('changer') } 1 .. 2;
	my $word = $hearth->user('changer');
	my $refused = 'Password could not be changed';
	detail_ok(change($here, $word, 'x' x 11), 400, $refused, '11 characters');
	detail_ok(change($here, $word, 'ü' x 11), 400, $refused, '11 characters of two bytes');
	detail_ok(change($here, $word, $word), 400, $refused, 'the same as now');
	detail_ok(change($here, $word, 'a new password', 'another password'), 400, $refused, 'two that differ');
	detail_ok(change($here, 'wrong', 'a new password'), 400, $refused, 'a wrong one now');
	detail_ok(change($here, '', 'a new password'), 400, $refused, 'none now');
	is $hearth->db->selectrow_array("SELECT count(*) FROM login_failure WHERE username = 'changer'"), 2,
		'... a wrong one counts as a failed login';
	my @required = ('Field required', 'missing');
	detail_ok($here->post('/api/auth/password', json => {}), 422,
		[map { [['body', $_], @required] } qw(current_password new_password confirm_password)], 'nothing');
	detail_ok($here->post('/api/auth/password', json => { current_password => 5, new_password => 'x' x 12,
		confirm_password => 'x' x 12 }), 422, [[['body', 'current_password'], 'Input should be a valid string',
		'string_type']], 'a number');
	is change($here, $word, 'x' x 1025)->code, 422, '1025 bytes';
	ok is_alive($_), 'the sessions are alive' for $here, $there;
	is login('changer', $word)->code, 200, 'the password is the old one';
}

sub test_password
{
	my $word = $hearth->user('changer');
	my ($here, $there) = map { $hearth->login('changer') } 1 .. 2;
	my $other = $hearth->login('tester');
	my $csrf = $here->csrf;
	my $res = change($here, $word, 'пароль длинный');
	is $res->code . $res->body, '204', 'a change to 14 characters of Cyrillic';
	ok is_alive($here), 'this session stays';
	is $here->get('/api/session')->json('/csrf_token'), $csrf, '... with its CSRF token';
	ok !is_alive($there), 'the others of the account end';
	ok is_alive($other), '... not those of others';
	detail_ok(login('changer', $word), 401, $BAD, 'the old password');
	is login('changer', 'пароль длинный')->code, 200, 'the new one';
	is $hearth->db->selectrow_array("SELECT count(*) FROM audit WHERE action = 'password.change' AND subject = 'changer'"),
		1, 'it is written down';
}

sub test_password_ends
{
	my $word = $hearth->user('keeper', 'member');
	my $session = $hearth->login('keeper');
	my %key = ('X-API-Key' => $hearth->api_key('keeper'));
	my %token = ('X-API-Key' => scoped_token($hearth, 'keeper', 'read:network'));
	my %jwt = (Authorization => 'Bearer ' . $hearth->jwt('keeper'));
	my $path = '/api/v1/history/bandwidth';
	is $hearth->get($path, $_)->code, 200, 'before the change' for \%key, \%token, \%jwt;
	is change($session, $word, 'another password')->code, 204, 'the change';
	is $hearth->get($path, $_)->code, 200, 'keys and tokens stay' for \%key, \%token;
	problem_ok($hearth->get($path, \%jwt), 401, undef, $path, 'JWTs end');
}

sub test_secure
{
	$hearth->ctl_ok(qw(config set APP_PUBLIC_URL https://hearth.example));
	like login('tester', $password)->headers->set_cookie, qr/; Secure$/, 'behind https the cookie is for https';
	$hearth->ctl_ok(qw(config set APP_PUBLIC_URL http://hearth.example));
	unlike login('tester', $password)->headers->set_cookie, qr/Secure/, 'else it is not';
}

sub test_throttle
{
	my $word = $hearth->user('target', 'member');
	my $closed = 'Too many failed logins. Try again later.';
	my $session = $hearth->login('target');
	detail_ok(login('target', "wrong $_"), 401, $BAD, "failure $_") for 1 .. 10;
	for my $try ('wrong', $word) {
		my $res = login('target', $try);
		detail_ok($res, 429, $closed, $try eq $word ? 'the 12th, with the right password' : 'the 11th');
		my $wait = $res->headers->header('Retry-After') // 0;
		ok $wait > 880 && $wait <= 900, '... to try again in 15 minutes' or diag $wait;
		header_is($res, 'Set-Cookie', undef, '... no cookie');
	}
	is login(' TARGET ', $word)->code, 429, 'another spelling of the name';
	problem_ok($hearth->post('/auth/login', form => { username => 'target', password => $word }), 429, $closed, '/auth/login',
		'the login by form');
	is login('tester', $password)->code, 200, 'others may log in';
	ok is_alive($session), 'and the session of the account goes on';
	is change($session, $word, 'a new password')->code, 429, 'but it may not try passwords either';
	$hearth->db->do('UPDATE login_failure SET at = at - 600');
	my $wait = login('target', $word)->headers->header('Retry-After');
	ok $wait > 280 && $wait <= 300, 'after ten minutes it is five' or diag $wait;
	$hearth->db->do('UPDATE login_failure SET at = at - 300');
	is login('target', $word)->code, 200, 'after 15 the door is open';
	is join(' ', map { login('ghost', 'x')->code } 1 .. 11), join(' ', (401) x 10, 429), 'unknown names are treated alike';
	my $events = $hearth->login('tester')->get('/api/house/events?kind=auth.login_throttled')->json('/items');
	is scalar @$events, 1, 'what happened is an event, once';
	is_deeply [@{$events->[0]}{qw(subject data)}], ['127.0.0.1', { username => 'target' }], '... which tells from where';
}

sub test_throttle_address
{
	$hearth->db->do('DELETE FROM login_failure');
	$hearth->db->do("INSERT INTO login_failure (username, address, network, at) VALUES (?, '127.0.0.1', '127.0.0.1', ?)", undef, "someone$_",
		int time) for 1 .. 50;
	detail_ok(login('tester', $password), 429, 'Too many failed logins. Try again later.', '50 failures of an address');
	$hearth->db->do("UPDATE login_failure SET address = '192.0.2.1', network = '192.0.2.1'");
	is login('tester', $password)->code, 200, '... are not those of another';
	is login('tester', $password, '', { 'X-Forwarded-For' => '192.0.2.1' })->code, 200, '... a header does not move one';
	$hearth->ctl_ok(qw(config set AUTH_TRUSTED_PROXIES 127.0.0.1/32));
	is login('tester', $password, '', { 'X-Forwarded-For' => '192.0.2.1' })->code, 429, '... unless a known proxy says so';
	is login('tester', $password, '', { 'X-Forwarded-For' => ['203.0.113.1', '192.0.2.1'] })->code, 429,
		'... which may say it in a line below the client\'s';
	$hearth->ctl_ok(qw(config set AUTH_TRUSTED_PROXIES), '');
	$hearth->db->do('DELETE FROM login_failure');
}

sub test_methods
{
	my $res = $hearth->get($LOGIN);
	detail_ok($res, 405, 'Method Not Allowed', 'GET at the login');
	header_is($res, 'Allow', 'POST, OPTIONS', '... what it allows');
	is $hearth->request(OPTIONS => '/api/session')->code, 204, 'OPTIONS';
	$res = $hearth->get('/api/session/?x=1');
	is $res->code . ' ' . ($res->headers->location // ''), '307 /api/session?x=1', 'a slash behind';
}

sub test_secrets
{
	my $logs = $hearth->logs;
	unlike $logs, qr/password of|my own password|another password/, 'no password is in a log';
	unlike $logs, qr/hearth_session/, 'no cookie';
	my $dump = join ' ', map { join ' ', grep { defined } @$_ }
		map { @{$hearth->db->selectall_arrayref("SELECT * FROM $_")} } qw(account session audit login_failure);
	unlike $dump, qr/password of|my own password|another password/, 'nor is one in the database';
}
