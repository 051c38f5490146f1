#!/usr/bin/perl
# The stand-in of a Proxmox VE cluster itself: logins, rights, the releases, actions and tasks, and how it misbehaves
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Peer;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use Test::More;
use Time::HiRes qw(sleep time);

eval { require IO::Socket::SSL } or plan skip_all => 'IO::Socket::SSL is needed';
my ($TOKEN, $SECRET) = ('hearth@pve!panel', '00000000-1111-2222-3333-444444444444');
my $JSON = JSON::PP->new->utf8;
my $pve = Hearth::Peer->start('proxmox', secret => $SECRET, auth_delay_ms => 50, cache_seconds => 0, seed => 7);
my %guest;
my $http = HTTP::Tiny->new(timeout => 5, verify_SSL => 1, SSL_options => { SSL_ca_file => $pve->ready->{ca_file} });

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
test_login();
test_ticket();
test_rights();
test_cluster();
test_releases();
test_rrd();
test_actions();
test_tasks();
test_errors();
test_changes();
test_trouble();
test_tls();
test_size();
done_testing;

# Status, reason, data and the rest of an answer
sub call
{
	my ($method, $path, %more) = @_;
	my %headers = (authorization => "PVEAPIToken=$TOKEN=$SECRET", %{$more{headers} // {}});
	delete $headers{authorization} if $more{is_stranger};
	my $answer = $http->request($method, $pve->tls_url("/api2/json$path"), { headers => \%headers,
		defined $more{form} ? (content => $more{form}) : () });
	my $json = $more{is_raw} ? undef : eval { $JSON->decode($answer->{content}) };
	return { %$answer, json => $json, data => $json && ref $json eq 'HASH' ? $json->{data} : undef };
}

sub get { return call('GET', @_) }

sub act
{
	my ($id, $action, %more) = @_;
	my $guest = guest($id);
	return call('POST', "/nodes/$guest->{node}/$guest->{type}/$id/status/$action", %more);
}

# Where a guest of the seed is, and what
sub guest
{
	my ($id) = @_;
	%guest = map { $_->{vmid} => $_ } @{$pve->state->{guests}} unless %guest;
	return $guest{$id};
}

sub row
{
	my ($id) = @_;
	my ($row) = grep { $_->{id} eq $id } @{get('/cluster/resources')->{data}};
	return $row;
}

sub raw_text { return $_[0]{content} }

sub said { return "$_[0]{status} $_[0]{reason}" }

sub test_login
{
	like get('/version')->{data}{version}, qr/\A9\./, 'a token over TLS that is verified';
	is get('/version', headers => { authorization => "PVEAPIToken $TOKEN=$SECRET" })->{status}, 200,
		'a blank after the word';
	is get('/version', headers => { authorization => 'PVEAPIToken=hearth%40pve!panel=' . $SECRET })->{status}, 200,
		'percent-encoded';
	my $start = time;
	my $none = get('/version', is_stranger => 1);
	is said($none), '401 No ticket', 'no credentials';
	cmp_ok time - $start, '>=', 0.05, 'is answered late';
	is $none->{content} . ($none->{headers}{'content-length'} // ''), '', 'with nothing, not even a length';
	is said(get('/version', headers => { authorization => "PVEAPIToken=$TOKEN=wrong" })), '401 Authentication failed!',
		'a wrong secret';
	$pve->control(wording => 'old');
	is said(get('/version', headers => { authorization => "PVEAPIToken=$TOKEN=wrong" })), '401 invalid token value!',
		'in the words of old';
	$pve->control(wording => 'new', tokens => { 'a@pve!b' => { secret => 'x', expire => 5 } });
	is get('/version', headers => { authorization => 'PVEAPIToken=a@pve!b=x' })->{status}, 401, 'a token that expired';
	is $pve->counters->{failed_logins}, 3, 'failures are counted';
}

sub test_ticket
{
	my $login = call('POST', '/access/ticket', is_stranger => 1, form => 'username=root@pam&password=hearth-test');
	my $ticket = $login->{data}{ticket};
	like $ticket, qr/\APVE:root\@pam:[0-9A-F]{8}::.{200}/, 'a ticket';
	my %cookie = (cookie => 'PVEAuthCookie=' . $ticket =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger);
	is get('/nodes', is_stranger => 1, headers => \%cookie)->{status}, 200, 'is good for reading';
	my @stop = ('POST', '/nodes/pve1/qemu/999/status/stop', is_stranger => 1);
	like said(call(@stop, headers => \%cookie)), qr/\A401 .*csrf/, 'but for changes it takes more';
	my %both = (%cookie, csrfpreventiontoken => $login->{data}{CSRFPreventionToken});
	is call(@stop, headers => \%both)->{status}, 500, 'namely this';
	my $again = 'username=root@pam&password=' . $ticket =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger;
	is call('POST', '/access/ticket', is_stranger => 1, form => $again)->{status}, 200, 'a ticket renews itself';
	$pve->control(advance => 7300);
	is get('/nodes', is_stranger => 1, headers => \%cookie)->{status}, 401, 'and dies after two hours';
	is said(call('POST', '/access/ticket', is_stranger => 1, form => 'username=root@pam&password=x')),
		'401 authentication failure', 'a wrong password';
}

sub test_rights
{
	$pve->control(rights => 'none');
	is_deeply get('/nodes/pve1/qemu')->{data}, [], 'no rights: an empty list';
	my @rows = @{get('/cluster/resources')->{data}};
	is join(' ', sort map { join ',', sort keys %$_ } @rows), join(' ', ('id,node,status,type') x 2), 'bare nodes';
	like said(get('/nodes/pve1/status')), qr/\A403 Permission check failed \(\/nodes\/pve1, Sys\.Audit\)/, 'no status';
	is_deeply get('/access/permissions')->{data}, {}, 'as the token can find out';
	$pve->control(rights => { '/vms/100' => ['VM.Audit'] });
	is join(' ', map { $_->{vmid} // () } @{get('/cluster/resources?type=vm')->{data}}), 100, 'one guest';
	like said(act(100, 'stop')), qr/\A403 .*VM\.PowerMgmt/, 'to be looked at';
	$pve->control(privsep => 0);
	cmp_ok @{get('/cluster/resources?type=vm')->{data}}, '>', 20, 'without separation the user counts';
	$pve->control(privsep => 1, rights => 'power');
}

sub test_cluster
{
	my @rows = @{get('/cluster/resources')->{data}};
	is scalar(grep { $_->{type} =~ /\A(?:qemu|lxc)\z/ } @rows), 25, '25 guests';
	is scalar(grep { $_->{type} eq 'node' } @rows), 2, 'two nodes';
	ok scalar(grep { $_->{type} !~ /\A(?:qemu|lxc|node)\z/ } @rows), 'and others';
	is row('qemu/102')->{status}, 'paused', 'one is paused';
	is row('qemu/110')->{name}, 'VM 110', 'one has no name';
	is row('qemu/108')->{name}, 'Küche-Büro', 'one is spelled with umlauts';
	is row('lxc/107')->{template}, 1, 'one is a template';
	cmp_ok row('qemu/106')->{mem}, '>', row('qemu/106')->{maxmem}, 'one has more memory than it was given';
	my $before = row('qemu/100');
	$pve->control(advance => 100);
	my $after = row('qemu/100');
	cmp_ok $after->{netin}, '>', $before->{netin}, 'counters count';
	cmp_ok $after->{uptime}, '>=', $before->{uptime} + 100, 'time goes by';
	$pve->control(offline => 'pve2');
	is_deeply [sort keys %{row('node/pve2')}], [qw(cgroup-mode host-arch id node status type)], 'a node is away';
	my ($lost) = grep { ($_->{node} // '') eq 'pve2' && $_->{vmid} } @{get('/cluster/resources')->{data}};
	is join(',', $lost->{status}, sort keys %$lost), 'unknown,id,node,status,type,vmid', 'and so are its guests';
	my $away = get('/nodes/pve2/qemu');
	is said($away) . $away->{content}, '595 No route to host', 'nothing comes from there';
	$pve->control(online => 'pve2');
	is get('/nodes/pve2/qemu')->{status}, 200, 'back again';
}

sub test_releases
{
	my $list = sub { $pve->control(pve => $_[0]); raw_text(get('/nodes/' . guest(101)->{node} . '/lxc')) };
	like $list->('6'), qr/"disk":"\d+"/, 'release 6: disk as a string';
	like $list->('7'), qr/"vmid":"101"/, 'release 7: vmid as a string';
	like $list->('7'), qr/"template":""/, 'an empty string for no';
	like $list->('8'), qr/"vmid":101\b/, 'release 8: a number';
	like $list->('9'), qr/"pressurecpusome":"\d/, 'release 9: pressure as a string';
	my $status = get('/nodes/pve1/status')->{data};
	like $status->{loadavg}[0], qr/\A\d+\.\d\d\z/, 'load';
	is $status->{memory}{used} + $status->{memory}{available}, $status->{memory}{total}, 'memory that is available';
	like raw_text(get('/nodes/pve1/status')), qr/"loadavg":\["/, 'load as strings';
	$pve->control(pve => '8.2');
	is_deeply get('/nodes/pve1/qemu/999/status/current')->{json}, { data => undef }, 'before 8.3: no message';
	$pve->control(pve => '9');
	like get('/nodes/pve1/qemu/999/status/current')->{json}{message}, qr/does not exist\n\z/, 'from then on there is one';
}

sub test_rrd
{
	my $rows = get('/nodes/pve1/rrddata?timeframe=hour&cf=AVERAGE')->{data};
	is scalar(@$rows), 60, 'an hour has 60 rows';
	is join(',', keys %{$rows->[-1]}), 'time', 'the newest holds nothing';
	is $rows->[1]{time} - $rows->[0]{time}, 60, 'a minute each, in order';
	like $rows->[5]{netin}, qr/\A\d+\.\d+/, 'bytes per second';
	my $day = sub { scalar(() = raw_text(get('/nodes/pve1/rrddata?timeframe=day', is_raw => 1)) =~ /"time":\d/g) };
	is $day->(), 1440, 'a day in release 9';
	$pve->control(pve => '8');
	is $day->(), 70, 'and before';
	my $wrong = get('/nodes/pve1/rrddata?timeframe=decade');
	is said($wrong), '400 Parameter verification failed.', 'no decades';
	like $wrong->{json}{errors}{timeframe}, qr/enumeration 'hour, day/, 'and why';
	$pve->control(pve => '9', rrd_gap => { pve1 => [1800, 600] });
	is scalar(grep { keys %$_ == 1 } @{get('/nodes/pve1/rrddata?timeframe=hour')->{data}}), 21, 'a hole of 20 minutes';
	my $where = guest(105)->{node};
	is_deeply [sort keys %{get("/nodes/$where/lxc/105/rrddata?timeframe=hour")->{data}[3]}],
		[qw(disk maxcpu maxdisk maxmem time)], 'a stopped guest has sizes only';
}

sub test_actions
{
	my %refused = (
		'100/start' => '200 OK', '105/stop' => '500 CT 105 not running', '105/reboot' => '500 VM 105 not running',
		'101/start' => '500 CT 101 already running', '104/reset' => '500 VM 104 not running',
		'102/shutdown' => '500 VM is paused - cannot shutdown', '104/stop' => '200 OK',
		'103/reset' => "501 Method 'POST /nodes/@{[guest(103)->{node}]}/lxc/103/status/reset' not implemented",
	);
	for my $what (sort keys %refused) {
		is said(act(split m{/}, $what)), $refused{$what}, $what;
	}
	is said(call('POST', '/nodes/pve1/qemu/999/status/start')),
		"500 Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist", 'no such guest';
	is said(act(100, 'restart')) =~ s/ '.*'//r, '501 Method not implemented', 'there is no restart';
	is act(100, 'stop', form => 'force=1')->{json}{errors}{force} =~ s/ and .*//sr, 'property is not defined in schema',
		'parameters nobody knows';
	$pve->control(fail_actions => { 'stop' => 'no quorum', 101 => { status => 503, reason => 'Busy' } });
	is said(act(100, 'stop')) . said(act(101, 'reboot')), '500 no quorum503 Busy', 'any refusal';
	$pve->control(fail_actions => undef);
	is $pve->counters->{actions}{'qemu/100/stop'}, 3, 'all of them are counted';
	is $pve->state->{received}[-1]{refused}, 'Busy', 'and remembered';
}

# The exit status of a task, once there is one
sub exit_of
{
	my ($upid) = @_;
	my $path = join '/', '/nodes', $upid =~ /\AUPID:([^:]+)/, 'tasks', $upid =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger,
		'status';
	for (1 .. 100) {
		my $task = get($path);
		return said($task) if $task->{status} != 200;
		return $task->{data}{exitstatus} if $task->{data}{status} eq 'stopped';
		sleep 0.02;
	}
}

sub test_tasks
{
	$pve->control(task_ms => 60, timeout_ms => 80);
	my $upid = act(100, 'stop')->{data};
	like $upid, qr/\AUPID:pve\d:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:qmstop:100:hearth\@pve!panel:\z/, 'a task';
	is row('qemu/100')->{status}, 'running', 'which takes its time';
	is exit_of($upid), 'OK', 'and ends';
	is row('qemu/100')->{status}, 'stopped', 'the guest is stopped';
	is exit_of(act(100, 'start')->{data}), 'OK', 'started';
	cmp_ok row('qemu/100')->{netin}, '<', 1e6, 'counting from nothing';
	is exit_of(act(100, 'start')->{data}), 'VM 100 already running', 'once is enough';
	is exit_of(act(112, 'shutdown')->{data}), 'VM quit/powerdown failed - got timeout', 'a machine that does not listen';
	$pve->control(task_exit => { reboot => 'WARNINGS: 2' }, unexpected_ms => 60);
	is exit_of(act(101, 'reboot')->{data}), 'unexpected status', 'not known at first';
	sleep 0.1;
	is $pve->state->{tasks}[-1]{exitstatus}, 'WARNINGS: 2', 'then it is';
	is get('/nodes/' . guest(100)->{node} . '/tasks')->{data}[0]{user}, 'hearth@pve!panel', 'a list of tasks';
	$upid = act(100, 'suspend')->{data};
	$pve->control(forget_tasks => 1, unexpected_ms => 0);
	is exit_of($upid), '400 Parameter verification failed.', 'a task that is lost';
}

sub test_errors
{
	is said(call('HEAD', '/version')), "501 method 'HEAD' not available", 'no HEAD';
	is lc get('/nope')->{headers}{connection}, 'close', 'errors end the connection';
	like said(get('/nodes/nope/status')), qr/\A500 hostname lookup 'nope' failed/, 'an unknown node';
	is said(get('/nodes/PVE1/status')), "596 no such cluster node 'PVE1'", 'in other letters';
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $pve->tls_port) or die "connect: $!";
	syswrite $socket, "GET /x HTTP/1.1\r\nHost: pve:8006\r\n\r\n";
	local $/;
	like scalar <$socket>, qr{\AHTTP/1\.1 301 .*Location: https://pve:8006/x\r\n}s, 'plain HTTP leads to HTTPS';
}

sub test_changes
{
	$pve->control(add_guest => { vmid => 500, type => 'lxc', name => 'neu', node => 'pve2' }, remove_guest => 120,
		guest => { 103 => { name => 'ёлка', status => 'stopped', tags => 'x' } }, fields => { 100 => { mem => '12',
		maxmem => undef, cpu => { raw => '1e400' } } });
	is row('lxc/500')->{name}, 'neu', 'one came';
	is row('qemu/120'), undef, 'one left';
	is join(' ', @{row('lxc/103')}{qw(name status tags)}), 'ёлка stopped x', 'one changed';
	like raw_text(get('/cluster/resources', is_raw => 1)), qr/"cpu":1e400/, 'any text as a number';
	ok !exists row('qemu/100')->{maxmem}, 'a field less';
	$pve->control(migrate => { 500 => 'pve1' }, restart => 101, fields => { 100 => undef });
	is row('lxc/500')->{node}, 'pve1', 'moved';
	cmp_ok row('lxc/101')->{uptime}, '<', 5, 'restarted';
	$pve->control(guest => { 101 => { counters => { netin => 5e9 }, rates => { netin => 0 } } });
	is row('lxc/101')->{netin}, 5_000_000_000, 'counters as wanted';
	ok !eval { $pve->control(nonsense => 1) }, 'an unknown control is refused';
}

sub test_trouble
{
	my $with = sub { $pve->control(misbehave => { '/version' => { @_ } }); get('/version') };
	is said($with->(kind => 'status', status => 502, reason => 'Bad luck', times => 1)), '502 Bad luck', 'any status';
	is get('/version')->{status}, 200, 'once';
	is $with->(kind => $_)->{status}, 599, "$_: no answer" for qw(close reset half raw);
	like $with->(kind => 'html')->{content}, qr/guarded by a proxy/, 'a page';
	like $with->(kind => 'body', body => '[1')->{content}, qr/\A\[1\z/, 'any text';
	is $with->(kind => 'truncated')->{json}, undef, 'cut off';
	like $with->(kind => 'deep', depth => 1000)->{content}, qr/\[{1000}\]{1000}\]\}\z/, 'deep';
	$with->(kind => 'huge', bytes => 1000);
	ok get('/version')->{data}, 'longer, and yet JSON';
	$pve->control(misbehave => { '/version' => 'huge' });
	cmp_ok length raw_text(get('/version', is_raw => 1)), '>', 2 * 1048576, 'more than anyone should read';
	$http->timeout(0.2);
	is $with->(kind => 'hang')->{status}, 599, 'no answer at all';
	$http->timeout(5);
	my $bytes = 0;
	$pve->control(misbehave => { '/version' => 'endless' });
	eval { $http->get($pve->tls_url('/api2/json/version'), { headers => { authorization => "PVEAPIToken=$TOKEN=$SECRET" },
		data_callback => sub { ($bytes += length $_[0]) > 3e5 and die } }) };
	cmp_ok $bytes, '>', 3e5, 'without end';
	$pve->control(misbehave => 0);
	$pve->control(refuse => 1);
	is get('/version')->{status}, 599, 'nobody listens';
	$pve->control(refuse => 0);
	is get('/version')->{status}, 200, 'on the same port again';
}

sub test_tls
{
	my $pin = $pve->pin;
	$pve->control(new_cert => 1);
	isnt $pve->pin, $pin, 'a new key';
	is get('/version')->{status}, 200, 'of the same authority';
	$pve->control(tls_trouble => 'garbage', drop => 1);
	is get('/version')->{status}, 599, 'no handshake';
	$pve->control(tls_trouble => undef);
	is get('/version')->{status}, 200, 'and again';
}

sub test_size
{
	$pve->control(populate => { nodes => 20, guests => 60 }, cache_seconds => 10);
	get('/cluster/resources');
	my $first = raw_text(get('/cluster/resources', is_raw => 1));
	$pve->control(latency_ms => 1);
	is scalar @{get('/cluster/resources?type=vm')->{data}}, 60, 'another cluster';
	my $kept = raw_text(get('/cluster/resources', is_raw => 1));
	is raw_text(get('/cluster/resources', is_raw => 1)), $kept, 'the same text for ten seconds';
	isnt $first, $kept, 'a change makes another';
	cmp_ok $pve->counters->{calls}{'GET /api2/json/cluster/resources'}, '>', 10, 'calls are counted by method';
	$pve->stop;
	is get('/version')->{status}, 599, 'ends when told';
}
