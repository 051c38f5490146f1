#!/usr/bin/perl
# ./start --demo: a made-up home with a router and servers, whose pages are full; its stand-ins end with it
use Mojo::Base -strict, -signatures;
use lib 't/lib';
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Temp ();
use IO::Socket::INET;
use Mojo::File 'path';
use Mojo::UserAgent;
use Test::More;
use Time::HiRes 'sleep';

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $BUILD = $ENV{HEARTH_BUILD} = abs_path($ENV{HEARTH_BUILD} // "$TOP/build");
my @STAND_INS = qw(router hypervisor);
my $temp = File::Temp->newdir('hearth-demo-XXXXXX', TMPDIR => 1);
my $dir = "$temp/home";
my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
my @options = ('--dir', $dir, '--port', $port, '--demo', $> ? () : qw(--user root));
my $ua = Mojo::UserAgent->new;

# The collector runs when the test says so: what it took over is then stored at once
is run("$TOP/start", @options, qw(--detach --without collector)), 0, 'starts';
my %pids = map { ($_ => pid_of($_)) } @STAND_INS;
ok kill(0, $pids{$_}), "a $_ stands in" for @STAND_INS;
is run("printf 'a long password\\n' | $BUILD/hearthctl -d $dir user add tester --role admin --password-stdin"), 0, 'a user';
chomp(my $token = qx($BUILD/hearthctl -d $dir token create --user tester --kind tt --name demo));
test_pages();
test_restart();
test_end();
done_testing;

# It names the folder by $temp, which must outlive a test that dies
END {
	local $?;
	run("$TOP/start", '--dir', "$temp/home", '--stop', $> ? () : qw(--user root));
}

# Its exit status; what it says is kept from the output of the test.
sub run (@command)
{
	open my $out, '-|', @command > 1 ? ('sh', '-c', 'exec "$@" 2>&1', 'sh', @command) : ('sh', '-c', "($command[0]) 2>&1")
		or die "@command: $!";
	my $said = join '', <$out>;
	close $out;
	diag $said if $?;
	return $? >> 8;
}

sub pid_of ($service) { return (split ' ', path($dir, 'run', 'pids', $service)->slurp)[0] }

sub setting ($name)
{
	chomp(my $value = qx($BUILD/hearthctl -d $dir config get $name));
	return $value;
}

sub collect ($seconds) { return run("$BUILD/hearth-collect", '-d', $dir, '--for', $seconds, '--every', 10) }

sub uptime { return get('/api/proxmox/servers/home-pve1')->{uptime} }

sub get ($path)
{
	return $ua->get("http://127.0.0.1:$port$path", { 'X-API-Key' => $token })->res->json // {};
}

sub test_pages
{
	is collect(35), 0, 'it is polled';
	my $servers = get('/api/proxmox/servers')->{servers};
	is_deeply [map { $_->{id} } @$servers], [qw(home-pve1 home-pve2)], 'two servers';
	is scalar(grep { $_->{online} } @$servers), 2, '... are online';
	for my $server (map { $_->{id} } @$servers) {
		my @guests = @{ get("/api/proxmox/servers/$server/vms")->{vms} };
		cmp_ok scalar @guests, '>=', 5, "$server has guests";
		my ($running) = grep { $_->{status} eq 'running' } @guests;
		for my $path ("server/$server", "vm/$server/$running->{vmid}") {
			cmp_ok get("/api/metrics/$path?time_range=24h")->{total}, '>=', 280, "... a day of $path";
			cmp_ok get("/api/metrics/$path?time_range=7d")->{total}, '>=', 330, '... and a week';
		}
	}
	my $line = get('/api/house/network/bandwidth?hours=168');
	cmp_ok scalar @{ $line->{timestamps} // [] }, '>=', 150, 'a week of the line';
	is setting('PROXMOX_1_TLS'), 'pin', 'the key of the servers is pinned';
}

# The same home over a stop: ports, certificate and ages
sub test_restart
{
	my $before = [map { setting($_) } qw(PROXMOX_1_TLS_PIN PROXMOX_1_URL FRITZBOX_PORT)];
	my $uptime = uptime();
	is run("$TOP/start", '--dir', $dir, '--stop', $> ? () : qw(--user root)), 0, 'stops';
	ok !kill(0, $pids{$_}), "... and the $_ with it" for @STAND_INS;

	my $pid = open(my $out, '-|') // die "fork: $!";
	if (!$pid) {
		$SIG{INT} = 'DEFAULT';
		exec "$TOP/start", @options, qw(--without collector);
	}
	while (my $line = <$out>) {
		last if $line =~ /Ctrl-C/;
	}
	is_deeply [map { setting($_) } qw(PROXMOX_1_TLS_PIN PROXMOX_1_URL FRITZBOX_PORT)], $before,
		'the stand-ins keep certificate and ports';
	is collect(12), 0, 'they are polled';
	is scalar(grep { $_->{online} } @{ get('/api/proxmox/servers')->{servers} }), 2, '... and answer';
	cmp_ok uptime(), '>=', $uptime, '... and have not begun anew';
	%pids = map { ($_ => pid_of($_)) } @STAND_INS;
	kill INT => $pid;
	waitpid $pid, 0;
}

sub test_end
{
	for my $name (@STAND_INS) {
		my $tries = 50;
		sleep 0.1 while kill(0, $pids{$name}) && $tries--;
		ok !kill(0, $pids{$name}), "Ctrl-C ends the $name";
	}
}
