#!/usr/bin/perl
# Three clusters with 40 guests each are added at once, beside a server that is there: the history of all is taken over,
# and no sample is lost for it; a round of many nodes
use Mojo::Base -strict, -signatures;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Instance;
use Hearth::Peer;
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(sleep time);

my $SECRET = '5f1d7c3a-9b24-4e68-8a07-c2d96be0f413';
my $LIMIT_S = 400;    # under load
my $MONTH_H = 30 * 24;
my @peers = map { Hearth::Peer->start('proxmox', nodes => 3, guests => 40, secret => $SECRET, seed => $_, latency_ms => 20) }
	1 .. 3;
my $home = Hearth::Peer->start('proxmox', nodes => 1, guests => 3, secret => $SECRET, seed => 9);
my $hearth = Hearth::Instance->new(config => { AUTH_ACCESS_TOKEN => 'the-access-token-of-this-house', slot(1, 'nas', $home) });

# a first round, then the collector as it runs
$hearth->collect for 1 .. 2;
$hearth->ctl_ok(qw(config set), slot($_ + 2, "c$_", $peers[$_])) for 0 .. 2;
my $begun = time;
my $pid = fork // die "fork: $!\n";
exec $hearth->build . '/hearth-collect', '-d', $hearth->dir, '--for', $LIMIT_S, '--every', 10 or die if !$pid;
sleep 1 until imported() == 3 * 3 + 1 || time - $begun > $LIMIT_S - 20;
cmp_ok time - $begun, '<', $LIMIT_S - 20, 'all servers are marked';
sleep 1 until imported('pve_guest') || time - $begun > $LIMIT_S - 20;
my $took = time - $begun;
sleep max(0, 45 - $took);    # some samples more
kill TERM => $pid;
waitpid $pid, 0;
is $?, 0, 'the collector ends well';

my $session = $hearth->login;
my $guests = rows('SELECT slot, vmid FROM pve_guest WHERE NOT template');
cmp_ok @$guests, '>=', 3 * 36, 'most guests are no templates';
my @short = grep { $_->[1] < $MONTH_H * 0.9 } (
	(map { ["vm $_->[0]-$_->[1]/$_->[2]", get("/api/metrics/vm/$_->[0]-$_->[1]/$_->[2]?time_range=30d&limit=10000")->{total}] }
		@{rows(q(SELECT slot, node, vmid FROM pve_guest WHERE NOT template AND status = 'running' AND slot <> 'nas'))}),
	(map { ["server $_->[0]-$_->[1]", get("/api/metrics/server/$_->[0]-$_->[1]?time_range=30d&limit=10000")->{total}] }
		@{rows('SELECT slot, node FROM pve_server')}));
is @short, 0, 'each has its month' or diag explain \@short;

my @samples = map { $_->{timestamp} } @{get('/api/metrics/server/nas-pve1?time_range=1h')->{data}};
my @at = sort { $a <=> $b } map { Mojo::Date->new($_)->epoch } grep { Mojo::Date->new($_)->epoch >= $begun } @samples;
cmp_ok @at, '>=', 3, 'the server that was there has its samples';
is max(map { $at[$_] - $at[$_ - 1] } 1 .. $#at), 10, '... and none is missing';
unlike $hearth->logs, qr/samples are lost/, 'nothing was too much';

# many nodes: all say their load in each round, and each has its traffic asked for once in six
my $big = Hearth::Peer->start('proxmox', nodes => 60, guests => 1, secret => $SECRET, seed => 4, latency_ms => 50);
$hearth->ctl_ok('config', 'unset', map { my $n = $_; map { "PROXMOX_${n}_$_" } qw(ID URL TOKEN_ID TOKEN_SECRET TLS TLS_PIN) } 1 .. 4);
$hearth->ctl_ok(qw(config set), slot(5, 'big', $big));
$hearth->collect(qw(--only proxmox));
$hearth->db('series')->do("UPDATE $_ SET imported = 1") for qw(pve_server pve_guest); # that is not the matter here
$hearth->collect(qw(--only proxmox));
is rows("SELECT count(load1) FROM pve_server WHERE slot = 'big'")->[0][0], 60, 'each node has its load';
my $at_once = $big->counters->{max_concurrent};
ok $at_once > 4 && $at_once <= 8, '... asked for with a few requests at a time' or diag $at_once;
my @paths = map { $_->{path} } @{$big->log}[-71 .. -1];
is scalar(grep { m{/status$} } @paths), 60, 'a round has the status of each';
is scalar(grep { m{/rrddata} } @paths), 10, '... and the traffic of ten';
done_testing;

sub slot ($n, $id, $peer)
{
	return ("PROXMOX_${n}_ID" => $id, "PROXMOX_${n}_URL" => $peer->tls_url, "PROXMOX_${n}_TOKEN_ID" => 'hearth@pve!panel',
		"PROXMOX_${n}_TOKEN_SECRET" => $SECRET, "PROXMOX_${n}_TLS" => 'pin', "PROXMOX_${n}_TLS_PIN" => $peer->pin);
}

sub rows ($sql) { return $hearth->db('series')->selectall_arrayref($sql) }

# How many servers are marked; whether all guests are
sub imported ($table = 'pve_server')
{
	return rows('SELECT count(*) FROM pve_server WHERE imported')->[0][0] if $table eq 'pve_server';
	return !rows('SELECT count(*) FROM pve_guest WHERE NOT imported AND NOT template')->[0][0];
}

sub get ($path) { return $session->get($path)->json // {} }
