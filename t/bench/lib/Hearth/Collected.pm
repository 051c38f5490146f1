# The whole collector of a house for some minutes of real time: hearth-collect as it is built, against stand-ins of
# Proxmox and, at home, a Fritz!Box, with workers that hold the databases open.
package Hearth::Collected;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
use Hearth::Instance;
use Hearth::Peer;
use List::Util 'max';
use Mojo::File 'path';
use POSIX ();
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(collected);

use constant {
	DAY_S => 86400,
	SECRET => '5f1d7c3a-9b24-4e68-8a07-c2d96be0f413',
	WARM_S => 60,    # imports and first rows
	EARLY_S => 25,   # behind a multiple of a save, so that whole periods are measured
	SAVE_S => 300,
	CHARTS => 50,
	HOURS_A_DAY => 24,
};

# What it cost, as a hash. Options: nodes, guests, latency_ms, box (also a Fritz!Box), minutes.
sub collected (%opt)
{
	my $pve = Hearth::Peer->start('proxmox', nodes => $opt{nodes}, guests => $opt{guests}, secret => SECRET,
		latency_ms => $opt{latency_ms});
	my $box = $opt{box} ? Hearth::Peer->start('fritzbox', user => 'hearth', password => 'bench', devices => 30) : undef;
	my $hearth = Hearth::Instance->new(config => { _proxmox($pve), $box ? _fritzbox($box) : () });
	my $session = $hearth->login;
	$hearth->collect;
	# taking history over is another matter, and has its own limits
	$hearth->db('series')->do("UPDATE $_ SET imported = 1") for qw(pve_server pve_guest);

	my $run = _start($hearth, $opt{minutes} * 60 + 2 * SAVE_S + WARM_S);
	_wait($run, time + WARM_S);
	_wait($run, time + 1) until int(time - EARLY_S) % SAVE_S == 0;
	my ($from, $written, $cpu, $rounds) = (time, _written($run), _cpu($run), scalar @{$run->{rounds}});
	my ($past, $seal, @minutes) = ($written, undef);
	for my $minute (1 .. $opt{minutes}) {
		_wait($run, $from + 60 * $minute);
		my $now = _written($run);
		# the minutes in which the hour before goes into its blocks
		($seal //= 0) += $now - $past if (gmtime)[1] >= 1 && (gmtime)[1] <= 4;
		push @minutes, $now - $past;
		$past = $now;
	}
	my %figures = (
		written_a_day => ($past - $written) / (time - $from) * DAY_S,
		is_with_hour => defined $seal,
		cpu_ms => 1000 * (_cpu($run) - $cpu) / max(1, @{$run->{rounds}} - $rounds),
		_times(@{$run->{rounds}}[$rounds .. $#{$run->{rounds}}]),
		_chart($session),
		wal_bytes => -s $hearth->dir . '/series.db-wal',
	);
	kill TERM => $run->{pid};
	waitpid $run->{pid}, 0;
	$figures{file_bytes} = -s $hearth->dir . '/series.db';
	return \%figures;
}

sub _proxmox ($pve)
{
	return (PROXMOX_1_ID => 'home', PROXMOX_1_URL => $pve->tls_url, PROXMOX_1_TOKEN_ID => 'hearth@pve!panel',
		PROXMOX_1_TOKEN_SECRET => SECRET, PROXMOX_1_TLS => 'pin', PROXMOX_1_TLS_PIN => $pve->pin);
}

sub _fritzbox ($box)
{
	return (FRITZBOX_ENABLED => 'true', FRITZBOX_HOST => '127.0.0.1', FRITZBOX_PORT => $box->port,
		FRITZBOX_USERNAME => 'hearth', FRITZBOX_PASSWORD => 'bench', FRITZBOX_TLS => 'false');
}

sub _start ($hearth, $seconds)
{
	pipe my $out, my $child_out or die "pipe: $!\n";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		open STDERR, '>&', $child_out;
		{ no warnings; exec 'setpriv', '--pdeathsig', 'TERM', '--', $hearth->build . '/hearth-collect', '-d', $hearth->dir,
			'--for', int $seconds, '--every', 10, '--verbose' }
		POSIX::_exit(127);
	}
	close $child_out;
	$out->blocking(0);
	return { pid => $pid, out => $out, text => '', asked => undef, rounds => [] };
}

# Reads what it says until then: how long rounds of the servers take, from the question to the answer being stored.
sub _wait ($run, $until)
{
	while ((my $left = $until - time) > 0) {
		my $in = '';
		vec($in, fileno $run->{out}, 1) = 1;
		next unless select $in, undef, undef, $left;
		sysread $run->{out}, $run->{text}, 65536, length $run->{text} or return;
		while ($run->{text} =~ s/\A(.*)\n//) {
			my $line = $1;
			$run->{asked} = time if $line =~ m{\Aproxmox/home: asking};
			push @{$run->{rounds}}, time - $run->{asked} if $line =~ m{\Aproxmox/home: (?!asking|not due)} && $run->{asked};
			$run->{failed}++ if $line =~ m{\Aproxmox/home: (?!asking|not due|ok)};
		}
	}
}

sub _written ($run)
{
	return path("/proc/$run->{pid}/io")->slurp =~ /^write_bytes: (\d+)/m ? $1 : 0;
}

sub _cpu ($run)
{
	my @stat = split ' ', path("/proc/$run->{pid}/stat")->slurp =~ s/^.*\) //sr;
	return ($stat[11] + $stat[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub _times (@seconds)
{
	my @sorted = sort { $a <=> $b } @seconds or return;
	return (rounds => scalar @sorted, round_ms => 1000 * $sorted[@sorted / 2], round_max_ms => 1000 * $sorted[-1]);
}

# Over HTTP, nginx included; each with another limit, so that no worker gives a reply again.
sub _chart ($session)
{
	my @ms;
	for my $n (1 .. CHARTS) {
		my $from = time;
		my $res = $session->get('/api/metrics/server/home-pve1?time_range=30d&limit=' . (1000 + $n));
		die 'chart: ' . $res->code . "\n" unless $res->is_success;
		push @ms, 1000 * (time - $from);
	}
	@ms = sort { $a <=> $b } @ms;
	return (chart_ms => $ms[@ms / 2], chart_max_ms => $ms[-1]);
}

1;
