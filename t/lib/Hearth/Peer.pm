# Starts a stand-in from t/peers for one test, talks to its control port, and makes sure that it ends with the test
package Hearth::Peer;
use strict;
use warnings;
use Carp 'croak';
use Cwd 'abs_path';
use Fcntl qw(F_SETFD FD_CLOEXEC);
use File::Basename 'dirname';
use HTTP::Tiny;
use IO::Select;
use JSON::PP ();
use POSIX 'WNOHANG';
use Scalar::Util 'weaken';
use Time::HiRes qw(sleep time);

# Everyone shares two cores when tests run side by side, so a start may take its time
use constant { READY_SECONDS => 30, END_SECONDS => 3 };

my $JSON = JSON::PP->new->utf8->canonical->allow_nonref;
my $PEERS = abs_path(dirname(__FILE__) . '/../../peers');
my %running;

# Hearth::Peer->start('fritzbox', user => 'anna', devices => 5, no_tls => undef): every option becomes one of
# the command line, "_" turned into "-"; undef is an option without a value, a list repeats the option, a hash
# becomes JSON. Dies when the stand-in does not get ready.
sub start
{
	my ($class, $name, %options) = @_;
	my $self = bless { name => $name, options => \%options, owner => $$ }, $class;
	$self->_spawn("$PEERS/$name", _arguments(%options), '--die-with-stdin');
	weaken($running{$self->{pid}} = $self);
	$self->{ready} = $self->_wait_ready;
	return $self;
}

sub _arguments
{
	my %options = @_;
	my @arguments;
	for my $key (sort keys %options) {
		my $value = $options{$key};
		my $name = '--' . $key =~ tr/_/-/r;
		for my $one (ref $value eq 'ARRAY' ? @$value : $value) {
			my $text = ref $one ? $JSON->encode($one) : $one;
			utf8::encode($text) if defined $text && utf8::is_utf8($text);
			push @arguments, defined $text ? ($name, $text) : $name;
		}
	}
	return @arguments;
}

# The child holds the reading end of a pipe as its standard input and ends when the writing end is gone
sub _spawn
{
	my ($self, @command) = @_;
	pipe my $child_in, my $in or croak "pipe: $!";
	pipe my $out, my $child_out or croak "pipe: $!";
	fcntl $_, F_SETFD, FD_CLOEXEC for $in, $out;
	my $pid = fork // croak "fork: $!";
	if (!$pid) {
		open STDIN, '<&', $child_in;
		open STDOUT, '>&', $child_out;
		{ no warnings; exec { $command[0] } @command }
		print STDERR "$command[0]: $!\n";
		POSIX::_exit(127);
	}
	@$self{qw(pid in out)} = ($pid, $in, $out);
}

sub _wait_ready
{
	my ($self) = @_;
	my $text = '';
	my $end = time + READY_SECONDS;
	my $select = IO::Select->new($self->{out});
	while ($text !~ /\n/) {
		my $left = $end - time;
		my $is_late = $left <= 0 || !$select->can_read($left);
		if ($is_late || !sysread $self->{out}, $text, 65536, length $text) {
			$self->stop;
			croak "$self->{name} did not get ready" . ($is_late ? ' in time' : '');
		}
	}
	return $JSON->decode($text =~ s/\n.*//sr);
}

sub ready { return $_[0]{ready} }
sub pid { return $_[0]{pid} }
sub port { return $_[0]{ready}{port} }
sub tls_port { return $_[0]{ready}{tls_port} }
sub control_port { return $_[0]{ready}{control_port} // $_[0]{ready}{port} }
sub user { return $_[0]{options}{user} }
sub password { return $_[0]{options}{password} }
sub url { return 'http://127.0.0.1:' . $_[0]->port . ($_[1] // '') }
sub tls_url { return 'https://127.0.0.1:' . $_[0]->tls_port . ($_[1] // '') }

# The pin at this moment; it changes with a new certificate
sub pin { return $_[0]{pin} // $_[0]{ready}{pin} }

# Changes something and returns the state afterwards; dies with the text of the peer when it refuses
sub control
{
	my ($self, %changes) = @_;
	return $self->_talk('POST', { content => $JSON->encode(\%changes),
		headers => { 'content-type' => 'application/json' } });
}

sub state { return $_[0]->_talk('GET', {}) }

sub counters { return $_[0]->state->{counters} }

sub log { return $_[0]->state->{log} }

sub _talk
{
	my ($self, $method, $request) = @_;
	$self->{http} //= HTTP::Tiny->new(timeout => 20, keep_alive => 0);
	my $answer = $self->{http}->request($method, 'http://127.0.0.1:' . $self->control_port . '/__control', $request);
	my $state = eval { $JSON->decode($answer->{content}) };
	croak "$self->{name}: " . ($state && $state->{error} || "$answer->{status} $answer->{content}")
		unless $answer->{success} && $state;
	$self->{pin} = $state->{pin} if $state->{pin};
	return $state;
}

# Asks for the state until the function says yes; returns that state, or nothing when time is up
sub wait_until
{
	my ($self, $is_reached, $seconds) = @_;
	my $end = time + ($seconds // 10);
	while (1) {
		my $state = $self->state;
		return $state if $is_reached->($state);
		return undef if time >= $end;
		sleep 0.05;
	}
}

sub is_running
{
	my ($self) = @_;
	return 0 unless $self->{pid} && $self->{owner} == $$;
	return waitpid($self->{pid}, WNOHANG) == 0 ? 1 : 0;
}

# Only the process that started it ends it, and no exit status is changed
sub stop
{
	my ($self) = @_;
	return unless $self->{pid} && ($self->{owner} // 0) == $$;
	local ($?, $!, $@);
	my $pid = delete $self->{pid};
	delete $running{$pid};
	close delete $self->{in};
	kill TERM => $pid;
	my $end = time + END_SECONDS;
	while (time < $end) {
		return if waitpid($pid, WNOHANG) != 0;
		sleep 0.01;
	}
	kill KILL => $pid;
	waitpid $pid, 0;
}

sub DESTROY { $_[0]->stop }

END { $_->stop for grep { defined } values %running }

1;
