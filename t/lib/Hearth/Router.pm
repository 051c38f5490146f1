# A house with a stand-in router, whose collector a test drives: t/0400-collector.t, t/0410-collector-trouble.t
package Hearth::Router;
use Mojo::Base -strict, -signatures;
use utf8;
use Exporter 'import';
use Hearth::Instance;
use Hearth::Peer;
use Mojo::JSON 'from_json';
use Mojo::Util 'encode';
use Test::More;

our @EXPORT = qw($PASSWORD $box $hearth $session calls collect configure devices elapse events forget forget_events get home
	kinds named near_ok next_in polling secrets_ok switch_on);

our $PASSWORD = 'gehéim <&> "x"';
my @SHIFTED = (
	['net_provider', qw(devices_at traffic_at wan_at box_at reset_at)],
	['poll_state', qw(last_attempt last_success next_due)],
	['net_device', qw(changed_at first_seen last_seen present_since present_until)],
	['net_device_version', qw(since until)],
	['net_presence', qw(from_at to_at)],
	['net_bandwidth_minute', qw(ts at)],
	['net_device_minute', 'ts'],
	['net_minute', 'ts'],
	['event', 'at'],
);

our $box = Hearth::Peer->start('fritzbox', user => 'anna', password => $PASSWORD, seed => 3, devices => 0);
our $hearth = Hearth::Instance->new(config => { AUTH_NETWORK_RATE_PER_MINUTE => 6000, FRITZBOX_TIMEOUT_SECONDS => 1 });
our $session = $hearth->login;
my $seen_event = 0;

binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);
$box->control(lockout_unit_ms => 10, clear_lockout => 1);

sub configure (%values)
{
	$hearth->ctl_ok(qw(config set), %values);
}

# The router is polled from now on
sub switch_on
{
	configure(FRITZBOX_ENABLED => 'true', FRITZBOX_HOST => '127.0.0.1', FRITZBOX_PORT => $box->port,
		FRITZBOX_USERNAME => 'anna', FRITZBOX_PASSWORD => encode('UTF-8', $PASSWORD));
}

# One round of this source, due or not; it ends well whatever the router does
sub collect ($name = undef)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$box->control(reset_counters => 1);
	my ($out, $err, $exit) = $hearth->collect('--only', 'fritzbox');
	my $is_good = $exit == 0 && $out eq '';
	return if $is_good && !defined $name;
	ok $is_good, $name // 'a round' or diag "exit $exit: $out$err";
}

# What an earlier time would have stored: everything so many seconds ago, and the clock of the router goes on as well
sub elapse ($seconds)
{
	my $db = $hearth->db('series');
	$db->begin_work;
	for my $table (@SHIFTED) {
		my ($name, @columns) = @$table;
		next if $seconds % 60 && $columns[0] eq 'ts';
		# 0 and null are no times; in ascending order no row comes upon another's key
		$db->do("UPDATE $name SET " . join ', ', map { "$_ = CASE WHEN $_ > 0 THEN $_ - $seconds ELSE $_ END" } @columns);
	}
	$db->commit;
	$box->control(advance => $seconds);
}

# As if nothing had ever been asked
sub forget
{
	my $db = $hearth->db('series');
	$db->do("DELETE FROM $_") for map { $_->[0] } @SHIFTED;
	$box->control(misbehave => undef, refuse => \0);
}

sub get ($path)
{
	my $res = $session->get($path);
	return $res->json // {};
}

sub polling { return get('/api/house/network/status') }

sub devices { return get('/api/v1/devices?limit=1000')->{items} // [] }

sub named ($name) { return (grep { $_->{name} eq $name } @{devices()})[0] }

# Kinds of the events since the last call, oldest first
sub events
{
	my $rows = $hearth->db('series')->selectall_arrayref('SELECT id, kind, subject, data FROM event WHERE id > ? ORDER BY id',
		{ Slice => {} }, $seen_event);
	$seen_event = $rows->[-1]{id} if @$rows;
	return map { +{ %$_, data => from_json($_->{data}) } } @$rows;
}

sub kinds { return join ' ', map { $_->{kind} } events() }

sub forget_events
{
	$hearth->db('series')->do('DELETE FROM event');
	$seen_event = 0;
}

# Calls of the last round, those for single entries of the list aside
sub calls
{
	my $counters = $box->counters;
	my $sum = $counters->{paths}{'/devicehostlist.lua'} // 0;
	$sum += $counters->{actions}{$_} for grep { !/GetGenericHostEntry/ } keys %{$counters->{actions}};
	return $sum;
}

sub near_ok ($got, $wanted, $slack, $name)
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok defined $got && abs($got - $wanted) <= $slack, $name or diag 'got ' . ($got // 'nothing') . ", not $wanted +- $slack";
}

# Six devices of all sorts, in the list of the router
sub home
{
	$box->control(devices => [
		{ name => 'nas', mac => 'aa:00:00:00:00:01', ip => '192.168.178.20', active => 1 },
		{ name => 'phone', mac => 'AA:00:00:00:00:02', ip => '192.168.178.9', active => 1, interface => '802.11' },
		{ name => 'laptop', mac => 'AA:00:00:00:00:03', ip => '192.168.178.30', active => 0, interface => '802.11' },
		{ name => 'vpn', mac => '', ip => '192.168.178.201', active => 1, interface => '' },
		{ name => '', mac => 'AA:00:00:00:00:05', ip => '192.168.178.40', active => 1 },
		{ name => 'moved out', mac => 'AA:00:00:00:00:06', ip => '', active => 0 },
	]);
}

# Seconds from the last round to the next one
sub next_in
{
	return $hearth->db('series')->selectrow_array("SELECT next_due - last_attempt FROM poll_state WHERE source = 'fritzbox'");
}

# At the end: what was stored and logged
sub secrets_ok
{
	my $dump = join ' ', map { join ' ', grep { defined } @$_ }
		map { @{$hearth->db('series')->selectall_arrayref("SELECT * FROM $_")} } qw(poll_state event net_provider);
	unlike $dump, qr/geh.?.?im|changed there/, 'no password is among what was stored';
	unlike $dump, qr/sid=/, 'nor the id of a session';
	unlike $hearth->logs, qr/geh.?.?im|changed there|sid=/, 'nor in a log';
}

1;
