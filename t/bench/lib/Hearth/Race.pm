# A race: programs that answer the same request as Hearth does are compared with it, put under load in turn, and come
# into one table. A target is a hash: name; title; start, a function of race and target that returns the port and the
# sessions of its processes. Those of Hearth itself are named hearth...; more: turns (see load.lua), path (if another),
# is_open (asks nobody who he is), is_peer (one of those that do the same work).
package Hearth::Race;
use Mojo::Base -base, -signatures;
use Getopt::Long 'GetOptionsFromArray';
use Hearth::Bench qw(TOP bench_dir cpu_seconds file_write free_port machine spawn wait_listening wrk);
use JSON::PP ();
use List::Util qw(all max);
use Mojo::UserAgent;
use Scalar::Util 'looks_like_number';

use constant {
	CONNECTIONS => 64,
	TIMEOUT => '30s',
	FASTAPI_PROCESSES => 2,    # each fills a core
	NEAR => 1e-9,              # fractions that differ by less of themselves are equal
};

has [qw(program purpose hearth path header credentials seconds rounds reference)];
has targets => sub { [] };
has json => sub { JSON::PP->new->utf8->canonical->allow_nonref };
has ua => sub { Mojo::UserAgent->new };
has keys_file => sub ($self) { file_write('keys', join '', map { "$_\n" } @{$self->credentials}) };

# The race that the command line asks for; ends the program when it asks for help or is wrong.
sub from_command_line ($class, %with)
{
	my $self = $class->new(%with);
	my %opt = (seconds => 10, rounds => 2);
	GetOptionsFromArray([@ARGV], \%opt, qw(help quick seconds=i rounds=i only=s)) or exit $self->usage(2);
	exit $self->usage(0) if $opt{help};
	@opt{qw(seconds rounds)} = (2, 1) if $opt{quick};
	my %only = map { ($_ => 1) } split /,/, $opt{only} // join ',', map { $_->{name} } @{$self->targets};
	my @targets = grep { delete $only{ $_->{name} } || _is_hearth($_) } @{$self->targets};
	exit $self->usage(2) if %only || $opt{seconds} < 1 || $opt{rounds} < 1;
	return $self->targets(\@targets)->seconds($opt{seconds})->rounds($opt{rounds});
}

sub _is_hearth ($target) { return $target->{name} =~ /^hearth/ }

sub usage ($self, $status)
{
	my $program = $self->program;
	print {$status ? *STDERR : *STDOUT} <<~"EOF";
		Usage: t/bench/$program [--quick] [--seconds N] [--rounds N] [--only NAME,...]

		@{[$self->purpose]}

		  --quick       a smoke run: one round of 2 seconds
		  --seconds N   length of a run (10)
		  --rounds N    runs of each (2)
		  --only LIST   beside Hearth only these: @{[join ',', map { $_->{name} } grep { !_is_hearth($_) } @{$self->targets}]}

		HEARTH_BUILD names the folder of the programs (build). As root, missing Debian packages are installed.
		EOF
	return $status;
}

# ---- starting -----------------------------------------------------------------------------------

# Starts the targets and compares their answers with Hearth's; says which are left out, and why.
sub get_ready ($self)
{
	$self->targets([grep { $self->_is_ready($_) } @{$self->targets}]);
	printf "GET %s with %s, %d bytes of JSON; %d connections, %d s, %d run(s) each in turn, the median\n%s\n\n",
		$self->path, $self->header, length $self->reference, CONNECTIONS, $self->seconds, $self->rounds, machine();
}

sub _is_ready ($self, $target)
{
	my @started = eval { $target->{start}->($self, $target) };
	@$target{qw(port sessions)} = ($started[0], [@started[1 .. $#started]]);
	return 1 if @started && eval { $self->_check($target); 1 };
	my $reason = $@ || "unknown\n";
	die $reason if _is_hearth($target);
	print "$target->{title} is left out: $reason";
	return 0;
}

sub _url ($self, $target) { return "http://127.0.0.1:$target->{port}" . ($target->{path} // $self->path) }

sub _check ($self, $target)
{
	my $get = sub ($key) { $self->ua->get($self->_url($target), { $self->header => $key })->res };
	my $res = $get->($self->credentials->[0]);
	die 'it answered ' . ($res->code // 'nothing') . ': ' . substr($res->body, 0, 300) . "\n" unless $res->is_success;
	$self->reference($res->body) unless defined $self->reference;
	die "its JSON is not Hearth's:\n" . substr($res->body, 0, 600) . "\n"
		unless $self->_is_same(map { $self->json->decode($_) } $res->body, $self->reference);
	return if $target->{is_open};
	for my $key ($self->credentials->[0] =~ s/.$/-/r, $self->credentials->[0] . '0') {
		my $code = $get->($key)->code // 0;
		die "a wrong key is answered $code\n" if $code != 401;
	}
}

sub _is_same ($self, $x, $y)
{
	if (ref $x eq 'HASH' && ref $y eq 'HASH') {
		return keys %$x == keys %$y && all { exists $y->{$_} && $self->_is_same($x->{$_}, $y->{$_}) } keys %$x;
	}
	if (ref $x eq 'ARRAY' && ref $y eq 'ARRAY') {
		return @$x == @$y && all { $self->_is_same($x->[$_], $y->[$_]) } 0 .. $#$x;
	}
	my @texts = map { $self->json->encode($_) } $x, $y;
	return 1 if $texts[0] eq $texts[1];
	return 0 unless all { looks_like_number($_) && /[.e]/ } @texts;
	return abs($texts[0] - $texts[1]) <= NEAR * max(map { abs } @texts);
}

# The start of Hearth itself.
sub hearth_start ($self, $target)
{
	return ($self->hearth->port, map { $self->hearth->pid_of($_) } qw(nginx api));
}

# The nginx configuration of the instance on another port. Options: socket, of another FastCGI program; params, lines
# for it; closes, for one that keeps no connections; panel, a folder of files to give out.
sub nginx_start ($self, $name, %opt)
{
	my $dir = bench_dir->child("nginx-$name");
	my $port = free_port();
	my $conf = $self->hearth->ctl_ok('nginx', '--port', $port, '--panel', $opt{panel} // TOP . '/panel/dist');
	$conf =~ s{server "unix:[^"]*/run/api\.sock"}{server "unix:$opt{socket}"} or die "no pool api in nginx.conf\n"
		if $opt{socket};
	$conf =~ s/^(\s*fastcgi_param GATEWAY_INTERFACE .*)$/$1\n$opt{params}/m if $opt{params};
	$conf =~ s/^\s*(?:keepalive 64|fastcgi_keep_conn on);\n//mg if $opt{closes};
	$dir->child($_)->make_path for qw(log run);
	file_write("nginx-$name/nginx.conf", $conf);
	my $pid = spawn({ name => "nginx-$name" }, 'nginx', '-p', "$dir", '-c', 'nginx.conf', '-e', 'log/nginx-error.log',
		'-g', 'daemon off;' . ($> ? '' : ' user root;'));
	return (wait_listening($port, $pid), $pid);
}

# An application of t/bench/peers, with its environment.
sub fastapi_start ($self, $name, $app, %env)
{
	my $port = free_port();
	system("/usr/bin/python3 -c 'import fastapi, uvicorn, uvloop, httptools' 2>/dev/null") == 0 or die
		"there is no FastAPI (Debian: python3-fastapi python3-uvicorn python3-uvloop python3-httptools)\n";
	my $pid = spawn({ name => $name, env => { %env, PYTHONDONTWRITEBYTECODE => 1 } },
		qw(/usr/bin/python3 -m uvicorn --loop uvloop --http httptools --no-access-log --log-level warning --workers),
		FASTAPI_PROCESSES, '--port', $port, '--app-dir', TOP . '/t/bench/peers', $app);
	return (wait_listening($port, $pid), $pid);
}

# ---- measuring --------------------------------------------------------------------------------

# Each target as many times as rounds; before_each is called before each run.
sub run ($self, $before_each)
{
	for my $round (1 .. $self->rounds) {
		for my $target ($round % 2 ? @{$self->targets} : reverse @{$self->targets}) {
			$before_each->();
			$self->_measure($target);
		}
	}
}

sub _load ($self, $target, $seconds)
{
	return wrk('-t2', '-c', CONNECTIONS, '-d', "${seconds}s", '--timeout', TIMEOUT, '--latency', '-s', TOP . '/t/bench/load.lua',
		$self->_url($target), '--', $self->keys_file, $self->header, $target->{turns} // 1);
}

sub _measure ($self, $target)
{
	$self->_load($target, max(1, int $self->seconds / 5));
	my $cpu = cpu_seconds(@{$target->{sessions}});
	my ($requests, $us, $p50, $p99, $errors) = $self->_load($target, $self->seconds);
	$cpu = cpu_seconds(@{$target->{sessions}}) - $cpu;
	die "$target->{title}: $errors of $requests requests failed\n" if $errors;
	push @{$target->{runs}}, { rate => $requests / $us * 1e6, p50 => $p50 / 1000, p99 => $p99 / 1000,
		cpu => $cpu / $requests * 1e6 };
}

sub median ($self, $target, $what)
{
	my @sorted = sort { $a <=> $b } map { $_->{$what} } @{$target->{runs}};
	return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}

# The target of that name; undef when it did not run.
sub target ($self, $name)
{
	my ($target) = grep { $_->{name} eq $name } @{$self->targets};
	return $target;
}

sub print_table ($self)
{
	my @hearth = map { $self->target($_) } qw(hearth hearth-new);
	my @columns = ('target', 'req/s', 'p50 ms', 'p99 ms', 'p99/p50', 'CPU us', 'Hearth:it', 'new URLs:it');
	printf "%-22s %8s %8s %8s %8s %8s %10s %12s\n", @columns;
	for my $target (@{$self->targets}) {
		my ($rate, $p50, $p99, $cpu) = map { $self->median($target, $_) } qw(rate p50 p99 cpu);
		$target->{ratios} = [map { $self->median($_, 'rate') / $rate } @hearth];
		printf "%-22s %8.0f %8.2f %8.2f %8.2f %8.0f %10.2f %12.2f\n", $target->{title}, $rate, $p50, $p99, $p99 / $p50,
			$cpu, @{$target->{ratios}};
	}
	print "\n";
}

# The fastest of those that do the same work.
sub fastest_peer ($self)
{
	my ($fastest) = sort { $a->{ratios}[0] <=> $b->{ratios}[0] } grep { $_->{is_peer} } @{$self->targets};
	return $fastest;
}

# Whether Hearth answers at least so many times as many requests as a target does, if it ran.
sub goal ($self, $what, $target, $least)
{
	my $ratios = $target && $target->{ratios} or return;
	printf "%-6s %.2f %s (at least %s); %.2f with new URLs\n", $ratios->[0] >= $least ? 'met' : 'missed', $ratios->[0],
		$what, $least, $ratios->[1];
}

1;
