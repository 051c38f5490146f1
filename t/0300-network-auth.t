#!/usr/bin/perl
# Who may ask the network family: login by form, JWTs, API keys, scoped tokens, sessions; roles and precedence
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Digest::SHA qw(hmac_sha256 sha256_hex);
use Hearth::Check qw(problem_ok invalid_ok header_is scoped_token enable_router fill_network counts);
use Hearth::Instance;
use MIME::Base64 'encode_base64url';
use Mojo::File 'path';
use Mojo::JSON qw(decode_json encode_json);
use Mojo::Util 'encode';
use Test::More;
use Time::HiRes 'time';

binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $KEYS = '/auth/api-keys';
my $NO_JWT = 'Missing or invalid JWT token';
my $hearth = Hearth::Instance->new(config => { AUTH_NETWORK_RATE_PER_MINUTE => 6000, AUTH_LOGIN_MAX_FAILURES => 100 });
my $jwt = $hearth->jwt;

enable_router($hearth);
fill_network($hearth);
test_login();
test_login_refused();
test_login_form();
test_login_timing();
test_jwt();
test_jwt_ends();
test_keys();
test_key_names();
test_key_limit();
test_foreign_keys();
test_key_of_ended_account();
test_tokens();
test_precedence();
test_roles();
test_session();
test_forced_change();
test_secrets();
done_testing;

sub bearer ($token)
{
	return { Authorization => "Bearer $token" };
}

sub key ($token)
{
	return { 'X-API-Key' => $token };
}

sub devices (@headers)
{
	return $hearth->get('/api/v1/devices', @headers);
}

sub devices_ok ($headers, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $res = devices($headers);
	is $res->code, 200, $name or diag $res->body;
}

sub refused_ok ($headers, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	problem_ok(devices($headers), 401, undef, '/api/v1/devices', $name);
}

sub login (@form)
{
	return $hearth->post('/auth/login', form => {@form});
}

# A token signed with the installation's own key: only the claims can be wrong
sub sign ($claims, $header = { alg => 'HS256', typ => 'JWT' })
{
	my $key = hmac_sha256('jwt', pack 'H*', path($hearth->dir, 'secret.key')->slurp =~ s/\s//gr);
	my $head = $header->{alg} eq 'HS256' ? '{"alg":"HS256","typ":"JWT"}' : encode_json($header);
	my $text = join '.', map { encode_base64url($_) } $head, ref $claims ? encode_json($claims) : $claims;
	return "$text." . encode_base64url(hmac_sha256($text, $key));
}

sub claims ($token)
{
	return decode_json(MIME::Base64::decode_base64url((split /\./, $token)[1]));
}

sub test_login
{
	my $before = time;
	my $res = login(username => 'tester', password => $hearth->user);
	is $res->code, 200, 'login';
	like $res->body, qr/^\{"access_token":"[\w.-]+","token_type":"bearer","expires_in":1800\}$/, '... its body';
	header_is($res, 'Content-Type', 'application/json', '... is JSON');
	header_is($res, 'Cache-Control', 'no-store', '... and not to be kept');
	is $res->headers->set_cookie, undef, '... without a cookie';
	my $claims = claims($res->json('/access_token'));
	is_deeply [@$claims{qw(aud type)}], ['network', 'access'], 'audience and type';
	is $claims->{sub}, $hearth->db->selectrow_array("SELECT id FROM account WHERE username = 'tester'"), 'subject';
	ok abs($claims->{iat} - $before) < 5, 'issued now';
	is $claims->{exp} - $claims->{iat}, 1800, 'ends in 30 minutes';
	devices_ok(bearer($res->json('/access_token')), 'the token opens');

	is login(username => ' TESTER ', password => $hearth->user)->code, 200, 'blanks and case of the name do not count';
	is login(username => 'tester', password => $hearth->user, grant_type => '')->code, 200, 'empty grant_type';
	is login(username => 'tester', password => $hearth->user, grant_type => 'password', scope => 'x',
		client_id => 'y', client_secret => 'z')->code, 200, 'the fields of OAuth2';
	$res = $hearth->post('/network/auth/login', form => { username => 'tester', password => $hearth->user });
	is $res->code, 200, 'login under the mount';
	devices_ok(bearer($res->json('/access_token')), '... opens the root too');

	$hearth->ctl_ok(qw(config set AUTH_NETWORK_JWT_MINUTES 5));
	$res = login(username => 'tester', password => $hearth->user);
	is $res->json('/expires_in'), 300, 'the configured life';
	$hearth->ctl_ok(qw(config set AUTH_NETWORK_JWT_MINUTES 30));

	$hearth->ctl_ok({ stdin => encode("UTF-8", "p+ss w%20rd &=é\n") }, qw(user add odd --role member --password-stdin));
	is login(username => 'odd', password => 'p+ss w%20rd &=é')->code, 200, 'odd characters, encoded';
	$res = $hearth->post('/auth/login', { 'Content-Type' => 'application/x-www-form-urlencoded; charset=utf-8' },
		'username=odd&password=p%2Bss+w%2520rd+%26%3D%C3%A9');
	is $res->code, 200, 'plus is a blank, %XX is decoded';
}

sub test_login_refused
{
	my $text = 'Incorrect username or password';
	problem_ok(login(username => 'tester', password => 'wrong'), 401, $text, '/auth/login', 'wrong password');
	problem_ok(login(username => 'nobody', password => 'wrong'), 401, $text, '/auth/login', 'unknown user');
	problem_ok(login(username => 'x' x 65, password => 'wrong'), 401, $text, '/auth/login', 'name of 65 characters');
	problem_ok(login(username => "tester'--", password => 'wrong'), 401, $text, '/auth/login', 'name with a quote');
	problem_ok(login(username => 'tester', password => 'x' x 1025), 401, $text, '/auth/login', 'password of 1025 bytes');
	problem_ok(login(username => 'tester', password => $hearth->user . ' '), 401, $text, '/auth/login',
		'blanks of the password count');

	my $password = $hearth->user('sleeper', 'member');
	$hearth->db->do("UPDATE account SET active = 0 WHERE username = 'sleeper'");
	problem_ok(login(username => 'sleeper', password => $password), 401, $text, '/auth/login', 'inactive account');
	problem_ok($hearth->post('/network/auth/login', form => { username => 'tester', password => 'no' }), 401, $text,
		'/network/auth/login', 'under the mount');
}

sub test_login_form
{
	my $form = { 'Content-Type' => 'application/x-www-form-urlencoded' };
	my $before = counts($hearth);
	my %bad = (
		'grant_type=client_credentials&username=a&password=b' => ['grant_type must be password', 'grant_type'],
		'username=tester' => ['password is required', 'password'],
		'username=&password=x' => ['username is required', 'username'],
		'username&password=x' => ['username is required', 'username'],
		'password=x' => ['username is required', 'username'],
		'' => ['username is required', 'username password'],
		'a=b&c' => ['username is required', 'username password'],
	);
	for my $body (sort keys %bad) {
		invalid_ok($hearth->post('/auth/login', $form, $body), $bad{$body}[0], '/auth/login', $bad{$body}[1], "form '$body'");
	}
	my %other = (
		'application/json' => encode_json({ username => 'tester', password => $hearth->user }),
		'multipart/form-data; boundary=x' =>
			"--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\ntester\r\n--x--\r\n",
		'text/plain' => 'username=tester&password=x',
		'application/x-www-form-urlencoded-not' => 'username=tester&password=x',
	);
	for my $type (sort keys %other) {
		my $res = $hearth->post('/auth/login', { 'Content-Type' => $type }, $other{$type});
		invalid_ok($res, 'form fields expected', '/auth/login', 'body', "login as $type");
	}
	invalid_ok($hearth->post('/auth/login'), 'form fields expected', '/auth/login', 'body', 'login without anything');
	is login(username => 'wrong', password => $hearth->user)->code, 401, 'a name as form';
	is $hearth->post('/auth/login', $form, 'username=no&username=tester&password=' . ($hearth->user =~ tr/ /+/r))->code,
		200, 'of a repeated field the last counts';
	is counts($hearth) =~ s/login_failure=\d+//r, $before =~ s/login_failure=\d+//r, 'nothing was stored by all that';
}

# Medians of alternating tries; the machine is shared, so only a gross difference counts
sub test_login_timing
{
	my %times;
	for (1 .. 5) {
		for my $name ('tester', 'not-there') {
			my $begin = time;
			login(username => $name, password => 'wrong');
			push @{$times{$name}}, time - $begin;
		}
	}
	my ($known, $unknown) = map { (sort { $a <=> $b } @{$times{$_}})[2] } 'tester', 'not-there';
	ok $unknown > $known / 3 && $unknown < $known * 3, 'an unknown name takes the time of a known one'
		or diag "known $known s, unknown $unknown s";
	ok $known > 0.01, 'which is that of a slow hash';
	$hearth->db->do('DELETE FROM login_failure');
}

sub test_jwt
{
	my $good = claims($jwt);
	my $now = time;
	my ($head, $body, $signature) = split /\./, $jwt;
	devices_ok(bearer(sign($good)), 'a token signed by the test as Hearth does');
	devices_ok(bearer(sign({ %$good, exp => int($now - 30) })), 'half a minute late: within the leeway');
	devices_ok({ Authorization => "bearer $jwt" }, 'the scheme in small letters');

	my %bad = (
		'expired' => sign({ %$good, exp => int($now - 90) }),
		'of the panel' => sign({ %$good, aud => 'panel' }),
		'of no audience' => sign({ map { ($_ => $good->{$_}) } grep { $_ ne 'aud' } keys %$good }),
		'of another type' => sign({ %$good, type => 'refresh' }),
		'issued tomorrow' => sign({ %$good, iat => int($now + 86400), exp => int($now + 90000) }),
		'of another version' => sign({ %$good, ver => '99' }),
		'without a version' => sign({ map { ($_ => $good->{$_}) } grep { $_ ne 'ver' } keys %$good }),
		'of nobody' => sign({ %$good, sub => '999999' }),
		'of no number' => sign({ %$good, sub => 'tester' }),
		'with an array of audiences' => sign({ %$good, aud => ['network'] }),
		'that holds no object' => sign('[]'),
		'that holds no JSON' => sign('{'),
		'with alg none' => join('.', encode_base64url('{"alg":"none","typ":"JWT"}'), $body, ''),
		'with alg none and the signature' => join('.', encode_base64url('{"alg":"none"}'), $body, $signature),
		'with HS512 in the head' => sign($good, { alg => 'HS512', typ => 'JWT' }),
		'of another key' => "$head.$body." . encode_base64url(hmac_sha256("$head.$body", 'secret')),
		'signed with nothing' => "$head.$body." . encode_base64url(hmac_sha256("$head.$body", '')),
		'with another subject' => "$head." . encode_base64url(encode_json({ %$good, sub => '1' })) . ".$signature",
		'without signature' => "$head.$body.",
		'of two parts' => "$head.$body",
		'of four parts' => "$jwt.$signature",
		'with a blank behind' => "$jwt x",
		'that is empty' => '',
		'that is one letter' => 'x',
		'of 15000 letters' => 'x' x 15000,
		'with one letter changed' => $jwt =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/er,
	);
	refused_ok(bearer($bad{$_}), "a token $_") for sort keys %bad;
	refused_ok({ Authorization => "Basic $jwt" }, 'another scheme');
	refused_ok({ Authorization => $jwt }, 'no scheme');
	refused_ok(key($jwt), 'a JWT as X-API-Key');
	refused_ok({}, 'nothing at all');
	problem_ok($hearth->get("/api/v1/devices?access_token=$jwt"), 401, undef, '/api/v1/devices', 'a JWT in the query');
}

sub test_jwt_ends
{
	my $password = $hearth->user('changer', 'member');
	my $token = $hearth->jwt('changer');
	devices_ok(bearer($token), 'a token before the change of the password');
	my $res = $hearth->login('changer')->post('/api/auth/password', json => { current_password => $password,
		new_password => 'a new password', confirm_password => 'a new password' });
	is $res->code, 204, 'the password is changed';
	refused_ok(bearer($token), 'the token after it');
	devices_ok(bearer(login(username => 'changer', password => 'a new password')->json('/access_token')), 'a new one');

	$token = $hearth->jwt('tester');
	$hearth->db->do("UPDATE account SET active = 0 WHERE username = 'tester'");
	refused_ok(bearer($token), 'the token of an account that was switched off');
	$hearth->db->do("UPDATE account SET active = 1 WHERE username = 'tester'");
	devices_ok(bearer($token), '... and on again');
}

sub test_keys
{
	my $before = int time;
	my $res = $hearth->post($KEYS, bearer($jwt), json => { name => '  nextjs  ', more => 1 });
	is $res->code, 201, 'a key';
	my $made = $res->json;
	like $res->body, qr/^\{"id":\d+,"name":"nextjs","api_key":"ha_[a-z0-9]{32}","created_at":"[-\dT:]+Z"\}$/, '... whole';
	header_is($res, 'Location', "/auth/api-keys/$made->{id}", '... its place');
	header_is($res, 'Cache-Control', 'no-store', '... is not to be kept');
	devices_ok(key($made->{api_key}), '... opens');
	refused_ok(bearer($made->{api_key}), '... not as Bearer');
	refused_ok(key(substr $made->{api_key}, 0, -1), '... not one character short');
	refused_ok(key("$made->{api_key}a"), '... not one character long');
	refused_ok(key(uc $made->{api_key}), '... not in capitals');
	refused_ok(key('ha_' . 'a' x 32), 'an invented key');

	my $row = $hearth->db->selectrow_hashref('SELECT * FROM api_key WHERE id = ?', undef, $made->{id});
	is $row->{hash}, sha256_hex($made->{api_key}), 'the hash is stored';
	is $row->{prefix}, substr($made->{api_key}, 0, 8), '... and the prefix';

	my $mounted = $hearth->post("/network$KEYS", bearer($jwt), json => { name => 'nextjs' });
	is $mounted->code, 201, 'a second one of that name';
	header_is($mounted, 'Location', '/network/auth/api-keys/' . $mounted->json('/id'), '... its place under the mount');

	my $list = $hearth->get($KEYS, bearer($jwt));
	is $list->code, 200, 'the list';
	is $list->json('/count'), scalar @{$list->json('/keys')}, '... is counted';
	my ($here) = grep { $_->{id} == $made->{id} } @{$list->json('/keys')};
	ok $here->{last_used_at}, '... tells that the key was used';
	is_deeply [sort keys %$here], [qw(created_at id is_active last_used_at name prefix)], '... and not the key';
	my ($other) = grep { $_->{id} == $mounted->json('/id') } @{$list->json('/keys')};
	is $other->{last_used_at}, undef, '... or that it was not';
	unlike $list->body, qr/\Q$made->{api_key}\E|$row->{hash}/, '... nor key or hash anywhere';
	my @ids = map { $_->{id} } @{$list->json('/keys')};
	is "@ids", join(' ', sort { $a <=> $b } @ids), '... in the order of the ids';

	$hearth->db->do('UPDATE api_key SET last_used_at = ? WHERE id = ?', undef, $before - 30, $made->{id});
	devices_ok(key($made->{api_key}), 'used again within a minute');
	my $used = 'SELECT last_used_at FROM api_key WHERE id = ?';
	is $hearth->db->selectrow_array($used, undef, $made->{id}), $before - 30, '... is not written';
	$hearth->db->do('UPDATE api_key SET last_used_at = ? WHERE id = ?', undef, $before - 70, $made->{id});
	devices_ok(key($made->{api_key}), 'used again after more');
	cmp_ok $hearth->db->selectrow_array($used, undef, $made->{id}), '>=', $before, '... is written';

	my $place = "$KEYS/$made->{id}";
	$res = $hearth->delete($place, bearer($jwt));
	is $res->code . $res->body, '204', 'revoked';
	refused_ok(key($made->{api_key}), '... at once');
	problem_ok($hearth->delete($place, bearer($jwt)), 404, "API key $made->{id} not found", $place, 'a second time');
	problem_ok($hearth->delete("$KEYS/123456", bearer($jwt)), 404, 'API key 123456 not found', "$KEYS/123456", 'unknown');
	for my $id (qw(abc 1.0 1e3 %20 -), '1%00', '0x10') {
		my $res = $hearth->delete("$KEYS/$id", bearer($jwt));
		$id =~ /%00/
			? is($res->code, 400, "revoke $id")
			: invalid_ok($res, 'key_id must be an integer', "$KEYS/$id", 'key_id', "revoke $id");
	}
	for my $id (qw(0 -1 9223372036854775807 9223372036854775808 -9223372036854775809 99999999999999999999999)) {
		problem_ok($hearth->delete("$KEYS/$id", bearer($jwt)), 404, "API key $id not found", "$KEYS/$id", "revoke $id");
	}
	my ($n) = grep { $_->{id} == $made->{id} } @{$hearth->get($KEYS, bearer($jwt))->json('/keys')};
	is $n, undef, 'a revoked key is not listed';
	is join(' ', map { $_->[0] } @{$hearth->db->selectall_arrayref(
		"SELECT action FROM audit WHERE subject = ? ORDER BY id", undef, $made->{id})}),
		'api_key.create api_key.revoke', 'both were written down';

	my $token = scoped_token($hearth, 'tester', 'admin:all');
	for my $headers (key($mounted->json('/api_key')), bearer($token), key($token)) {
		problem_ok($hearth->post($KEYS, $headers, json => { name => 'x' }), 401, $NO_JWT, $KEYS, 'a key makes no keys');
		problem_ok($hearth->get($KEYS, $headers), 401, $NO_JWT, $KEYS, '... shows none');
		problem_ok($hearth->delete("$KEYS/1", $headers), 401, $NO_JWT, "$KEYS/1", '... ends none');
	}
	problem_ok($hearth->get($KEYS), 401, $NO_JWT, $KEYS, 'nor does nobody');
}

sub test_key_names
{
	my $json = { 'Content-Type' => 'application/json', %{bearer($jwt)} };
	my $count = sub { $hearth->db->selectrow_array('SELECT count(*) FROM api_key') };
	my $before = $count->();
	my %bad = (
		'{}' => ['name is required', 'name'],
		'{"name":null}' => ['name must be a string', 'name'],
		'{"name":5}' => ['name must be a string', 'name'],
		'{"name":true}' => ['name must be a string', 'name'],
		'{"name":["a"]}' => ['name must be a string', 'name'],
		'{"name":"   "}' => ['name must be 1 to 100 characters', 'name'],
		'{"name":""}' => ['name must be 1 to 100 characters', 'name'],
		'{"name":"' . 'x' x 101 . '"}' => ['name must be 1 to 100 characters', 'name'],
		'{"name":"' . encode('UTF-8', 'ü' x 101) . '"}' => ['name must be 1 to 100 characters', 'name'],
		'{"name":"a\u0007b"}' => ['name must not contain control characters', 'name'],
		'{"name":"a\u0000b"}' => ['name must be a string', 'name'],
		'[]' => ['body must be a JSON object', 'body'],
		'{' => ['body must be a JSON object', 'body'],
		'' => ['body must be a JSON object', 'body'],
		'null' => ['body must be a JSON object', 'body'],
		'"name"' => ['body must be a JSON object', 'body'],
		'{"name":"a"}{' => ['body must be a JSON object', 'body'],
		"{'name':'a'}" => ['body must be a JSON object', 'body'],
		'{"name":"a",}' => ['body must be a JSON object', 'body'],
		"{\"name\":\"\xff\"}" => ['body must be a JSON object', 'body'],
	);
	for my $body (sort keys %bad) {
		my $shown = length $body > 40 ? length($body) . ' bytes' : $body;
		invalid_ok($hearth->post($KEYS, $json, $body), $bad{$body}[0], $KEYS, $bad{$body}[1], "a key named by $shown");
	}
	invalid_ok($hearth->post($KEYS, bearer($jwt), form => { name => 'x' }), 'body must be a JSON object', $KEYS, 'body',
		'a key by form');
	is $count->(), $before, 'nothing was stored by all that';

	my %good = (
		'x' => 'x',
		'ключ 鍵 🔑' => 'ключ 鍵 🔑',
		'x' x 100 => 'x' x 100,
		'ü' x 100 => 'ü' x 100,
		' "quoted" \\ </script> ' => '"quoted" \\ </script>',
	);
	for my $name (sort keys %good) {
		my $res = $hearth->post($KEYS, bearer($jwt), json => { name => $name });
		is $res->json('/name'), $good{$name}, "a key named '" . substr($name, 0, 30) . "'" or diag $res->body;
	}
	my $res = $hearth->post($KEYS, $json, '{"name":"first","name":"last"}');
	is $res->json('/name'), 'last', 'of a repeated member the last counts';
	$res = $hearth->post($KEYS, { %$json, 'Content-Type' => 'application/vnd.x+json; charset=utf-8' }, '{"name":"v"}');
	is $res->code, 201, 'a media type that is JSON by its suffix';
}

sub test_key_limit
{
	$hearth->user('collector', 'member');
	my $token = $hearth->jwt('collector');
	my @codes = map { $hearth->post($KEYS, bearer($token), json => { name => "key $_" })->code } 1 .. 50;
	is join(' ', grep { $_ != 201 } @codes), '', '50 keys';
	problem_ok($hearth->post($KEYS, bearer($token), json => { name => 'one more' }), 409, 'Too many active API keys (50)',
		$KEYS, 'the 51st');
	my $list = $hearth->get($KEYS, bearer($token));
	is $list->json('/count'), 50, 'all are listed';
	is $hearth->delete("$KEYS/" . $list->json('/keys/0/id'), bearer($token))->code, 204, 'one is revoked';
	is $hearth->post($KEYS, bearer($token), json => { name => 'again' })->code, 201, '... and makes room';
	is $hearth->post($KEYS, bearer($jwt), json => { name => 'other' })->code, 201, 'others are not concerned';
}

sub test_foreign_keys
{
	$hearth->user('anna', 'member');
	$hearth->user('bert', 'member');
	my ($anna, $bert) = map { $hearth->jwt($_) } qw(anna bert);
	my $id = $hearth->post($KEYS, bearer($anna), json => { name => 'hers' })->json('/id');
	is $hearth->get($KEYS, bearer($bert))->json('/count'), 0, 'a foreign key is not shown';
	problem_ok($hearth->delete("$KEYS/$id", bearer($bert)), 404, "API key $id not found", "$KEYS/$id", '... nor revoked');
	is $hearth->get($KEYS, bearer($anna))->json('/count'), 1, '... it is still there';
	ok grep({ $_->{id} == $id } @{$hearth->get($KEYS, bearer($jwt))->json('/keys')}), 'an admin sees it';
	is $hearth->delete("$KEYS/$id", bearer($jwt))->code, 204, '... and may revoke it';
}

sub test_key_of_ended_account
{
	my $password = $hearth->user('leaver', 'member');
	my $key = $hearth->api_key('leaver');
	devices_ok(key($key), 'a key');
	$hearth->ctl_ok({ stdin => "another password\n" }, qw(user passwd leaver --password-stdin));
	devices_ok(key($key), '... outlives a change of the password');
	$hearth->db->do("UPDATE account SET active = 0 WHERE username = 'leaver'");
	refused_ok(key($key), '... but not the account');
}

sub test_tokens
{
	my $token = scoped_token($hearth, 'anna', 'read:network');
	like $token, qr/^tt_[A-Za-z0-9_-]{32}$/, 'a token';
	devices_ok(bearer($token), '... as Bearer');
	devices_ok(key($token), '... as X-API-Key');
	refused_ok(bearer(substr($token, 0, -1) . '!'), '... with one character changed');
	my $scope = 'Scope read:network required';
	my $other = scoped_token($hearth, 'anna', 'read:recorder');
	problem_ok(devices(bearer($other)), 403, $scope, '/api/v1/devices', 'a token for something else');
	devices_ok(bearer(scoped_token($hearth, 'tester', 'admin:all')), 'a token for everything');

	$hearth->db->do('UPDATE token SET expires_at = ? WHERE hash = ?', undef, int(time) - 1, sha256_hex($token));
	refused_ok(bearer($token), 'a token that has expired');
	my ($id) = $hearth->db->selectrow_array('SELECT id FROM token WHERE hash = ?', undef, sha256_hex($other));
	$hearth->ctl_ok(qw(token revoke --kind tt), $id);
	refused_ok(bearer($other), 'a token that was revoked');
}

sub test_precedence
{
	my $key = $hearth->api_key('anna');
	my $session = $hearth->login('anna');
	my %cookie = (Cookie => 'hearth_session=' . $session->cookie);
	devices_ok({ %{bearer($jwt)}, 'X-API-Key' => 'ha_bad', %cookie }, 'a good Authorization decides');
	refused_ok({ %{bearer('bad')}, 'X-API-Key' => $key, %cookie }, 'a bad one is not replaced by a key or a cookie');
	devices_ok({ 'X-API-Key' => $key, Cookie => 'hearth_session=bad' }, 'then a good X-API-Key');
	refused_ok({ 'X-API-Key' => 'ha_bad', %cookie }, 'a bad one is not replaced by a cookie');
	devices_ok({%cookie}, 'then the cookie');
	refused_ok({ Cookie => 'hearth_session=bad' }, 'a bad cookie');
	refused_ok({ Cookie => 'xhearth_session=' . $session->cookie }, 'a cookie of another name');
	devices_ok({ Cookie => 'a=b; hearth_session=' . $session->cookie . '; c=d' }, 'a cookie among others');
}

sub test_roles
{
	my $scope = 'Scope read:network required';
	for my $role (qw(guest expert)) {
		my $user = "the-$role";
		$hearth->user($user, $role);
		my ($session, $token) = ($hearth->login($user), $hearth->jwt($user));
		for my $path ('/api/v1/devices', '/network/api/v1/fritzbox/wan', '/api/v1/history/bandwidth') {
			problem_ok($session->get($path), 403, $scope, $path, "session of $role: $path");
			problem_ok($hearth->get($path, bearer($token)), 403, $scope, $path, "JWT of $role: $path");
		}
		my $scoped = $hearth->ctl_ok(qw(token create --kind tt --name t --user), $user, qw(--scopes read:network));
		problem_ok(devices(bearer($scoped)), 403, $scope, '/api/v1/devices', "token of $role");
		my $res = $session->post($KEYS, json => { name => 'mine' });
		is $res->code, 201, "$role may have a key" or diag $res->body;
		problem_ok(devices(key($res->json('/api_key'))), 403, $scope, '/api/v1/devices', '... that opens nothing');
	}
	for my $role (qw(admin member)) {
		my $user = "the-$role";
		$hearth->user($user, $role);
		is $hearth->login($user)->get('/api/v1/devices')->code, 200, "session of $role";
	}
}

sub test_session
{
	my $session = $hearth->login('anna');
	my $bert = $hearth->login('bert');
	my %cookie = (Cookie => 'hearth_session=' . $session->cookie);
	my $text = 'CSRF token missing or invalid';
	my $body = { name => 'by session' };
	my $before = $hearth->db->selectrow_array('SELECT count(*) FROM api_key');
	problem_ok($hearth->post($KEYS, {%cookie}, json => $body), 403, $text, $KEYS, 'without a CSRF token');
	problem_ok($hearth->post($KEYS, { %cookie, 'X-CSRF-Token' => $bert->csrf }, json => $body), 403, $text, $KEYS,
		'with that of another session');
	problem_ok($hearth->post($KEYS, { %cookie, 'X-CSRF-Token' => '' }, json => $body), 403, $text, $KEYS, 'with none');
	problem_ok($hearth->delete("$KEYS/1", {%cookie}), 403, $text, "$KEYS/1", 'DELETE without');
	is $hearth->db->selectrow_array('SELECT count(*) FROM api_key'), $before, '... stores nothing';
	my $res = $session->post($KEYS, json => $body);
	is $res->code, 201, 'with its own';
	is $session->get($KEYS)->code, 200, 'GET needs none';
	is $session->delete("$KEYS/" . $res->json('/id'))->code, 204, 'DELETE with it';
	is $hearth->post($KEYS, { %{bearer($jwt)}, %cookie }, json => $body)->code, 201, 'with a JWT no CSRF token is needed';
}

sub test_forced_change
{
	my $password = $hearth->password;
	ok $password, 'admin has a first password';
	problem_ok(login(username => 'admin', password => $password), 403, 'Password change required', '/auth/login',
		'login before it was changed');
	problem_ok(login(username => 'admin', password => 'wrong'), 401, 'Incorrect username or password', '/auth/login',
		'... with a wrong one');
	my $res = $hearth->post('/api/auth/login', json => { username => 'admin', password => $password });
	my $admin = Hearth::Instance::Session->new(instance => $hearth, csrf => $res->json('/csrf_token'),
		cookie => $res->cookie('hearth_session')->value);
	for my $path ('/api/v1/devices', '/auth/api-keys', '/network/api/v1/wan') {
		problem_ok($admin->get($path), 403, 'Password change required', $path, "a session of that kind: $path");
	}
	my $forced = $hearth->jwt('bert');
	$hearth->db->do("UPDATE account SET force_password_change = 1 WHERE username = 'bert'");
	is login(username => 'bert', password => $hearth->user('bert'))->code, 403, 'a login once it is forced';
	my ($id, $version) = $hearth->db->selectrow_array("SELECT id, token_version FROM account WHERE username = 'admin'");
	isnt devices(bearer(sign({ %{claims($jwt)}, sub => "$id", ver => "$version" })))->code, 500, 'a JWT for it';
}

# What must not stand in a file of the instance
sub test_secrets
{
	my $logs = $hearth->logs;
	unlike $logs, qr/ha_[a-z0-9]{32}/, 'no key is in a log';
	unlike $logs, qr/eyJ[\w-]+\.eyJ/, 'no JWT';
	unlike $logs, qr/password of/, 'no password';
	unlike $logs, qr/tt_[\w-]{32}/, 'no token';
}
