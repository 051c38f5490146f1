# An instance of Hearth for one test: a folder of its own, nginx and workers on a free port of the loopback
# address, run by ./start with the programs of $HEARTH_BUILD (build beside it). It ends with the test.
package Hearth::Instance;
use Mojo::Base -base, -signatures;
use Carp 'croak';
use Cwd 'abs_path';
use DBI;
use Fcntl qw(F_SETFD FD_CLOEXEC);
use File::Basename 'dirname';
use File::Temp ();
use Hearth::Secrets;
use IO::Socket::INET;
use Mojo::File 'path';
use Mojo::UserAgent;
use POSIX 'WNOHANG';
use Scalar::Util 'weaken';
use Time::HiRes qw(sleep time);

use constant { END_SECONDS => 20, PORT_TRIES => 5 };

my $TOP = abs_path(dirname(__FILE__) . '/../../..');
my %running;

has [qw(dir port build)];
has 'ua' => \&_ua;

# Hearth::Instance->new(config => {FRITZBOX_HOST => '127.0.0.1', ...}, start => 1, collector => 0,
# mosquitto => 0): a new instance, prepared and configured, and up unless start is 0. Other options: dir, an
# existing folder, which is then left as it is at the end; build, the folder of the programs.
sub new ($class, %opt)
{
	my $build = $opt{build} // $ENV{HEARTH_BUILD} // "$TOP/build";
	my $self = $class->SUPER::new(owner => $$, build => abs_path($build) // croak("there is no folder $build"));
	$self->{without} = [map { ('--without', $_) } grep { !$opt{$_} } qw(collector mosquitto)];
	$self->{temp} = File::Temp->newdir('hearth-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{HEARTH_KEEP})
		unless defined $opt{dir};
	$self->dir($opt{dir} // "$self->{temp}");
	weaken($running{$self} = $self);
	$self->ctl_ok('init');
	my %config = %{$opt{config} // {}};
	$self->ctl_ok('config', 'set', map { ($_, $config{$_}) } sort keys %config) if %config;
	$self->start if $opt{start} // 1;
	return $self;
}

# ---- the processes ----------------------------------------------------------------------------

# Starts the instance and waits until it is healthy; the port of an earlier start is kept.
sub start ($self)
{
	my $is_fixed = $self->port;
	for my $try (1 .. PORT_TRIES) {
		$self->port(_free_port()) unless $is_fixed;
		my $said = $self->_spawn;
		last if $self->{pid};
		croak "the instance did not start:\n$said" if $is_fixed || $try == PORT_TRIES || $said !~ /is taken/;
	}
	$self->ua(_ua());
	return $self;
}

sub stop ($self)
{
	my $pid = delete $self->{pid} or return $self;
	local $?;
	my $end = time + END_SECONDS;
	$self->_look_for_secrets;
	kill TERM => $pid;
	while (waitpid($pid, WNOHANG) == 0) {
		kill KILL => $pid if time > $end;
		sleep 0.01;
	}
	close delete $self->{out};
	return $self;
}

# No secret in a log or in the process list
sub _look_for_secrets ($self)
{
	Hearth::Secrets::look($_, path($_)->slurp) for glob path($self->dir, 'log', '*') =~ s/ /\\ /gr;
	for my $service (map { path($_)->basename } glob path($self->dir, 'run', 'pids', '*') =~ s/ /\\ /gr) {
		for my $pid (grep { defined } $self->pid_of($service), $self->children_of($service)) {
			Hearth::Secrets::look("the command line of $service", eval { path("/proc/$pid/cmdline")->slurp } // '');
		}
	}
}

sub restart ($self) { return $self->stop->start }

# The script stays our child and is told to end when we do, even by SIGKILL
sub _spawn ($self)
{
	my @command = ('setpriv', '--pdeathsig', 'TERM', '--', "$TOP/start", '--dir', $self->dir, '--port', $self->port,
		@{$self->{without}}, $> ? () : ('--user', 'root'));
	pipe my $out, my $child_out or croak "pipe: $!";
	fcntl $out, F_SETFD, FD_CLOEXEC;
	my $pid = fork // croak "fork: $!";
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>&', $child_out;
		open STDERR, '>&', $child_out;
		$SIG{INT} = $SIG{TERM} = 'DEFAULT';
		$ENV{HEARTH_BUILD} = $self->build;
		{ no warnings; exec @command }
		POSIX::_exit(127);
	}
	close $child_out;
	my $said = '';
	while (defined(my $line = readline $out)) {
		$said .= $line;
		next unless $line =~ /^Hearth is ready/;
		@$self{qw(pid out)} = ($pid, $out);
		return $said;
	}
	waitpid $pid, 0;
	return $said;
}

sub _free_port
{
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or croak "no free port: $!";
	return $socket->sockport;
}

# The process of a service (api, nginx, supervisor, ...) as ./start recorded it, undef when there is none.
sub pid_of ($self, $service)
{
	my $file = path($self->dir, 'run', 'pids', $service);
	return -e $file ? (split ' ', $file->slurp)[0] : undef;
}

# The processes that a service has begun: the workers of a pool or of nginx.
sub children_of ($self, $service)
{
	my $pid = $self->pid_of($service) // return;
	return sort { $a <=> $b } grep { (_parent($_) // 0) == $pid } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

sub _parent ($pid)
{
	open my $stat, '<', "/proc/$pid/stat" or return;
	my $line = readline($stat) // return;
	return $line =~ /\) [^Z] (\d+)/ ? $1 : undef;
}

# Sends a signal to the process of a service, or with "api/worker" to the first of its workers; returns its pid.
sub kill ($self, $service, $signal = 'KILL')
{
	my $pid = $service =~ m{^(.+)/worker$} ? ($self->children_of($1))[0] : $self->pid_of($service);
	croak "no process of $service" unless $pid;
	CORE::kill($signal => $pid) or croak "$service ($pid): $!";
	return $pid;
}

# ---- the programs -----------------------------------------------------------------------------

# Runs hearthctl on the folder: (stdout, stderr, exit status). A first argument {stdin => TEXT} is given to it.
sub ctl ($self, @args)
{
	my ($out, $err, $exit) = $self->_run('hearthctl', @args);
	my ($group, $verb, @rest) = (grep({ !ref } @args), '', '');
	Hearth::Secrets::keep_named(@rest[0 .. $#rest - 2]) if "$group $verb" eq 'config set';
	Hearth::Secrets::keep($out =~ /^(\S+)$/) if "$group $verb" eq 'token create';
	return ($out, $err, $exit);
}

# The same, for what must succeed: returns stdout without the last newline.
sub ctl_ok ($self, @args)
{
	my ($out, $err, $exit) = $self->ctl(@args);
	croak "hearthctl @{[grep { !ref } @args]}: exit $exit: $err" if $exit;
	chomp $out;
	return $out;
}

# Runs one round of hearth-collect, or what the arguments say: (stdout, stderr, exit status).
sub collect ($self, @args) { return $self->_run('hearth-collect', @args) }

sub _run ($self, $program, @args)
{
	my $options = ref $args[0] ? shift @args : {};
	my ($in, $out, $err) = map { File::Temp->new } 1 .. 3;
	print $in $options->{stdin} // '';
	$in->flush;
	my $pid = fork // croak "fork: $!";
	if (!$pid) {
		open STDIN, '<', "$in";
		open STDOUT, '>', "$out";
		open STDERR, '>', "$err";
		{ no warnings; exec { $self->build . "/$program" } $program, '-d', $self->dir, @args }
		print STDERR "$program: $!\n";
		POSIX::_exit(127);
	}
	local $?;
	waitpid $pid, 0;
	my ($said, $complained) = map { path("$_")->slurp } $out, $err;
	Hearth::Secrets::look("what $program said", $complained);
	return ($said, $complained, $? & 127 ? 128 + ($? & 127) : $? >> 8);
}

# ---- over HTTP --------------------------------------------------------------------------------

sub url ($self, $path = '') { return 'http://127.0.0.1:' . $self->port . $path }

sub _ua
{
	my $ua = Mojo::UserAgent->new(max_redirects => 0, connect_timeout => 5, request_timeout => 30);
	$ua->cookie_jar->ignore(sub { 1 });
	$ua->proxy->not(['127.0.0.1']);
	$ua->on(start => sub ($ua, $tx) { $tx->on(finish => sub ($tx) { Hearth::Secrets::keep_exchange($tx) }) });
	return $ua;
}

# The answer to one request, a Mojo::Message::Response; what follows the path is as for Mojo::UserAgent: a hash of
# headers, then a body, or json => ..., form => ... Its code is undef when there was no answer.
sub request ($self, $method, $path, @rest)
{
	return $self->ua->start($self->ua->build_tx($method => $self->url($path), @rest))->res;
}

sub get ($self, @rest) { return $self->request(GET => @rest) }
sub post ($self, @rest) { return $self->request(POST => @rest) }
sub put ($self, @rest) { return $self->request(PUT => @rest) }
sub patch ($self, @rest) { return $self->request(PATCH => @rest) }
sub delete ($self, @rest) { return $self->request(DELETE => @rest) }

# The one-time password of admin, undef once it has been changed.
sub password ($self)
{
	my $file = path($self->dir, 'first-login.txt');
	return -e $file && $file->slurp =~ /^password: (.*)$/m ? $1 : undef;
}

# Adds an account that need not change its password, once; returns its password.
sub user ($self, $name = 'tester', $role = 'admin')
{
	return $self->{users}{$name} //= do {
		my $password = "password of $name";
		Hearth::Secrets::keep($password);
		$self->ctl_ok({ stdin => "$password\n" }, qw(user add), $name, '--role', $role, '--password-stdin');
		$password;
	};
}

# A session of an account that user() added (tester, an admin, if none is named): an object with get, post, put,
# patch and delete as above, which sends the cookie and the CSRF token; also ->cookie, ->csrf, ->user.
sub login ($self, $name = 'tester')
{
	my $res = $self->post('/api/auth/login', json => { username => $name, password => $self->user($name) });
	croak 'login: ' . ($res->code // 'no answer') . ' ' . $res->body unless $res->is_success;
	my ($cookie) = grep { $_->name eq 'hearth_session' } @{$res->cookies};
	return Hearth::Instance::Session->new(instance => $self, cookie => $cookie->value,
		csrf => $res->json('/csrf_token'), user => $name);
}

# An access token of the network family for an account that user() added.
sub jwt ($self, $name = 'tester')
{
	my $res = $self->post('/auth/login', form => { username => $name, password => $self->user($name) });
	return $res->json('/access_token') // croak 'login: ' . ($res->code // 'no answer') . ' ' . $res->body;
}

# A new API key of an account that user() added.
sub api_key ($self, $name = 'tester')
{
	my $res = $self->login($name)->post('/auth/api-keys', json => { name => 'test' });
	return $res->json('/api_key') // croak 'API key: ' . ($res->code // 'no answer') . ' ' . $res->body;
}

# ---- what it stored and logged ----------------------------------------------------------------

# A DBI handle of hearth.db, or of series.db.
sub db ($self, $name = 'hearth')
{
	return DBI->connect("dbi:SQLite:dbname=@{[$self->dir]}/$name.db", '', '',
		{ RaiseError => 1, PrintError => 0, sqlite_unicode => 1 });
}

# All log files, one after the other, for diag().
sub logs ($self)
{
	return join '', map { "--- $_\n" . path($_)->slurp } glob path($self->dir, 'log', '*.log') =~ s/ /\\ /gr;
}

sub DESTROY ($self)
{
	return if $$ != $self->{owner} || ${^GLOBAL_PHASE} eq 'DESTRUCT';
	local $@;
	CORE::delete $running{$self};
	$self->stop;
}

END {
	$_->stop for grep { $_ && $_->{owner} == $$ } values %running;
}

package Hearth::Instance::Session;
use Mojo::Base -base, -signatures;

has [qw(instance cookie csrf user)];

sub request ($self, $method, $path, @rest)
{
	my %headers = (Cookie => 'hearth_session=' . $self->cookie, ref $rest[0] ? %{shift @rest} : ());
	$headers{'X-CSRF-Token'} //= $self->csrf unless $method =~ /^(?:GET|HEAD|OPTIONS)$/;
	return $self->instance->request($method, $path, \%headers, @rest);
}

sub get ($self, @rest) { return $self->request(GET => @rest) }
sub post ($self, @rest) { return $self->request(POST => @rest) }
sub put ($self, @rest) { return $self->request(PUT => @rest) }
sub patch ($self, @rest) { return $self->request(PATCH => @rest) }
sub delete ($self, @rest) { return $self->request(DELETE => @rest) }

1;
