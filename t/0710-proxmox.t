#!/usr/bin/perl
# Proxmox servers polled from a stand-in: what is stored and told, which events follow, history taken over, actions and
# their tasks, and how it bears servers that are away, slow, locked or out of their mind
use Mojo::Base -strict, -signatures;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Check qw(detail_ok until_true scoped_token);
use Hearth::Instance;
use Hearth::Peer;
use Mojo::File 'path';
use Mojo::JSON qw(encode_json from_json true false);
use Test::More;
use Time::HiRes qw(sleep time);

binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $SECRET = '5f1d7c3a-9b24-4e68-8a07-c2d96be0f413';
my @SHIFTED = (['pve_server', 'fetched_at'], ['poll_state', qw(last_attempt last_success next_due)],
	['pve_task', qw(at ended_at)]);
my $pve = Hearth::Peer->start('proxmox', nodes => 2, guests => 8, secret => $SECRET, cache_seconds => 0, seed => 5);
my $hearth = Hearth::Instance->new(config => { AUTH_ACCESS_TOKEN => 'the-access-token-of-this-house',
	PROXMOX_TIMEOUT_SECONDS => 1, slot(1, 'nas', $pve, node => 'pve1') });
my $session = $hearth->login;
my $seen_event = 0;

test_first_round();
test_first_charts();
test_numbers();
test_import();
test_metrics();
test_writes();
test_guest_events();
test_releases();
test_rights();
test_empty_answers();
test_doctor();
test_cluster();
test_offline_node();
test_actions();
test_repeats();
test_refusals();
test_tasks();
test_state_at_once();
test_killed_worker();
test_silence();
test_clock_set_back();
test_wrong_token();
test_pin();
test_many_events();
test_others_go_on();
test_long_run();
test_live();
test_secrets();
done_testing;

# ---- helpers ----------------------------------------------------------------------------------

# Settings of a slot
sub slot ($n, $id, $peer, %more)
{
	return ("PROXMOX_${n}_ID" => $id, "PROXMOX_${n}_URL" => $peer->tls_url, "PROXMOX_${n}_TOKEN_ID" => 'hearth@pve!panel',
		"PROXMOX_${n}_TOKEN_SECRET" => $SECRET, "PROXMOX_${n}_TLS" => 'pin', "PROXMOX_${n}_TLS_PIN" => $peer->pin,
		$more{node} ? ("PROXMOX_${n}_NODE" => $more{node}) : ());
}

# How many workers of a pool have loaded libcurl
sub with_curl ($pool)
{
	return scalar grep { path("/proc/$_/maps")->slurp =~ /libcurl/ } $hearth->children_of($pool);
}

sub configure (%values) { $hearth->ctl_ok(qw(config set), %values) }

sub unset ($n)
{
	$hearth->ctl_ok('config', 'unset', map { "PROXMOX_${n}_$_" } qw(ID URL NODE TOKEN_ID TOKEN_SECRET TLS TLS_PIN));
}

# One round of the servers, due or not
sub collect ($name = undef)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($out, $err, $exit) = $hearth->collect('--only', 'proxmox');
	my $is_good = $exit == 0 && $out eq '';
	return if $is_good && !defined $name;
	ok $is_good, $name // 'a round' or diag "exit $exit: $out$err";
}

# A round of all that is due, with the chores
sub collect_all
{
	my ($out, $err, $exit) = $hearth->collect;
	ok $exit == 0 && $out eq '', 'a round of all' or diag "exit $exit: $out$err";
}

sub last_audit { return get('/api/house/audit?limit=1')->{items}[0] }

# As if everything had been so many seconds earlier
sub elapse ($seconds)
{
	my $db = $hearth->db('series');
	$db->begin_work;
	for my $table (@SHIFTED) {
		my ($name, @columns) = @$table;
		$db->do("UPDATE $name SET " . join ', ', map { "$_ = $_ - $seconds" } @columns);
	}
	$db->commit;
}

sub get ($path) { return $session->get($path)->json // {} }

sub server ($id = 'nas') { return get("/api/proxmox/servers/$id") }

sub guest ($vmid, $id = 'nas') { return get("/api/proxmox/servers/$id/vm/$vmid") }

sub act ($vmid, $action, $id = 'nas') { return $session->post("/api/proxmox/servers/$id/vm/$vmid/$action") }

sub source ($id = 'nas')
{
	my ($source) = grep { $_->{id} eq $id } @{get('/api/house/servers/status')->{sources}};
	return $source;
}

# Events since the last call, oldest first
sub events
{
	my $rows = $hearth->db('series')->selectall_arrayref(
		"SELECT id, kind, subject, data FROM event WHERE id > ? AND area IN ('server', 'guest', 'source') ORDER BY id",
		{ Slice => {} }, $seen_event);
	$seen_event = $rows->[-1]{id} if @$rows;
	return map { +{ %$_, data => from_json($_->{data}) } } @$rows;
}

sub told { return join ', ', map { "$_->{kind} $_->{subject}" } events() }

# Guests of the stand-in: number of the first that fits
sub find_guest ($fits)
{
	my ($guest) = grep { $fits->($_) } sort { $a->{vmid} <=> $b->{vmid} } @{$pve->state->{guests}};
	return $guest && $guest->{vmid};
}

sub is_running ($type, $node = 'pve1')
{
	return sub ($g) { $g->{type} eq $type && $g->{node} eq $node && $g->{state} eq 'running' && !$g->{template} };
}

sub near ($got, $wanted, $share = 0.02) { return defined $got && abs($got - $wanted) <= $share * $wanted }

# ---- a server that is well ----------------------------------------------------------------------

sub test_first_round
{
	is server()->{online}, false, 'before the first poll';
	is source()->{state}, 'never', '... it says so';
	my ($out, $err, $exit) = $hearth->collect('--verbose', '--only', 'proxmox');
	like $err, qr{^proxmox/nas: ok$}m, 'the first round';
	is server()->{online}, true, '... it is online';
	is source()->{state}, 'ok', '... and polling goes well';
	is told(), '', '... without events';
	my @paths = map { "$_->{method} $_->{path}" } @{$pve->log};
	is scalar(grep { m{/nodes/pve2/} } @paths), 0, 'the other node is not asked' or diag join "\n", @paths;
	is scalar(grep { m{cluster/resources} } @paths), 1, 'the cluster once';
}

# With the chores of the same round, which open what was stored
sub test_first_charts
{
	$hearth->db('series')->do('DELETE FROM poll_state');
	$hearth->db('series')->do("DELETE FROM $_") for qw(pve_server pve_guest);
	$hearth->collect;
	cmp_ok get('/api/metrics/server/nas?time_range=24h&limit=1000')->{total}, '>', 250, 'charts are full after the first round';
}

sub test_numbers
{
	my $now = server();
	my ($node) = grep { $_->{name} eq 'pve1' } @{$pve->state->{nodes}};
	is_deeply [@$now{qw(id node ip)}], ['nas', 'pve1', '127.0.0.1'], 'who it is';
	ok $now->{cpu} > 0 && $now->{cpu} <= 100, 'load';
	ok near($now->{memory_total}, $node->{maxmem}), 'memory' or diag encode_json([$now, $node]);
	ok near($now->{uptime}, $node->{uptime}), 'age';
	is scalar(grep { /^\d+(?:\.\d+)?$/ } @{$now->{load_average}}), 3, 'load average: numbers';
	ok $now->{network_in} > 0 && $now->{network_out} > 0, 'traffic';
	my @own = grep { $_->{node} eq 'pve1' && !$_->{template} } @{$pve->state->{guests}};
	is $now->{vms_total} + $now->{cts_total}, scalar @own, 'guests are counted';
	is $now->{vms_running}, scalar(grep { $_->{type} eq 'qemu' && $_->{state} eq 'running' } @own), '... those that run';
	my $list = get('/api/proxmox/servers/nas/vms');
	is join(' ', map { $_->{vmid} } @{$list->{vms}}), join(' ', sort { $a <=> $b } map { $_->{vmid} } @own), 'and listed';
	my $vmid = find_guest(is_running('lxc'));
	my $ct = guest($vmid);
	ok $ct->{disk_used} > 0 && $ct->{network_in} > 0 && $ct->{cpus} > 0, 'a container has it all' or diag encode_json($ct);
}

sub test_import
{
	collect('further rounds take the history over') for 1 .. 3;
	$hearth->collect; # with the chores, which open what was stored
	my %least = ('6h' => 300, '24h' => 250, '7d' => 300, '30d' => 600);
	for my $range (sort keys %least) {
		my $json = get("/api/metrics/server/nas?time_range=$range&limit=10000");
		cmp_ok $json->{total}, '>', $least{$range}, "$range is full";
		my @rows = @{$json->{data}};
		ok !(grep { $rows[$_]{timestamp} ge $rows[$_ - 1]{timestamp} } 1 .. $#rows), '... newest first';
		ok !(grep { $_->{cpu_percent} < 0 || $_->{cpu_percent} > 100 || $_->{memory_used} > $_->{memory_total} } @rows),
			'... sound';
	}
	my $vmid = find_guest(is_running('qemu'));
	cmp_ok get("/api/metrics/vm/nas/$vmid?time_range=24h")->{total}, '>', 100, 'so is that of a guest';
	my @traffic = map { $_->{network_in} } @{get("/api/metrics/vm/nas/$vmid?time_range=24h&limit=1000")->{data}};
	cmp_ok scalar(grep { defined } @traffic), '>', 100, '... with its traffic';
	cmp_ok scalar(grep { $traffic[$_] > $traffic[$_ - 1] } 1 .. $#traffic), '<=', 1, '... a counter that is reset once at most';
	ok near($traffic[0], guest($vmid)->{network_in}, 0.2), '... and goes on where it stands' or diag "$traffic[0]";
	my $year = get('/api/house/servers/history/nas?range=1y');
	cmp_ok scalar(grep { defined } @{$year->{cpu}}), '>', 400, 'a year for the chart';
	is scalar @{$year->{timestamps}}, scalar @{$year->{cpu}}, '... each step has its place';
	my $asked = grep { $_->{path} =~ /timeframe=year/ } @{$pve->log};
	$pve->control(reset_counters => 1);
	collect('and again');
	is scalar(grep { $_->{path} =~ /timeframe=year/ } @{$pve->log}), $asked, '... but not twice';
	is $hearth->db('series')->selectrow_array('SELECT min(imported) FROM pve_server'), 1, '... it is marked';
}

sub test_metrics
{
	my $json = get('/api/metrics/server/nas?time_range=1h');
	cmp_ok $json->{total}, '>=', 1, 'samples of this minute';
	my $row = $json->{data}[0];
	is_deeply [sort keys %$row], [sort qw(timestamp cpu_percent memory_used memory_total disk_used disk_total network_in
		network_out uptime samples)], '... their members';
	ok near($row->{cpu_percent}, server()->{cpu}, 0.001) && $row->{uptime} > 0, '... their values';
	my $vmid = find_guest(is_running('qemu'));
	$row = get("/api/metrics/vm/nas/$vmid")->{data}[0];
	is_deeply [sort keys %$row], [sort qw(timestamp status cpu_percent memory_used memory_total disk_read disk_write
		network_in network_out uptime samples)], 'those of a guest';
	is $row->{status}, 'running', '... its state in words';
	ok near($row->{cpu_percent}, guest($vmid)->{cpu}, 0.01), '... its load in percent' or diag encode_json($row);
	$row = get('/api/metrics/server/nas?time_range=6h&limit=1')->{data};
	is scalar @$row, 1, 'as many as are asked for';
	my $year = get('/api/metrics/server/nas?time_range=30d')->{data};
	is scalar(grep { $_->{cpu_percent} * 100 - int($_->{cpu_percent} * 100 + 0.5) > 1e-6 } @$year), 0, 'of two decimals';
	ok exists $row->[0]{cpu_percent_min} && exists $row->[0]{network_in_max} && !exists $row->[0]{memory_total_min},
		'buckets have their band';
	my $chart = get('/api/house/servers/history/nas?range=1h');
	cmp_ok scalar(grep { defined } @{$chart->{cpu}}), '>', 200, 'an hour for the chart';
	ok $chart->{memory_total} > 0, '... with the memory there is';
}

sub test_writes
{
	my $db = $hearth->db('series');
	my $before = $db->selectrow_array('SELECT total(net_in) FROM pve_guest');
	sleep 0.1 while time % 30 > 25;
	$db->do('UPDATE poll_state SET last_success = ?', undef, int time);
	collect();
	is $db->selectrow_array('SELECT total(net_in) FROM pve_guest'), $before, 'numbers of guests are not written each time';
	elapse(60);
	collect();
	isnt $db->selectrow_array('SELECT total(net_in) FROM pve_guest'), $before, '... but after a while';
}

# ---- what happens to guests -----------------------------------------------------------------------

sub test_guest_events
{
	my $vmid = find_guest(is_running('qemu'));
	events();
	$pve->control(stop => $vmid);
	collect();
	is told(), "guest.stopped nas/$vmid", 'a guest stops';
	is guest($vmid)->{status}, 'stopped', '... and is seen to';
	$pve->control(start => $vmid);
	collect();
	is told(), "guest.started nas/$vmid", 'it starts';
	$pve->control(guest => { $vmid => { uptime => 5000 } });
	elapse(60);
	collect();
	$pve->control(restart => $vmid);
	collect();
	is told(), "guest.restarted nas/$vmid", 'it restarts between two polls';
	$pve->control(pause => $vmid);
	collect();
	is guest($vmid)->{status}, 'paused', 'it is paused';
	$pve->control(start => $vmid);
	collect();
	$pve->control(add_guest => { vmid => 555, node => 'pve1', type => 'lxc', name => 'newcomer', status => 'running' });
	events();
	collect();
	my ($event) = events();
	is "$event->{kind} $event->{subject} $event->{data}{name} $event->{data}{type}", 'guest.appeared nas/555 newcomer lxc',
		'a new one';
	$pve->control(guest => { 555 => { name => 'Umlaut ä', tags => 'a;b' } });
	collect();
	is_deeply [@{guest(555)}{qw(name tags)}], ['Umlaut ä', ['a', 'b']], 'a new name';
	$pve->control(remove_guest => 555);
	collect();
	is told(), 'guest.disappeared nas/555', 'it goes';
	is guest(555)->{detail}, "VM 555 not found on server 'nas'", '... for good';
	collect();
	is told(), '', 'all is said once';
}

sub test_releases
{
	for my $release (7, 8, 9) {
		$pve->control(pve => $release);
		collect("PVE $release");
		my $now = server();
		ok $now->{online} && $now->{cpu} > 0 && @{$now->{load_average}} == 3 && defined $now->{network_in}, '... is read'
			or diag encode_json($now);
		is source()->{state}, 'ok', '... without complaint';
	}
	is told(), '', 'an upgrade is no event';
}

sub test_rights
{
	$pve->control(rights => 'none');
	collect();
	is source()->{error_code}, 'not_allowed', 'a token without rights';
	like source()->{error_text}, qr/PVEAuditor/, '... what to do';
	$pve->control(rights => 'power');
	collect();
	is source()->{state}, 'ok', 'all is well again';
	events();
}

# What is not shown is not gone
sub test_empty_answers
{
	my @before = map { $_->{vmid} } @{get('/api/proxmox/servers/nas/vms')->{vms}};
	my $vmid = find_guest(is_running('qemu'));
	$pve->control(rights => ['Sys.Audit']);
	collect('a token that may not see guests');
	is_deeply [map { $_->{vmid} } @{get('/api/proxmox/servers/nas/vms')->{vms}}], \@before, '... they are kept';
	is guest($vmid)->{status}, 'unknown', '... in a state that nobody knows';
	is server()->{online}, true, '... the server is well';
	is server()->{vms_total} + server()->{cts_total}, scalar @before, '... and has as many as before';
	is source()->{error_code}, 'not_allowed', '... and it is said';
	like source()->{error_text}, qr/may not see guests/, '... in words';
	is told(), '', '... but nothing has happened to them';
	$pve->control(rights => 'power', misbehave => { '/cluster/resources' => { kind => 'body', body => '{"data":[]}' } });
	collect('an answer with nothing in it');
	is source()->{error_code}, 'bad_answer', '... is none';
	is server()->{id}, 'nas', '... the server is still there';
	is scalar @{get('/api/proxmox/servers/nas/vms')->{vms}}, scalar @before, '... and its guests';
	$pve->control(misbehave => undef);
	collect();
	is source()->{state}, 'ok', 'all is well again';
	is guest($vmid)->{status}, 'running', '... and seen';
	is told(), '', '... without an event';
	my $small = Hearth::Peer->start('proxmox', nodes => 1, guests => 2, secret => $SECRET, cache_seconds => 0);
	configure(slot(9, 'small', $small));
	collect();
	is get('/api/proxmox/servers/small-pve1/vms')->{total}, 2, 'a small one';
	$small->control(remove_guest => '*');
	collect();
	is get('/api/proxmox/servers/small-pve1/vms')->{total}, 0, '... whose guests are really gone';
	is source('small')->{state}, 'ok', '... is well';
	unset(9);
	events();
}

sub test_doctor
{
	my ($out, $err, $exit) = $hearth->ctl('doctor');
	like $out, qr{^ok +source +proxmox/nas answered at }m, 'the doctor asks for each server' or diag $out;
	configure(slot(9, 'ill', $pve));
	configure(PROXMOX_9_TOKEN_SECRET => 'wrong-wrong-wrong');
	collect();
	($out, $err, $exit) = $hearth->ctl('doctor');
	like $out, qr{^FAULT +source +proxmox/ill: .*refused}mi, '... and names the one that is not well' or diag $out;
	unlike $out, qr/source +proxmox (?:was|is)/, '... and none that there is not';
	unset(9);
	events();
}

# ---- a whole cluster ---------------------------------------------------------------------------------

sub test_cluster
{
	configure(slot(2, 'lab', $pve));
	collect('a slot for a whole cluster');
	is join(' ', map { $_->{id} } @{get('/api/proxmox/servers')->{servers}}), 'nas lab-pve1 lab-pve2', 'each node is a server';
	is source('lab')->{state}, 'ok', '... one source';
	my ($vmid) = map { $_->{vmid} } @{get('/api/proxmox/servers/lab-pve2/vms')->{vms}};
	collect();
	events();
	$pve->control(migrate => { $vmid => 'pve1' });
	collect();
	is guest($vmid, 'lab-pve1')->{node}, 'pve1', 'a guest that moves';
	is guest($vmid, 'lab-pve2')->{detail}, "VM $vmid not found on server 'lab-pve2'", '... is no longer there';
	is get("/api/metrics/vm/lab-pve2/$vmid?time_range=24h")->{total}, 0, '... nor is its history';
	is get("/api/metrics/$_?time_range=24h")->{total}, 0, "$_ has none" for "vm/lab-nope/$vmid", 'server/lab-nope';
	is told(), "guest.appeared nas/$vmid", '... only who looks at one node sees it come';
	cmp_ok get("/api/metrics/vm/lab-pve1/$vmid?time_range=24h")->{total}, '>', 100, '... it keeps its history';
	$pve->control(migrate => { $vmid => 'pve2' }, start => $vmid);
	collect();
	$pve->control(migrate => { $vmid => 'pve1' }, task_ms => 0);
	is act($vmid, 'stop', 'lab-pve2')->code, 200, 'one that has just moved is switched where it is';
	like $pve->log->[-1]{path}, qr{/nodes/pve1/\w+/$vmid/status/stop$}, '... on the other node';
	is last_audit()->{data}{result}, 'accepted', '... which is written down';
	is get("/api/house/servers/action/lab-pve2/$vmid")->{action}, 'stop', '... and told under both names';
	$pve->control(migrate => { $vmid => 'pve2' }, start => $vmid);
	collect();
	events();
}

sub test_offline_node
{
	my ($vm) = @{get('/api/proxmox/servers/lab-pve2/vms')->{vms}};
	my $before = server('lab-pve2');
	$pve->control(offline => 'pve2');
	collect('a node goes');
	my $away = server('lab-pve2');
	is_deeply [@$away{qw(online cpu is_stale fetched_at vms_total)}],
		[false, undef, true, @$before{qw(fetched_at vms_total)}], '... is offline since then';
	is guest($vm->{vmid}, 'lab-pve2')->{status}, 'unknown', '... so are its guests';
	is guest($vm->{vmid}, 'lab-pve2')->{name}, $vm->{name}, '... with what was known';
	is server('lab-pve1')->{online}, true, 'the other goes on';
	is source('lab')->{state}, 'ok', '... and the source is well';
	my @events = events();
	is join(', ', map { "$_->{kind} $_->{subject}" } @events), 'server.offline lab-pve2', 'it is said';
	is $events[0]{data}{since}, $before->{fetched_at}, '... since when';
	collect();
	is told(), '', '... once';
	$pve->control(online => 'pve2');
	collect();
	is told(), 'server.online lab-pve2', 'it is back';
	is server('lab-pve2')->{online}, true, '... and seen';
	$pve->control(misbehave => { '/nodes/pve2/*' => { kind => 'status', status => 595, reason => 'No route to host' } });
	collect();
	is server('lab-pve2')->{online}, false, 'one that its cluster cannot reach';
	is server('lab-pve1')->{online}, true, '... harms no other';
	$pve->control(misbehave => undef);
	collect();
	events();
	unset(2);
}

# ---- actions ---------------------------------------------------------------------------------------------

sub test_actions
{
	my $vmid = find_guest(is_running('qemu'));
	$pve->control(reset_counters => 1, task_ms => 0);
	my $res = act($vmid, 'shutdown');
	my $json = $res->json;
	is $res->code, 200, 'an action' or diag $res->to_string;
	like $res->body, qr/^\{"success":true,"server_id":"nas","vmid":$vmid,"action":"shutdown",
		"message":"Action\ shutdown\ initiated\ successfully","upid":"UPID:pve1:[^"]+"\}$/x, '... its answer';
	my ($got) = @{$pve->state->{received}};
	is $pve->counters->{requests}, 1, '... one call';
	is with_curl('api'), 0, '... for which no worker that only reads has loaded libcurl';
	is with_curl('upstream'), 1, '... and of the others the one that made it';
	collect();
	is guest($vmid)->{status}, 'stopped', 'it is done';
	my $row = last_audit();
	is_deeply [@$row{qw(actor action subject)}], ['tester', 'guest.shutdown', "nas/$vmid"], 'it is written down';
	is_deeply $row->{data}, { action => 'shutdown', name => guest($vmid)->{name}, result => 'ok', upid => $json->{upid} },
		'... with how it went';
	my $told = get("/api/house/servers/action/nas/$vmid");
	is_deeply [@$told{qw(action result reason upid)}], ['shutdown', 'ok', undef, $json->{upid}], '... and can be asked for';
	ok $told->{asked_at} le $told->{ended_at}, '... when it ended';
	is act($vmid, $_)->code, 200, $_ for qw(start suspend resume);
	for my $word (qw(restart reboot)) {
		$pve->control(reset_counters => 1);
		$hearth->db('series')->do('DELETE FROM pve_task');
		$pve->control(start => $vmid);
		my $answer = act($vmid, $word)->json;
		is $answer->{action}, $word, "$word is answered as it was asked";
		like $pve->log->[-1]{path}, qr{/qemu/$vmid/status/reboot$}, '... and sent as Proxmox calls it';
		is get('/api/house/audit?limit=1')->{items}[0]{action}, 'guest.restart', '... and written down as we do';
	}
	is act($vmid, 'reset')->code, 200, 'reset';
	my $jwt = $hearth->post('/panel/api/auth/login', json => { token => 'the-access-token-of-this-house' })
		->json('/access_token');
	$hearth->db('series')->do('DELETE FROM pve_task');
	is $hearth->post("/panel/api/proxmox/servers/nas/vm/$vmid/stop?vm_type=qemu", { Authorization => "Bearer $jwt" })->code,
		200, 'by JWT under the mount';
	my $token = scoped_token($hearth, 'switcher', 'write:panel');
	is $hearth->post("/api/proxmox/servers/nas/vm/$vmid/start", { 'X-API-Key' => $token })->code, 200, 'by a scoped token';
	detail_ok($session->post("/api/proxmox/servers/nas/vm/$vmid/start?vm_type=lxc"), 404,
		"VM $vmid not found on server 'nas'", 'of another kind');
	collect();
	events();
}

sub test_repeats
{
	my $vmid = find_guest(is_running('qemu'));
	$hearth->db('series')->do('DELETE FROM pve_task');
	$pve->control(reset_counters => 1, task_ms => 3000);
	my $first = act($vmid, 'shutdown');
	my $second = act($vmid, 'shutdown');
	is $second->body, $first->body, 'a double click gets the same answer';
	is $pve->counters->{requests}, 1, '... and one call is made';
	is $hearth->db->selectrow_array("SELECT count(*) FROM audit WHERE action = 'guest.shutdown' AND subject = ?"
			. ' AND data LIKE ?', undef, "nas/$vmid", '%' . $first->json('/upid') . '%'), 1, '... and one row of audit';
	elapse(20);
	is act($vmid, 'shutdown')->body, $first->body, 'so does a later one, while the task runs';
	is $pve->counters->{requests}, 1, '... without a call';
	my $other = scoped_token($hearth, 'somebody', 'write:panel');
	$hearth->post("/api/proxmox/servers/nas/vm/$vmid/shutdown", { 'X-API-Key' => $other });
	is $pve->counters->{requests}, 2, 'what another user asks for is another matter';
	is act($vmid, 'stop')->code, 200, 'another action is another';
	$pve->control(reset_counters => 1, task_ms => 0);
	my @pending = map { $hearth->ua->start_p($hearth->ua->build_tx(POST =>
		$hearth->url("/api/proxmox/servers/nas/vm/$vmid/start"), { Cookie => 'hearth_session=' . $session->cookie,
			'X-CSRF-Token' => $session->csrf })) } 1 .. 4;
	$pve->control(misbehave => { POST => { kind => 'slow', seconds => 0.5, times => 1 } });
	my @answers;
	Mojo::Promise->all(@pending)->then(sub (@all) { @answers = map { $_->[0]->res } @all })->wait;
	is join(' ', map { $_->code } @answers), '200 200 200 200', 'four clicks at once';
	is scalar(grep { $_->{method} eq 'POST' } @{$pve->log}), 1, '... one call' or diag encode_json($pve->log);
	my %bodies = map { $_->body => 1 } @answers;
	is scalar keys %bodies, 1, '... one answer';
	$pve->control(misbehave => undef);
	collect();
	events();
}

sub test_refusals
{
	my $ct = find_guest(is_running('lxc'));
	my $before = $hearth->db->selectrow_array('SELECT count(*) FROM audit');
	detail_ok(act($ct, 'reset'), 400, "Action 'reset' is not supported for lxc", 'a container has no reset');
	is $hearth->db->selectrow_array('SELECT count(*) FROM audit'), $before, '... nothing was done';
	detail_ok(act($ct, 'start'), 400, "Action failed - CT $ct already running", 'the words of Proxmox');
	my $row = last_audit();
	is_deeply [$row->{action}, @{$row->{data}}{qw(result reason)}], ['guest.start', 'refused', "CT $ct already running"],
		'... are written down';
	is_deeply [@{get("/api/house/servers/action/nas/$ct")}{qw(action result reason)}],
		['start', 'refused', "CT $ct already running"], '... and can be asked for';
	$pve->control(reset_counters => 1);
	detail_ok(act($ct, 'start'), 400, "Action failed - CT $ct already running", 'the same again at once');
	is $pve->counters->{requests}, 1, '... is a new try';
	$pve->control(rights => 'auditor');
	like act($ct, 'stop')->json('/detail'), qr/^Action failed - Permission check failed \(.*VM\.PowerMgmt/, 'no right to it';
	$pve->control(rights => 'power', misbehave => { POST => { kind => 'status', status => 500, reason => '' } });
	my $vmid = find_guest(is_running('qemu'));
	$hearth->db('series')->do('DELETE FROM pve_task');
	like act($ct, 'shutdown')->json('/detail'), qr/^Action failed - (?:500|Internal Server Error)$/, 'no words: the status';
	$pve->control(misbehave => { POST => 'close' });
	detail_ok(act($ct, 'suspend'), 400, 'Action failed - no response from Proxmox', 'a cut line');
	$pve->control(misbehave => undef, refuse => \1);
	detail_ok(act($ct, 'resume'), 400, 'Action failed - no response from Proxmox', 'nobody there');
	$pve->control(refuse => \0, misbehave => { POST => 'hang' });
	my $begin = time;
	detail_ok(act($ct, 'restart'), 400, 'Action failed - no response from Proxmox', 'a server that hangs');
	my $took = time - $begin;
	ok $took > 10 && $took < 16, '... within its time' or diag $took;
	$pve->control(misbehave => undef);
	collect();
	events();
}

sub test_tasks
{
	my $db = $hearth->db('series');
	$pve->control(start => '*');
	collect();
	events();
	my $vmid = find_guest(is_running('qemu'));
	my $state = sub { $db->selectrow_array('SELECT state FROM pve_task ORDER BY id DESC LIMIT 1') };
	my $result = sub { join ' ', map { $_ // () } @{last_audit()->{data}}{qw(action result reason)} };
	$db->do('DELETE FROM pve_task');
	$pve->control(task_ms => 60_000);
	act($vmid, 'shutdown');
	is $state->(), 'running', 'a task runs';
	is $result->(), 'shutdown accepted', '... which is written down';
	collect();
	is $state->(), 'running', '... and is followed';
	my ($due, $last) = $db->selectrow_array("SELECT next_due, last_attempt FROM poll_state WHERE source = 'proxmox/nas'");
	is $due - $last, 5, '... every five seconds';
	$pve->control(advance => 61);
	collect();
	is $state->(), 'ok', '... to its end';
	is $result->(), 'shutdown ok', '... which is written down';
	is scalar(grep { $_->{kind} eq 'guest.action_failed' } events()), 0, '... which is no event';
	$pve->control(task_ms => 0, task_exit => 'VM quit/powerdown failed - got timeout');
	$pve->control(start => $vmid);
	collect();
	events();
	act($vmid, 'stop');
	collect();
	is $state->(), 'failed', 'a task that fails';
	is $result->(), 'stop failed VM quit/powerdown failed - got timeout', '... is written down';
	my ($event) = grep { $_->{kind} eq 'guest.action_failed' } events();
	is_deeply [$event->{subject}, @{$event->{data}}{qw(action result exit_status)}],
		["nas/$vmid", 'stop', 'failed', 'VM quit/powerdown failed - got timeout'], '... is an event' or diag encode_json($event);
	$pve->control(task_exit => undef, task_ms => 60_000);
	act($vmid, 'suspend');
	$pve->control(forget_tasks => 1);
	collect();
	is $state->(), 'lost', 'one that Proxmox forgot';
	my $lost = sub { join ', ', map { "$_->{kind} $_->{data}{action} $_->{data}{result}" }
		grep { $_->{kind} eq 'guest.action_failed' } events() };
	is $lost->(), 'guest.action_failed suspend lost', '... is an event';
	is $result->(), 'suspend lost', '... and written down';
	act($vmid, 'resume');
	$pve->control(refuse => \1);
	elapse(700);
	collect_all();
	is $state->(), 'lost', 'one that takes more than ten minutes, and nobody answers';
	is $lost->(), 'guest.action_failed resume lost', '... is an event';
	is $result->(), 'resume lost', '... and written down';
	$pve->control(refuse => \0);
	$pve->control(task_ms => 0);
	collect();
	events();
}

# Lists are up to ten seconds old
sub test_state_at_once
{
	my $vmid = find_guest(is_running('qemu'));
	$hearth->db('series')->do('DELETE FROM pve_task');
	$pve->control(task_ms => 0, cache_seconds => 600);
	collect();
	events();
	my %becomes = (suspend => 'paused', resume => 'running', stop => 'stopped', start => 'running');
	for my $action (qw(suspend resume stop)) {
		is act($vmid, $action)->code, 200, $action;
		collect();
		is guest($vmid)->{status}, $becomes{$action}, '... is seen at once';
		collect();
		is guest($vmid)->{status}, $becomes{$action}, '... and not taken back by an old list';
	}
	is told(), "guest.stopped nas/$vmid", '... so events are told once';
	elapse(40);
	$pve->control(cache_seconds => 0);
	$pve->control(reset_counters => 1);
	collect();
	is scalar(grep { $_->{path} =~ m{/status/current} } @{$pve->log}), 0, 'after a while the list counts again';
	is guest($vmid)->{status}, 'stopped', '... and tells the same';
	$pve->control(start => $vmid);
	collect();
	events();
}

# What was asked of Proxmox is written down, whatever becomes of the process that asked
sub test_killed_worker
{
	my $vmid = find_guest(is_running('qemu'));
	$hearth->db('series')->do('DELETE FROM pve_task');
	$pve->control(reset_counters => 1, misbehave => { POST => { kind => 'slow', seconds => 6, times => 1 } });
	my $pending = $hearth->ua->start_p($hearth->ua->build_tx(POST => $hearth->url("/api/proxmox/servers/nas/vm/$vmid/stop"),
		{ Cookie => 'hearth_session=' . $session->cookie, 'X-CSRF-Token' => $session->csrf }));
	my $clock = Mojo::IOLoop->recurring(0.05 => sub { });
	ok until_true(5, sub { Mojo::IOLoop->one_tick; grep { $_->{method} eq 'POST' } @{$pve->log} }), 'Proxmox is asked';
	my $row = last_audit();
	is_deeply [$row->{action}, $row->{subject}, $row->{data}{result}], ['guest.stop', "nas/$vmid", 'asked'],
		'... which is written down before the answer';
	kill KILL => $hearth->children_of('upstream');
	my $code;
	Mojo::IOLoop->remove($clock);
	$pending->then(sub ($tx) { $code = $tx->res->code }, sub ($err) { $code = 0 })->wait;
	isnt $code, 200, 'the worker dies over it';
	is get("/api/house/servers/action/nas/$vmid")->{result}, 'asked', '... nobody knows more';
	events();
	elapse(40);
	collect_all();
	is last_audit()->{data}{result}, 'lost', '... and after a while it is said';
	is_deeply [map { "$_->{kind} $_->{data}{action} $_->{data}{result}" } grep { $_->{kind} eq 'guest.action_failed' } events()],
		['guest.action_failed stop lost'], '... by an event, too';
	$pve->control(misbehave => undef, start => $vmid);
	ok until_true(10, sub { my @workers = $hearth->children_of('upstream'); @workers }), 'other workers go on';
	collect();
	events();
}

# ---- servers that are not well -------------------------------------------------------------------------------

sub test_silence
{
	my $db = $hearth->db('series');
	my $due = sub { my ($a, $b) = $db->selectrow_array("SELECT next_due, last_attempt FROM poll_state"
		. " WHERE source = 'proxmox/nas'"); $a - $b };
	collect();
	events();
	$pve->control(refuse => \1);
	for my $wait (20, 40, 60, 60) {
		collect();
		is $due->(), $wait, "asked again after $wait s";
	}
	is source()->{error_code}, 'connect_failed', 'nobody there';
	like source()->{error_text}, qr/No connection/, '... in words';
	is server()->{online}, true, '... for a moment it counts as online';
	is told(), '', '... and nothing is said';
	elapse(31);
	is server()->{online}, false, '... then not';
	my $since = server()->{fetched_at};
	my $last = get('/api/house/servers')->{servers}[0];
	is_deeply [@$last{qw(online is_stale fetched_at)}, defined $last->{cpu}, scalar @{$last->{load_average}}],
		[false, true, $since, 1, 3], '... with its last values for the panel';
	my $tries = $pve->counters->{requests};
	collect_all();
	is $pve->counters->{requests}, $tries, '... and between two tries';
	my @events = events();
	is join(', ', map { "$_->{kind} $_->{subject}" } @events), 'server.offline nas', '... which is said';
	is $events[0]{data}{since}, $since, '... since when';
	my $list = get('/api/proxmox/servers/nas/vms');
	ok @{$list->{vms}} > 1 && $list->{is_stale} && !$list->{running}, 'its guests are kept';
	$pve->control(refuse => \0);
	collect();
	is told(), 'server.online nas', 'back again';
	is $due->(), 10, '... asked as ever';
	for my $kind (qw(hang close reset raw html truncated empty garbage endless)) {
		$pve->control(misbehave => { '/cluster/resources' => $kind });
		my $begin = time;
		collect();
		ok time - $begin < 9, "$kind: the round ends";
		is source()->{state}, 'failing', '... and has failed';
	}
	$pve->control(misbehave => undef);
	$pve->control(misbehave => { '/nodes/pve1/status' => { kind => 'status', status => 500 } });
	collect();
	is_deeply [@{server()}{qw(online load_average)}], [true, []], 'a part that fails is unknown';
	$pve->control(misbehave => undef);
	configure(PROXMOX_1_NODE => 'pve7');
	collect();
	is source()->{error_code}, 'not_found', 'a node that is not there';
	like source()->{error_text}, qr/pve7/, '... by its name';
	configure(PROXMOX_1_NODE => 'pve1');
	collect();
	is source()->{state}, 'ok', 'all is well again';
	events();
}

sub test_clock_set_back
{
	$pve->control(refuse => \1);
	$hearth->db('series')->do('UPDATE pve_server SET fetched_at = fetched_at + 86400');
	is server()->{online}, false, 'what was seen tomorrow is not fresh';
	collect_all();
	is told(), 'server.offline nas', '... which is said';
	cmp_ok $hearth->db('series')->selectrow_array("SELECT fetched_at FROM pve_server WHERE slot = 'nas'"),
		'<=', time, '... with a time that was';
	collect_all();
	is told(), '', '... once';
	is server()->{online}, false, '... and it is not there';
	$pve->control(refuse => \0);
	collect();
	is told(), 'server.online nas', 'until it answers';
}

sub test_wrong_token
{
	my $db = $hearth->db('series');
	collect();
	events();
	configure(PROXMOX_1_TOKEN_SECRET => 'wrong-wrong-wrong');
	$pve->control(reset_counters => 1);
	collect();
	is source()->{error_code}, 'auth_failed', 'a wrong token';
	my ($due, $last, $held) =
		$db->selectrow_array("SELECT next_due, last_attempt, held FROM poll_state WHERE source = 'proxmox/nas'");
	is_deeply [$due - $last, $held], [300, 1], '... is tried again after five minutes';
	is told(), 'source.auth_failed proxmox/nas', '... said once';
	is $pve->counters->{failed_logins}, 1, '... one try';
	collect();
	is $pve->counters->{failed_logins}, 1, '... not even on demand';
	$db->do("UPDATE poll_state SET next_due = next_due - 400, last_attempt = last_attempt - 400");
	collect();
	is $pve->counters->{failed_logins}, 2, 'after that again';
	is told(), '', '... and not said again';
	configure(PROXMOX_1_TOKEN_SECRET => $SECRET);
	collect();
	is source()->{state}, 'ok', 'the right token is tried at once';
	events();
}

sub test_pin
{
	$pve->control(new_cert => 1);
	collect();
	is source()->{error_code}, 'pin_mismatch', 'another certificate';
	is $pve->counters->{failed_logins} // 0, 2, '... gets no token';
	configure(PROXMOX_1_TLS => 'verify');
	collect();
	is source()->{error_code}, 'tls_failed', 'nobody vouches for it';
	configure(PROXMOX_1_TLS => 'insecure');
	collect();
	is source()->{state}, 'ok', 'without a check, when it is said in words';
	configure(PROXMOX_1_TLS => 'pin', PROXMOX_1_TLS_PIN => $pve->pin);
	collect();
	is source()->{state}, 'ok', 'pinned anew';
	events();
}

# ---- many at once -----------------------------------------------------------------------------------------------

# A cluster that tells nonsense
sub test_many_events
{
	my $wild = Hearth::Peer->start('proxmox', nodes => 1, guests => 2, secret => $SECRET, cache_seconds => 0);
	configure(slot(9, 'wild', $wild));
	collect();
	events();
	$wild->control(populate => { nodes => 1, guests => 302 });
	collect('three hundred guests at once');
	my @events = events();
	is scalar(grep { $_->{kind} eq 'guest.appeared' } @events), 100, '... are a hundred events';
	is_deeply [@{$events[-1]}{qw(kind subject)}, $events[-1]{data}], ['guest.many', 'wild', { name => 'wild', count => 200 }],
		'... and one of all the others';
	is get('/api/proxmox/servers/wild-pve1/vms?templates=1')->{total}, 302, '... of which none is left out';
	unset(9);
}

sub test_others_go_on
{
	my $slow = Hearth::Peer->start('proxmox', nodes => 1, guests => 1, secret => $SECRET, cache_seconds => 0);
	configure(slot(3, 'slow', $slow, node => 'pve1'), PROXMOX_TIMEOUT_SECONDS => 8, PROXMOX_NODE_SECONDS => 5);
	collect();
	is server('slow')->{online}, true, 'a second one';
	$slow->control(misbehave => { '*' => 'hang' });
	elapse(10);
	$pve->control(reset_counters => 1);
	my ($out, $err, $exit) = $hearth->collect('--verbose', '--for', 12, '--every', 5);
	is $exit, 0, 'one of them hangs while rounds go on';
	my $polls = grep { $_->{path} =~ m{cluster/resources} } @{$pve->log};
	cmp_ok $polls, '>=', 2, '... the other is asked in each' or diag $err;
	like $err, qr{proxmox/nas: ok.*proxmox/slow: timeout}s, '... and stored before the first has failed' or diag $err;
	is server()->{online}, true, '... it is online';
	unset(3);
	configure(PROXMOX_TIMEOUT_SECONDS => 1, PROXMOX_NODE_SECONDS => 10);
}

# What a process has worked, in hundredths of a second
sub cpu_ticks ($pid)
{
	my ($user, $system) = (split ' ', path("/proc/$pid/stat")->slurp =~ s/.*\) //r)[11, 12];
	return $user + $system;
}

# The collector as ./start runs it: woken by an action, flushing each minute
sub test_long_run
{
	my $vmid = find_guest(is_running('qemu'));
	my $db = $hearth->db('series');
	$pve->control(task_ms => 0);
	collect();
	$db->do('DELETE FROM pve_task');
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', '/dev/null';
		{ no warnings; exec $hearth->build . '/hearth-collect', '-d', $hearth->dir, '--for', 300, '--every', 100 }
		POSIX::_exit(127);
	}
	ok until_true(5, sub { -p $hearth->dir . '/run/collect.wake' }), 'the collector runs';
	sleep 1.5;
	my $begin = time;
	act($vmid, 'shutdown');
	ok until_true(6, sub { guest($vmid)->{status} eq 'stopped' }), 'an action is seen at once';
	cmp_ok time - $begin, '<', 5, '... long before the next round';
	my $worked = cpu_ticks($pid);
	sleep 1;
	cmp_ok cpu_ticks($pid) - $worked, '<', 20, '... and then the collector sleeps again';
	kill TERM => $pid;
	waitpid $pid, 0;
	is $?, 0, 'the collector ends when it is told';
	$pve->control(start => $vmid);
	collect();
}

# Rounds that follow each other: what they bring is seen at once, stored now and then, and outlives the collector
sub test_live
{
	configure(PROXMOX_NODE_SECONDS => 5);
	my $pid = fork // die "fork: $!";
	exec $hearth->build . '/hearth-collect', '-d', $hearth->dir, qw(--for 60 --every 5) or die unless $pid;
	my $seen = sub { my $at = server()->{fetched_at}; $at && Mojo::Date->new($at)->epoch };
	my $row = sub { $hearth->db('series')->selectrow_array("SELECT fetched_at FROM pve_server WHERE slot = 'nas'") };
	ok until_true(40, sub { my $at = $seen->(); $at && $at > ($row->() // $at) }), 'a round is seen before it is stored';
	kill KILL => $pid;
	waitpid $pid, 0;
	my $last = $seen->();
	cmp_ok $last, '>', $row->(), '... also when the collector is killed';
	collect();
	cmp_ok $row->(), '>=', $last, '... and the next one stores it';
}

sub test_secrets
{
	unlike $hearth->logs, qr/\Q$SECRET\E|wrong-wrong-wrong/, 'no secret in a log';
	my $dump = join "\n", map { join ' ', map { $_ // '' } @$_ }
		map { @{$hearth->db('series')->selectall_arrayref("SELECT * FROM $_")} } qw(poll_state pve_server pve_task event);
	unlike $dump, qr/\Q$SECRET\E|wrong-wrong-wrong/, '... nor in a table';
}
