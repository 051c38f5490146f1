#!/usr/bin/perl
# The stand-in of a Fritz!Box itself: logins, the list of hosts, the line, and the ways it misbehaves
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Digest::MD5 'md5_hex';
use Encode 'decode';
use Hearth::Peer;
use HTTP::Tiny;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

my $DSL = 'urn:dslforum-org:service';
my $IGD = 'urn:schemas-upnp-org:service';
my $CURL = grep { -x "$_/curl" } split /:/, $ENV{PATH};
my $box = Hearth::Peer->start('fritzbox', user => 'anna', password => 'geheim', seed => 7, devices => 24);
my $http = HTTP::Tiny->new(timeout => 5, keep_alive => 0);

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
$box->control(lockout_unit_ms => 50);
test_login();
test_curl() if $CURL;
test_lockout();
test_hosts();
test_odd_paths();
test_line();
test_igd();
test_faults();
test_trouble();
test_refusal();
test_models();
test_end();
done_testing;

sub envelope
{
	my ($type, $action, %args) = @_;
	my $args = join '', map { "<$_>$args{$_}</$_>" } sort keys %args;
	return qq(<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>)
		. qq(<u:$action xmlns:u="$type">$args</u:$action></s:Body></s:Envelope>);
}

sub authorization
{
	my ($path, $nonce, $nc, $user, $password) = @_;
	my $ha1 = md5_hex "$user:HTTPS Access:$password";
	my $response = md5_hex join ':', $ha1, $nonce, $nc, 'c0ffee', 'auth', md5_hex "POST:$path";
	return qq(Digest username="$user", realm="HTTPS Access", nonce="$nonce", uri="$path", response="$response", )
		. qq(qop=auth, nc=$nc, cnonce="c0ffee", algorithm=MD5);
}

sub post
{
	my ($peer, $path, $type, $action, $args, %headers) = @_;
	return $http->post($peer->url($path), { content => envelope($type, $action, %$args),
		headers => { 'content-type' => 'text/xml; charset="utf-8"', soapaction => qq("$type#$action"), %headers } });
}

sub nonce { return ($_[0]{headers}{'www-authenticate'} // '') =~ /nonce="([0-9A-F]{16})"/ ? $1 : '' }

# A call with login: challenge, answer
sub call
{
	my ($path, $service, $action, %args) = @_;
	my $type = "$DSL:$service:1";
	my $first = post($box, $path, $type, $action, \%args);
	return $first if $first->{status} != 401;
	return post($box, $path, $type, $action, \%args,
		authorization => authorization($path, nonce($first), '00000001', 'anna', 'geheim'));
}

sub igd
{
	my ($path, $service, $action) = @_;
	return post($box, "/igdupnp/control/$path", "$IGD:$service:1", $action, {});
}

sub value
{
	my ($answer, $name) = @_;
	return $answer->{content} =~ m{<\Q$name\E>([^<]*)</} ? $1 : $answer->{content} =~ m{<\Q$name\E/>} ? '' : undef;
}

sub fault_of { return ($_[0]{status} == 500 ? '' : "$_[0]{status} ") . (value($_[0], 'errorCode') // 'none') }

sub test_login
{
	my @what = ('/upnp/control/deviceinfo', "$DSL:DeviceInfo:1");
	my $first = post($box, @what, 'GetInfo', {});
	is $first->{status}, 401, 'no credentials';
	like $first->{headers}{'www-authenticate'},
		qr/\ADigest realm="HTTPS Access",nonce="[0-9A-F]{16}",algorithm=MD5,qop="auth"\z/, 'challenge to the letter';
	like $first->{content}, qr/\A<HTML>.*ERR_NONE.*<BR>/s, 'a page, not SOAP';
	is lc $first->{headers}{connection}, 'close', 'and the connection ends';
	my $nonce = nonce($first);
	my @login = ($what[0], $nonce);
	my $try = sub { post($box, @what, 'GetInfo', {}, authorization => authorization(@login, @_)) };
	my $good = $try->('00000001', 'anna', 'geheim');
	is $good->{status}, 200, 'right answer to the challenge';
	like value($good, 'NewModelName'), qr/FRITZ!Box/, 'an answer to GetInfo';
	is $try->('00000002', 'anna', 'geheim')->{status}, 200, 'the nonce is good for more';
	is $try->('00000002', 'anna', 'geheim')->{status}, 401, 'but the same count is not';
	is $box->counters->{failed_logins}, 0, 'which is no failed login';
	$box->control(fresh_401 => 1);
	is $try->('00000003', 'anna', 'geheim')->{status}, 401, 'asked for a new nonce at any time';
	my $port = post($box, @what, 'GetSecurityPort', {});
	is value($port, 'NewSecurityPort'), $box->tls_port, 'the TLS port needs no login';
}

sub curl
{
	open my $pipe, '-|', 'curl', '-s', '--max-time', 5, @_ or die "curl: $!";
	local $/;
	return scalar <$pipe>;
}

sub test_curl
{
	my $type = "$DSL:Hosts:1";
	my @call = ('-H', "SOAPAction: $type#GetHostNumberOfEntries", '-d', envelope($type, 'GetHostNumberOfEntries'),
		$box->tls_url('/upnp/control/hosts'));
	my @login = ('--digest', '-u', 'anna:geheim', '-k');
	like curl(@login, '--pinnedpubkey', $box->pin, @call), qr/OfEntries>24</, 'digest over pinned TLS with curl';
	my $old = $box->pin;
	$box->control(new_cert => 1);
	isnt $box->pin, $old, 'a new key';
	is curl(@login, '--pinnedpubkey', $old, @call), '', 'the old pin no longer fits';
	like curl(@login, '--pinnedpubkey', $box->pin, @call), qr/OfEntries>24</, 'the new one does';
}

sub test_lockout
{
	$box->control(reset_counters => 1);
	my @what = ('/upnp/control/deviceinfo', "$DSL:DeviceInfo:1", 'GetInfo', {});
	my @took;
	for (1 .. 4) {
		my $nonce = nonce(post($box, @what));
		my $start = time;
		my $bad = post($box, @what, authorization => authorization($what[0], $nonce, '00000001', 'anna', 'falsch'));
		push @took, time - $start;
		like $bad->{content}, qr/401 Unauthorized \(ERR_ACCESS_DENIED\)/, "wrong password $_" if $_ == 1;
	}
	cmp_ok $took[1], '>=', 0.05, 'the second failure is answered late';
	cmp_ok $took[3], '>=', 0.2, 'the fourth much later';
	is $box->counters->{failed_by_address}{'127.0.0.1'}, 4, 'failures are counted by address';
	is $box->state->{lockout}{'127.0.0.1'}{count}, 4, 'and remembered';
	$box->control(lockout_unit_ms => 20_000, lockout_refuse => 5);
	my @nonces = map { nonce(post($box, @what)) } 1 .. 2;
	my $waiting = send_login($what[0], $nonces[0], 'falsch');
	ok $box->wait_until(sub { $_[0]{counters}{failed_logins} == 5 }, 2), 'one more, still waiting for its answer';
	is post($box, @what, authorization => authorization($what[0], $nonces[1], '00000001', 'anna', 'geheim'))->{status},
		503, 'from then on every login is refused';
	close $waiting;
	my $nonce = nonce(post($box, @what));
	$box->control(clear_lockout => 1, password => 'neu');
	is post($box, @what, authorization => authorization($what[0], $nonce, '00000001', 'anna', 'neu'))->{status}, 200,
		'a changed password';
	is_deeply $box->state->{lockout}, {}, 'a good login forgets the failures';
	$box->control(password => 'geheim', lockout_refuse => 10, lockout_unit_ms => 50);
}

# A login whose answer nobody reads yet
sub send_login
{
	my ($path, $nonce, $password) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $box->port) or die "connect: $!";
	my $login = authorization($path, $nonce, '00000001', 'anna', $password);
	syswrite $socket, "POST $path HTTP/1.1\r\nHost: fritz.box\r\nAuthorization: $login\r\nContent-Length: 0\r\n\r\n";
	return $socket;
}

sub list_path
{
	return value(call('/upnp/control/hosts', 'Hosts', 'X_AVM-DE_GetHostListPath'), 'NewX_AVM-DE_HostListPath');
}

sub test_hosts
{
	my $path = list_path();
	like $path, qr{\A/devicehostlist\.lua\?sid=[0-9a-f]{16}\z}, 'the path of the list';
	my $list = $http->get($box->url($path));
	my $text = decode 'UTF-8', $list->{content};
	is scalar(() = $text =~ /<Item>/g), 24, '24 hosts';
	like $text, qr/<HostName>Küche &amp; Büro</, 'a name to escape';
	like $text, qr/<HostName>Телефон-Анна</, 'a name in Cyrillic';
	is scalar(() = $text =~ /<HostName>iPhone</g), 2, 'a name twice';
	like $text, qr{<IPAddress></IPAddress>\s*<MACAddress></MACAddress>}, 'a host with neither address';
	like $http->get($box->url($path))->{content}, qr/<html>/, 'the session works once';
	my $late = list_path();
	$box->control(advance => 3600);
	like $http->get($box->url($late))->{content}, qr/<html>/, 'and not for long';
	my $entry = call('/upnp/control/hosts', 'Hosts', 'GetGenericHostEntry', NewIndex => 1);
	like value($entry, 'NewMACAddress'), qr/\A(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\z/, 'an entry by index';
	is fault_of(call('/upnp/control/hosts', 'Hosts', 'GetGenericHostEntry', NewIndex => 24)), 713, 'past the end';
	test_changes(value($entry, 'NewMACAddress'));
}

sub test_changes
{
	my ($mac) = @_;
	my $before = $box->state->{change_counter};
	my $state = $box->control(rename => { $mac => 'Ёлка' }, offline => $mac, ip => { $mac => '192.168.178.99' },
		add => { name => 'neu', mac => '02:00:00:00:00:01', ip => '192.168.178.200' }, remove => 'nas');
	my ($host) = grep { $_->{mac} eq $mac } @{$state->{devices}};
	is "@$host{qw(name active ip)}", 'Ёлка 0 192.168.178.99', 'renamed, gone, moved';
	is scalar(grep { $_->{name} =~ /\A(?:neu|nas)\z/ } @{$state->{devices}}), 1, 'one came, one left';
	cmp_ok $state->{change_counter}, '>', $before, 'the change counter rises';
	$box->control(bad_utf8 => $mac);
	my $bytes = $http->get($box->url(list_path()))->{content};
	ok !utf8::decode($bytes), 'a list that is not UTF-8';
	$box->control(control_chars => 1);
	like $http->get($box->url(list_path()))->{content}, qr/\x07.*\x1B/s, 'control characters';
	$box->control(bad_utf8 => 0);
	my $twin = Hearth::Peer->start('fritzbox', seed => 7, no_tls => undef);
	is $twin->state->{devices}[3]{mac}, $box->state->{devices}[3]{mac}, 'the same seed, the same home';
}

sub test_odd_paths
{
	my $path = sub { $box->control(host_list => $_[0]); list_path() };
	like $path->('absolute'), qr{\Ahttp://}, 'an absolute address';
	like $path->('double_slash'), qr{\A//}, 'another host in disguise';
	$http->get('http:' . $path->('double_slash'));
	is $box->counters->{trap}, 1, 'who follows it is noticed';
	like $http->get($box->url($path->('expired')))->{content}, qr/<html>/, 'a session that has ended';
	is $path->('forbidden'), undef, 'no path without the right';
	$box->control(host_list => 'refused');
	is fault_of(call('/upnp/control/hosts', 'Hosts', 'X_AVM-DE_GetHostListPath')), 401, 'a box without the list';
	$box->control(host_list => 'ok');
}

sub test_line
{
	my $wan = sub { call('/upnp/control/wancommonifconfig1', 'WANCommonInterfaceConfig', @_) };
	my $monitor = $wan->('X_AVM-DE_GetOnlineMonitor', NewSyncGroupIndex => 0);
	is scalar(split /,/, value($monitor, 'Newds_current_bps')), 20, 'twenty samples';
	is fault_of($wan->('X_AVM-DE_GetOnlineMonitor', NewSyncGroupIndex => 1)), 713, 'one group';
	is fault_of($wan->('X_AVM-DE_GetOnlineMonitor')), 402, 'an argument is missing';
	$box->control(online_monitor => 0);
	is fault_of($wan->('X_AVM-DE_GetOnlineMonitor', NewSyncGroupIndex => 0)), 401, 'a box without the monitor';
	is value(call('/upnp/control/layer3forwarding', 'Layer3Forwarding', 'GetDefaultConnectionService'),
		'NewDefaultConnectionService'), '1.WANPPPConnection.1', 'which connection is in use';
	my $info = call('/upnp/control/wanpppconn1', 'WANPPPConnection', 'GetInfo');
	is value($info, 'NewConnectionStatus'), 'Connected', 'this one';
	is value(call('/upnp/control/wanipconnection1', 'WANIPConnection', 'GetStatusInfo'), 'NewConnectionStatus'),
		'Unconfigured', 'and the other one not';
	$box->control(counters_near_wrap => 1000, rate => { sent => 10, received => 500 });
	$box->control(advance => 10);
	cmp_ok value($wan->('GetTotalBytesReceived'), 'NewTotalBytesReceived'), '<', 5000, '32 bits wrap';
	cmp_ok $box->state->{line}{received}, '>', 2 ** 32, 'the line itself counts on';
}

sub test_igd
{
	$box->control(fields64 => 1, counters => { sent => 5e9, received => 7e9 }, rate => { sent => 0, received => 0 });
	my $addon = igd('WANCommonIFC1', 'WANCommonInterfaceConfig', 'GetAddonInfos');
	is value($addon, 'NewX_AVM_DE_TotalBytesReceived64'), 7_000_000_000, '64 bits, no login';
	is value($addon, 'NewTotalBytesReceived'), 7_000_000_000 % 2 ** 32, '32 bits beside';
	$box->control(fields64 => 'empty');
	is value(igd('WANCommonIFC1', 'WANCommonInterfaceConfig', 'GetAddonInfos'), 'NewX_AVM_DE_TotalBytesSent64'), '',
		'64 bits, but empty';
	my $ip = sub { value(igd('WANIPConn1', 'WANIPConnection', 'GetExternalIPAddress'), 'NewExternalIPAddress') };
	my $old = $ip->();
	$box->control(reconnect => 1);
	isnt $ip->(), $old, 'a new address after a reconnect';
	cmp_ok value(igd('WANIPConn1', 'WANIPConnection', 'GetStatusInfo'), 'NewUptime'), '<', 5, 'uptime from zero';
	$box->control(dslite => 1);
	is $ip->(), '', 'no address with DS-Lite';
	my $state = $box->control(dslite => 0, link => 'Down');
	is value(igd('WANCommonIFC1', 'WANCommonInterfaceConfig', 'GetCommonLinkProperties'), 'NewPhysicalLinkStatus'),
		'Down', 'the line is down';
	is $ip->(), '0.0.0.0', 'and the address gone';
	$box->control(link => 'Up', igd => 0);
	is igd('WANIPConn1', 'WANIPConnection', 'GetStatusInfo')->{status}, 404, 'IGD is off';
	$box->control(igd => 1, rate => 0);
}

sub test_faults
{
	my $wrong = post($box, '/igdupnp/control/WANIPConn1', "$IGD:WANIPConnection:1", 'Nonsense', {});
	is fault_of($wrong), 401, 'no such action';
	like $wrong->{content}, qr/urn:schemas-upnp-org:control-1-0/, 'in the name space of IGD';
	like call('/upnp/control/hosts', 'Hosts', 'Nonsense')->{content}, qr/urn:dslforum-org:control-1-0/, 'of TR-064';
	is fault_of(post($box, '/igdupnp/control/WANIPConn1', "$IGD:WANIPConnection:1", 'GetStatusInfo', {},
		soapaction => '"urn:other#GetStatusInfo"')), 401, 'another action in the header';
	$box->control(no_right => 1);
	is fault_of(call('/upnp/control/deviceinfo', 'DeviceInfo', 'GetInfo')), 606, 'the user lacks the right';
	$box->control(no_right => 0, faults => { GetInfo => 820 }, padded_faults => 1, lower_faults => 1);
	like call('/upnp/control/deviceinfo', 'DeviceInfo', 'GetInfo')->{content}, qr/>\s+820\s+<.*internal error/s,
		'any fault, padded, in lower case';
	$box->control(faults => {}, padded_faults => 0, lower_faults => 0);
	ok !eval { $box->control(nonsense => 1) }, 'an unknown control is refused';
	like $@, qr/unknown: nonsense/, 'by name';
}

sub test_trouble
{
	my $get = sub { $http->get($box->url('/tr64desc.xml')) };
	my $with = sub {
		$box->control(misbehave => 0);
		$box->control(misbehave => { '/tr64desc.xml' => { @_ } });
		return $get->();
	};
	is $with->(kind => 'status', status => 502, times => 1)->{status}, 502, 'any status';
	is $get->()->{status}, 200, 'once';
	is $with->(kind => $_)->{status}, 599, "$_: no answer" for qw(close reset half raw);
	like $with->(kind => 'html')->{content}, qr/password/, 'a page to log in';
	like $with->(kind => 'doctype')->{content}, qr/<!ENTITY l9/, 'entities';
	cmp_ok length $with->(kind => 'huge')->{content}, '>', 2 * 1048576, 'more than anyone should read';
	like $with->(kind => 'deep', depth => 1000)->{content}, qr/(?:<a>){1000}/, 'deep';
	unlike $with->(kind => 'truncated')->{content}, qr{</root>}, 'stops in the middle';
	like $with->(kind => 'wrong_type')->{headers}{'content-type'}, qr/octet-stream/, 'another type';
	like $with->(kind => 'chunked')->{content}, qr{</root>}, 'in chunks';
	like $with->(kind => 'no_length')->{content}, qr{</root>}, 'until the end of the connection';
	is $with->(kind => 'garbage')->{status}, 200, 'no text at all';
	like $with->(kind => 'drip', seconds => 0.001, bytes => 500)->{content}, qr{</root>}, 'bit by bit';
	my $start = time;
	$with->(kind => 'slow', seconds => 0.2);
	cmp_ok time - $start, '>=', 0.2, 'slow';
	$http->timeout(0.2);
	is $with->(kind => 'hang')->{status}, 599, 'no answer at all';
	$http->timeout(5);
	my $bytes = 0;
	$box->control(misbehave => { '/tr64desc.xml' => 'endless' });
	eval {
		$http->get($box->url('/tr64desc.xml'), { data_callback => sub { ($bytes += length $_[0]) > 3e5 and die } });
	};
	cmp_ok $bytes, '>', 3e5, 'without end';
	$box->control(misbehave => 0);
	my $state = $box->wait_until(sub { !$_[0]{counters}{in_flight} }, 2);
	ok $state, 'and nothing is left over';
	is $state->{counters}{misbehaved}{slow}, 1, 'counted';
}

sub test_refusal
{
	$box->control(refuse => 1);
	is $http->get($box->url('/tr64desc.xml'))->{status}, 599, 'nobody listens';
	$box->control(refuse => 0);
	is $http->get($box->url('/tr64desc.xml'))->{status}, 200, 'on the same port again';
	$box->control(latency_ms => 100, reset_counters => 1);
	my @sockets = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $box->port) } 1 .. 3;
	syswrite $_, "GET /tr64desc.xml HTTP/1.0\r\n\r\n" for @sockets;
	local $/;
	is scalar(grep { <$_> =~ m{</root>} } @sockets), 3, 'three at a time';
	is $box->counters->{max_concurrent}, 3, 'are noticed';
	$box->control(latency_ms => 0);
}

sub test_models
{
	my $cable = Hearth::Peer->start('fritzbox', box => 'cable', no_tls => undef);
	is $cable->state->{settings}{unused}, 'unconfigured', 'a cable box';
	my $addon = post($cable, '/igdupnp/control/WANCommonIFC1', "$IGD:WANCommonInterfaceConfig:1", 'GetAddonInfos', {});
	is value($addon, 'NewX_AVM_DE_Layer1UpstreamMaxBitRate64'), '', 'empty where a number should be';
	my $repeater = Hearth::Peer->start('fritzbox', box => 'repeater', no_tls => undef);
	is $http->get($repeater->url('/igddesc.xml'))->{status}, 404, 'a repeater has no IGD';
	unlike $http->get($repeater->url('/tr64desc.xml'))->{content}, qr/WANCommon/, 'and no line';
}

sub test_end
{
	ok $box->is_running, 'runs';
	my $url = $box->url('/tr64desc.xml');
	$box->stop;
	is $http->get($url)->{status}, 599, 'ends when told';
}
