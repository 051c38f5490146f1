# What the benchmarks share: an instance with plausible data and many API keys, processes that end with the
# benchmark, what processes cost, wrk.
package Hearth::Bench;
use Mojo::Base -strict, -signatures;
use Cwd 'abs_path';
use Digest::SHA 'sha256_hex';
use Exporter 'import';
use File::Basename 'dirname';
use Hearth::Instance;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Mojo::File 'path';
use POSIX 'WNOHANG';
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(TOP STALE_SECONDS bench_dir build_dir cpu_seconds file_write free_port history instance_new
	keys_refresh machine packages_install session_pids spawn stop_all tokens_add unix_listen wait_listening wrk);

my $TOP = abs_path(dirname(__FILE__) . '/../../../..');
use constant {
	DEVICES => 150,
	KEYS => 200,                # at 6000 requests a minute each, 20,000/s for a minute
	TOKENS => 800,              # at 600 requests a minute each, 8,000/s for a minute
	POLL_SECONDS => 300,
	STALE_SECONDS => 3 * 300,   # three polls: nothing gets stale during a run
	LAST_USED_SECONDS => 60,    # how often the last use of a key is written
	READY_SECONDS => 20,
	END_SECONDS => 5,
};
my (%spawned, $owner);

sub TOP { return $TOP }

sub build_dir { return abs_path($ENV{HEARTH_BUILD} // "$TOP/build") // die "there is no build; run ./start once\n" }

# Where the benchmarks keep what they make.
sub bench_dir { return path(build_dir(), 'bench')->make_path }

# Writes a file there; returns its path.
sub file_write ($name, $text)
{
	my $file = bench_dir->child($name);
	open my $out, '>', $file or die "$file: $!\n";
	print $out $text;
	close $out or die "$file: $!\n";
	return $file;
}

# ---- the instance -----------------------------------------------------------------------------

# A running instance without collector: a week of history, 150 devices just polled, KEYS keys of one account.
# Returns it and its keys.
sub instance_new
{
	my $hearth = Hearth::Instance->new(start => 0);
	$hearth->ctl_ok('demo');
	$hearth->ctl_ok(qw(config set FRITZBOX_ENABLED true FRITZBOX_HOST 127.0.0.1 FRITZBOX_PORT 9 FRITZBOX_USERNAME
		bench FRITZBOX_PASSWORD bench AUTH_NETWORK_RATE_PER_MINUTE 6000 FRITZBOX_POLL_SECONDS), POLL_SECONDS);
	$hearth->user;
	_add_devices($hearth->db('series'));
	my @keys = _add_keys($hearth->db);
	return ($hearth->start, @keys);
}

sub _add_devices ($db)
{
	$db->begin_work;
	my ($have) = $db->selectrow_array('SELECT count(*) FROM net_device WHERE listed = 1');
	my $add = $db->prepare('INSERT INTO net_device (identity, ip, ip_key, name, mac, interface_type, address_source,'
		. ' listed, offline, changed_at, first_seen, last_seen, present_since, present_until, misses, version,'
		. ' custom_name, device_type) SELECT ?, ?, ?, ?, ?, ?, ?, 1, ?, 0, ?, ?, 0, 0, 0, 0, ?, ?');
	for my $n ($have .. DEVICES - 1) {
		my $mac = sprintf '02:00:5E:10:%02X:%02X', $n / 256, $n % 256;
		my ($ip, $ip_key) = ("192.168.177.$n", 192 << 24 | 168 << 16 | 177 << 8 | $n);
		$add->execute($mac, $ip, $ip_key, $n % 7 ? "device-$n" : "Gerät-$n", $mac, $n % 3 ? '802.11' : 'Ethernet',
			$n % 5 ? 'DHCP' : 'Static', $n % 4 ? 0 : 1, int(time) - 7 * 86400, int time, $n % 10 ? undef : "Light $n",
			$n % 10 ? undef : 'light');
	}
	$db->do('UPDATE net_provider SET devices = ?, devices_at = ?', undef, DEVICES, int time);
	$db->commit;
}

sub _add_keys ($db)
{
	my ($account) = $db->selectrow_array("SELECT id FROM account WHERE username = 'tester'");
	my @keys = map { 'ha_' . substr(sha256_hex("key $_"), 0, 32) } 1 .. KEYS;
	my $add = $db->prepare('INSERT INTO api_key (account_id, name, hash, prefix, created_at) VALUES (?, ?, ?, ?, ?)');
	$db->begin_work;
	$add->execute($account, 'bench', sha256_hex($_), substr($_, 0, 8), int time) for @keys;
	$db->commit;
	return @keys;
}

# Adds as many scoped tokens of the account tester; returns them.
sub tokens_add ($hearth, $scopes)
{
	my $db = $hearth->db;
	my ($account) = $db->selectrow_array("SELECT id FROM account WHERE username = 'tester'");
	my @tokens = map { 'tt_' . substr(sha256_hex("token $_"), 0, 32) } 1 .. TOKENS;
	my $add = $db->prepare('INSERT INTO token (account_id, kind, name, hash, prefix, scopes, created_at)'
		. " VALUES (?, 'tt', 'bench', ?, ?, ?, ?)");
	$db->begin_work;
	$add->execute($account, sha256_hex($_), substr($_, 0, 8), $scopes, int time) for @tokens;
	$db->commit;
	return @tokens;
}

# Spreads the last use of all keys of a table over the last minute, as it is when they are in use all the time: so
# whatever is measured then writes the same number of last uses a second.
sub keys_refresh ($hearth, $table)
{
	$hearth->db->do("UPDATE $table SET last_used_at = ? - id % ?", undef, int time, LAST_USED_SECONDS);
}

# Runs the program t/bench/history with options, folder and design; returns its figures.
sub history (@args)
{
	my $program = build_dir() . '/t/bench/history';
	die "$program is not built: make -C " . build_dir() . " t/bench/history\n" unless -x $program;
	open my $out, '-|', 'sh', '-c', 'exec "$@" 2>/dev/null', 'sh', $program, @args or die "$program: $!\n";
	my %figures = map { /^(\S+) (\S+)$/ ? ($1, $2) : () } <$out>;
	close $out or die "$program failed\n";
	return \%figures;
}

# ---- processes --------------------------------------------------------------------------------

sub free_port
{
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "no free port: $!\n";
	return $socket->sockport;
}

sub unix_listen ($file)
{
	unlink $file;
	return IO::Socket::UNIX->new(Local => "$file", Listen => 511) || die "$file: $!\n";
}

# spawn(\%options, COMMAND...): a process in a session of its own, told to end when we do. Options: name (of its
# log), env, stdin (a handle).
sub spawn ($options, @command)
{
	$owner //= $$;
	my $log = bench_dir->child("$options->{name}.log");
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		POSIX::setsid();
		if ($options->{stdin}) {
			open STDIN, '<&', $options->{stdin};
		} else {
			open STDIN, '<', '/dev/null';
		}
		open STDOUT, '>', "$log";
		open STDERR, '>&', \*STDOUT;
		$SIG{INT} = $SIG{TERM} = 'DEFAULT';
		%ENV = (%ENV, %{$options->{env} // {}});
		{ no warnings; exec 'setpriv', '--pdeathsig', 'TERM', '--', @command }
		POSIX::_exit(127);
	}
	$spawned{$pid} = $options->{name};
	return $pid;
}

# Ends what spawn began, with all of its session.
sub stop_all
{
	local $?;
	my $end = time + END_SECONDS;
	kill TERM => $_ for keys %spawned;
	for my $pid (keys %spawned) {
		while (waitpid($pid, WNOHANG) == 0) {
			kill KILL => session_pids($pid) if time > $end;
			sleep 0.02;
		}
		kill KILL => session_pids($pid);
	}
	%spawned = ();
}

END { stop_all() if $owner && $owner == $$ }

# Waits until something listens on the port, or on the socket of that name, and returns it; dies with the log of the
# process when that ends before.
sub wait_listening ($where, $pid)
{
	my $end = time + READY_SECONDS;
	until ($where =~ m{/} ? IO::Socket::UNIX->new(Peer => "$where") : IO::Socket::INET->new(PeerAddr => "127.0.0.1:$where",
		Timeout => 1)) {
		die "$spawned{$pid} did not start:\n" . path(bench_dir(), "$spawned{$pid}.log")->slurp
			if time > $end || waitpid($pid, WNOHANG) > 0;
		sleep 0.05;
	}
	return $where;
}

# Installs the Debian packages of kind bench that are missing, when root; otherwise, or when that fails, names them.
sub packages_install
{
	local $ENV{top} = $TOP;
	my $lib = '. "$top/build-aux/lib.sh"';
	my $missing = `sh -c '$lib; packages_missing bench' | tr '\\n' ' '`;
	return if $missing !~ /\S/;
	return if $> == 0 && system('sh', '-c', "$lib; packages_need bench") == 0;
	say "Missing Debian packages: $missing";
}

# ---- what processes cost ----------------------------------------------------------------------

# The fields of /proc/PID/stat behind the name: state, parent, group, session, ...
sub _stat ($pid)
{
	open my $file, '<', "/proc/$pid/stat" or return;
	my $line = readline($file) // return;
	return split ' ', $line =~ s/^.*\) //sr;
}

# The processes of the sessions.
sub session_pids (@sessions)
{
	my %wanted = map { ($_ => 1) } @sessions;
	return grep { $wanted{ (_stat($_))[3] // 0 } } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

# Seconds of processor time of the sessions since their beginning.
sub cpu_seconds (@sessions)
{
	my $ticks = 0;
	for my $pid (session_pids(@sessions)) {
		my @stat = _stat($pid) or next;
		$ticks += $stat[11] + $stat[12];
	}
	return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Runs wrk with options, script, URL and arguments of the script; returns the numbers of its line "result".
sub wrk (@args)
{
	open my $out, '-|', 'wrk', @args or die "wrk: $! (the Debian package wrk has it)\n";
	my $said = join '', <$out>;
	close $out or die "wrk failed:\n$said";
	$said =~ /^result (.+)$/m or die "wrk did not report:\n$said";
	return split ' ', $1;
}

# One line about the machine.
sub machine
{
	my @models = path('/proc/cpuinfo')->slurp =~ /^model name\s*:\s*(.+)$/mg;
	my ($load) = split ' ', path('/proc/loadavg')->slurp;
	return sprintf '%d x %s, shared with the load generator; load average before the run %s', scalar @models,
		$models[0] // 'processor', $load;
}

1;
