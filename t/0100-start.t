#!/usr/bin/perl
# ./start: a folder becomes a running instance, stays one whatever is killed, and ends without a trace
use Mojo::Base -strict, -signatures;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Temp ();
use IO::Socket::INET;
use Mojo::File 'path';
use Mojo::UserAgent;
use Test::More;
use Time::HiRes qw(sleep time);

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $HEAL_SECONDS = 2;
my $temp = File::Temp->newdir('hearth-start-XXXXXX', TMPDIR => 1);
my $ua = Mojo::UserAgent->new(max_connections => 0, connect_timeout => 2, request_timeout => 5);
my @started;

chmod 0755, $temp;    # so that root can hand a folder in it to another user
$ENV{HEARTH_BUILD} = abs_path($ENV{HEARTH_BUILD} // "$TOP/build");
test_usage();
test_refusals();
test_life();
test_healing();
test_supervisor_killed();
test_side_by_side();
test_foreground();
test_without();
test_other_user();
test_closed_checkout();
done_testing;

END {
	local $?;
	start($_, '--stop') for @started;
	path($_)->remove_tree for glob "/{usr/local/lib,var/local}/hearth/*@{[$temp =~ s{/}{%}gr]}*";
	rmdir $_ for </{usr/local/lib,var/local}/hearth>;
}

# Runs ./start on a folder: (exit status, all that it said)
sub start ($dir, @args)
{
	push @args, '--user', 'root' if !$> && !grep { $_ eq '--user' } @args;
	open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', "$TOP/start", '--dir', $dir, @args or die "start: $!";
	my $said = join '', <$out>;
	close $out;
	return ($? >> 8, $said);
}

sub start_ok ($dir, @args)
{
	push @started, $dir;
	my ($exit, $said) = start($dir, '--detach', @args);
	is $exit, 0, "starts in $dir" or diag $said;
	return $said;
}

sub free_port
{
	return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
}

sub is_healthy ($port)
{
	return ($ua->get("http://127.0.0.1:$port/health")->res->code // 0) == 200;
}

sub until_true ($seconds, $what)
{
	my $end = time + $seconds;
	my $is_true;
	sleep 0.02 until ($is_true = $what->()) || time > $end;
	return $is_true;
}

sub pid_of ($dir, $service)
{
	my $file = path($dir, 'run', 'pids', $service);
	return -e $file && (split ' ', $file->slurp)[0] || 0;
}

sub stat_of ($pid)
{
	open my $file, '<', "/proc/$pid/stat" or return;
	my ($state, $parent) = (readline($file) // '') =~ /\) (\S) (\d+)/ or return;
	return { state => $state, parent => $parent };
}

sub is_alive ($pid)
{
	my $stat = stat_of($pid);
	return $stat && $stat->{state} ne 'Z';
}

# What works in a folder, zombies aside
sub processes_in ($dir)
{
	return grep { is_alive($_) && (readlink("/proc/$_/cwd") // '') eq $dir } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

sub children_of ($pid)
{
	return grep { is_alive($_) && stat_of($_)->{parent} == $pid } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

sub test_usage
{
	my ($exit, $said) = start("$temp/none", '--help');
	is $exit, 0, '--help';
	like $said, qr/^Usage: .*--detach.*--without/s, 'the help names the options';
	for my $args (['--bogus'], ['--port'], ['--port', '0'], ['--port', '65536'], ['--port', '80a'],
		['--listen', '1.2.3.4;'], ['--without', 'nginx'])
	{
		($exit, $said) = start("$temp/none", @$args);
		is $exit, 2, "@$args is refused";
		like $said, qr/^hearth: \S/, '... in words';
	}
	($exit, $said) = start("$temp/none", '--status');
	is $exit, 3, '--status where nothing is';
	($exit, $said) = start("$temp/none", '--stop');
	is $exit, 0, '--stop where nothing is';
	ok !-e "$temp/none", 'none of it made the folder';
}

sub test_refusals
{
	my $full = "$temp/full";
	path($full)->make_path->child('letter.txt')->touch;
	my ($exit, $said) = start($full, '--detach');
	is $exit, 2, 'a folder with other things is left alone';
	like $said, qr/holds other things/, '... in words';

	my $long = "$temp/" . 'x' x (90 - length $temp);
	($exit, $said) = start($long, '--detach');
	is $exit, 2, 'a name too long for a socket is refused';
	like $said, qr/too long.*--dir/s, '... with what to do';
	ok !-e $long, '... before it is made';

	($exit, $said) = start("$temp/a\$b", '--detach');
	is $exit, 2, 'a name that nginx would read otherwise is refused';

	($exit, $said) = start("$temp/nowhere", '--detach', '--listen', 'no-such-host.invalid');
	is $exit, 1, 'an address that is none';
	like $said, qr/^hearth: nginx cannot start: host not found/m, '... is said in one line';

	path("$temp/wrong")->make_path->child('hearth.conf')->spurt("[fritzbox]\npol_seconds = 3\n");
	($exit, $said) = start("$temp/wrong", '--detach');
	is $exit, 1, 'settings with a fault';
	like $said, qr/hearth\.conf:2: unknown key pol_seconds/, '... are named';
	is_deeply [processes_in("$temp/wrong")], [], '... and nothing was begun';

	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die "socket: $!";
	($exit, $said) = start("$temp/taken", '--detach', '--port', $socket->sockport);
	is $exit, 1, 'a port that another program has';
	like $said, qr/is taken.*--port/s, '... is said, with what to do';
	is_deeply [processes_in("$temp/taken")], [], '... and nothing was left running';
}

sub test_life
{
	my ($dir, $port) = ("$temp/a home", free_port());
	my $begin = time;
	my $said = start_ok($dir, '--port', $port);
	diag sprintf 'started in %.2f s', time - $begin;
	like $said, qr{http://127\.0\.0\.1:$port/}, 'says the address';
	my ($password) = $said =~ /^.*password: (\S+)$/m;
	ok $password, 'says the one-time password';
	is path($dir, 'first-login.txt')->slurp =~ /^password: (.*)$/m && $1, $password, '... which is also in the file';
	is +(stat "$dir/first-login.txt")[2] & 0777, 0600, '... for the owner alone';
	is +(stat $dir)[2] & 0777, 0700, 'as the whole folder';
	ok is_healthy($port), 'answers';

	my ($exit, $again) = start($dir, '--port', free_port());
	is $exit, 0, 'a second start';
	like $again, qr{already runs.*http://127\.0\.0\.1:$port/}, '... says where it runs';

	my ($status, $table) = start($dir, '--status');
	is $status, 0, '--status of what runs';
	like $table, qr/^$_ +running +@{[pid_of($dir, $_)]} /m, "... shows $_" for qw(api nginx mosquitto collector);

	my ($all) = grep { /\Q$password/ } map { path($_)->slurp } glob path($dir, 'log', '*') =~ s/ /\\ /gr;
	is $all, undef, 'the password is in no log';

	($exit) = start($dir, '--stop');
	is $exit, 0, '--stop';
	is_deeply [processes_in($dir)], [], '... leaves no process';
	is_deeply [glob path($dir, 'run', '*.sock') =~ s/ /\\ /gr], [], '... and no socket';

	$said = start_ok($dir, '--port', $port);
	unlike $said, qr/\Q$password/, 'the password is said once';
	start($dir, '--stop');
}

sub test_healing
{
	my ($dir, $port) = ("$temp/heal", free_port());
	start_ok($dir, '--port', $port);
	my %victims = (
		(map { my $name = $_; ($name => sub { pid_of($dir, $name) }) } qw(api nginx mosquitto collector guard supervisor)),
		'a worker of api' => sub { (children_of(pid_of($dir, 'api')))[0] },
		'a worker of nginx' => sub { (children_of(pid_of($dir, 'nginx')))[0] },
	);
	for my $name (sort keys %victims) {
		sleep 1;    # what was started a moment ago may wait that long
		my $before = processes_in($dir);
		my $pid = $victims{$name}->();
		ok kill(KILL => $pid), "kill -9 of $name";
		ok until_true($HEAL_SECONDS, sub {
			my $new = $victims{$name}->();
			return $new && $new != $pid && is_alive($new) && is_healthy($port) && processes_in($dir) == $before;
		}), '... is healed' or diag path($dir, 'log', 'supervisor.log')->slurp;
	}
	start($dir, '--stop');
}

sub test_supervisor_killed
{
	my ($dir, $port) = ("$temp/orphans", free_port());
	start_ok($dir, '--port', $port);
	my @workers = children_of(pid_of($dir, 'nginx'));
	my $bystander = fork // die "fork: $!";
	if (!$bystander) {
		chdir $dir;
		exec 'sleep', '60';
	}
	my @parents = map { pid_of($dir, $_) } qw(guard nginx api supervisor);
	kill STOP => $parents[-1];    # so that it does not heal
	kill KILL => @parents;
	ok is_alive($workers[0]), 'workers whose parents were killed too go on';
	start_ok($dir, '--port', $port);
	ok !(grep { is_alive($_) } @workers), '... until the next start';
	ok is_healthy($port), '... which takes their place';
	ok is_alive($bystander), '... and leaves others alone that work in the folder';
	kill KILL => $bystander;
	waitpid $bystander, 0;
	start($dir, '--stop');
}

sub test_side_by_side
{
	my %homes = map { ("$temp/$_" => free_port()) } qw(left right);
	my ($left, $right) = sort keys %homes;
	start_ok($_, '--port', $homes{$_}) for $left, $right;
	ok is_healthy($homes{$_}), "$_ answers" for $left, $right;
	start($left, '--stop');
	ok !is_healthy($homes{$left}), 'the one that was stopped is silent';
	ok is_healthy($homes{$right}), 'the other goes on';
	start($right, '--stop');
}

sub test_foreground
{
	my ($dir, $port) = ("$temp/foreground", free_port());
	for my $signal (qw(INT TERM HUP KILL)) {
		my $pid = open(my $out, '-|') // die "fork: $!";
		if (!$pid) {
			$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
			chdir $temp;
			exec "$TOP/start", '--dir', 'foreground', '--port', $port, $> ? () : qw(--user root);
		}
		while (my $line = <$out>) {
			last if $line =~ /Ctrl-C/;
		}
		ok is_healthy($port), 'up in the foreground, in a folder named from here';
		if ($signal eq 'INT') {
			my $old = pid_of("$temp/foreground", 'supervisor');
			kill KILL => $old;
			ok until_true($HEAL_SECONDS, sub { pid_of("$temp/foreground", 'supervisor') != $old && is_healthy($port) }),
				'a supervisor that is killed is started again';
		}
		kill $signal => $pid;
		waitpid $pid, 0;
		is $?, $signal eq 'KILL' ? 9 : 0, "$signal ends it";
		ok until_true(5, sub { !processes_in($dir) }), '... and all that it started';
	}
}

sub test_without
{
	my ($dir, $port) = ("$temp/less", free_port());
	start_ok($dir, '--port', $port, '--without', 'mosquitto', '--without', 'collector');
	my (undef, $table) = start($dir, '--status');
	like $table, qr/^api /m, 'what is not left out runs';
	unlike $table, qr/^(?:mosquitto|collector) /m, 'what is left out does not';
	start($dir, '--stop');
}

# Root hands the folder to a user of its own
sub test_other_user
{
SKIP: {
		skip 'only root can', 8 if $>;
		my ($dir, $port) = ("$temp/given", free_port());
		mkdir $dir;
		my $user = 'nobody';
		chown scalar getpwnam($user), -1, $dir;
		push @started, $dir;
		my ($exit, $said) = start($dir, '--detach');
		is $exit, 1, 'root does not trust what a user may have put there';
		like $said, qr/belongs to nobody, not to root/, '... and says so';
		local $ENV{ROOTS_OWN} = 'a secret';
		($exit, $said) = start($dir, '--detach', '--port', $port, '--user', $user);
		is $exit, 0, 'starts as another user' or diag $said;
		is_deeply [grep { path("/proc/$_/environ")->slurp =~ /ROOTS_OWN/ } processes_in($dir)], [],
			'who gets none of the environment of root';
		is_deeply [grep { path("/proc/$_/status")->slurp !~ /^NoNewPrivs:\s+1/m } processes_in($dir)], [],
			'... and no way back to its rights';
		is_deeply [grep { (stat "/proc/$_")[4] != getpwnam $user } processes_in($dir)], [], 'every process is theirs';
		is +(stat "$dir/hearth.db")[4], scalar getpwnam($user), 'and so are the files';
		start($dir, '--stop', '--user', $user);
		is_deeply [processes_in($dir)], [], 'root can stop it';
	}
}

# From a checkout that only root may enter, as one in root's own folder: the services are another user's all the same,
# and run a copy that this user cannot change
sub test_closed_checkout
{
SKIP: {
		skip 'only root can', 24 if $>;
		my ($top, $port, $user) = ("$temp/closed/hearth", free_port(), 'nobody');
		my ($copy, $dir) = map { "$_/" . $top =~ s{/}{%}gr } qw(/usr/local/lib/hearth /var/local/hearth);
		$dir .= '%var';
		push @started, $dir;
		path($top)->make_path({ mode => 0700 })->child('build')->make_path;
		chmod 0700, "$temp/closed";
		system 'cp', '-R', (map { "$TOP/$_" } qw(start build-aux conf)), $top and die "cp: $?";
		system "cd '$TOP' && cp -R --parents panel/dist t/peers '$top'" and die "cp: $?";
		system 'cp', (map { "$ENV{HEARTH_BUILD}/$_" } qw(hearth-api hearth-collect hearthctl)), "$top/build" and die "cp: $?";
		my $closed = sub (@args) {
			local $ENV{HEARTH_BUILD} = "$top/build";
			open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', "$top/start", @args or die "start: $!";
			my $said = join '', <$out>;
			close $out;
			return ($? >> 8, $said);
		};
		for my $time ('the first', 'a second') {
			my ($exit, $said) = $closed->('--detach', '--port', $port, '--user', $user);
			is $exit, 0, "starts $time time from a closed checkout" or diag $said;
			ok is_healthy($port), '... and answers';
			is_deeply [grep { (stat "/proc/$_")[4] != getpwnam $user } processes_in($dir)], [], '... as the user';
			my @others = grep { my @stat = lstat; $stat[4] != 0 || $stat[2] & 022 && !-l } split /\n/, `find '$copy'`;
			is "@others", '', '... who cannot change what runs';
			is +(stat "$dir/hearth.db")[4], scalar getpwnam($user), '... but what it holds';
			is readlink "$top/var", $dir, '... and lies where they may go';
			like +($closed->('--status'))[1], qr/^api +running/m, 'root sees what runs';
			is system("cd '$top' && '$ENV{HEARTH_BUILD}/hearthctl' -d var config get FRITZBOX_HOST >'$temp/said'"), 0,
				'... and asks and changes it by that name';
			($exit, $said) = $closed->('--stop');
			is $exit, 0, '... and can stop it' or diag $said;
			is_deeply [processes_in($dir)], [], '... all of it';
		}
	}
}
