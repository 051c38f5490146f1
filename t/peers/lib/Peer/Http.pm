# A small HTTP/1.1 server on real sockets that can also do everything wrong on purpose
package Peer::Http;
use Mojo::Base -base, -signatures;
use Mojo::IOLoop;
use Mojo::IOLoop::Server;
use Mojo::IOLoop::Stream;
use Mojo::IOLoop::TLS;
use Peer::Trouble;
use Scalar::Util 'weaken';
use Socket qw(MSG_PEEK SOL_SOCKET SO_LINGER);
use Time::HiRes 'time';

use constant { MAX_HEAD => 65536, MAX_BODY => 4 * 1048576, LOG_ROWS => 200 };

my %REASON = (
	200 => 'OK', 204 => 'No Content', 302 => 'Found', 400 => 'Bad Request', 401 => 'Unauthorized',
	403 => 'Forbidden', 404 => 'Not Found', 405 => 'Method Not Allowed', 413 => 'Payload Too Large',
	500 => 'Internal Server Error', 501 => 'Not Implemented', 502 => 'Bad Gateway',
	503 => 'Service Unavailable', 504 => 'Gateway Timeout',
);

has 'handler';                            # sub ($req, $reply): calls $reply->(\%answer) once
has trouble_for => sub { sub { undef } }; # sub ($req): what goes wrong with this request
has is_counted => sub { sub { 1 } };      # sub ($req): false for requests of the test itself
has server_name => 'Webserver';
has header_names => sub { { length => 'CONTENT-LENGTH', connection => 'CONNECTION' } };
has keep_alive => 1;
has latency_ms => 0;
has max_parallel => 0;
has counters => sub { new_counters() };
has log => sub { [] };
has tls_trouble => '';                   # instead of a handshake: hang, close or garbage
has greeted => sub { {} };               # connections that have not begun yet
has listeners => sub { {} };
has streams => sub { {} };

sub new_counters
{
	return {
		requests => 0, connections => 0, open_connections => 0, max_connections => 0, in_flight => 0,
		max_concurrent => 0, last_request => undef, bad_requests => 0, bytes_sent => 0, aborted => 0,
		paths => {}, calls => {}, statuses => {}, actions => {}, misbehaved => {},
	};
}

# Counts start anew; what is open stays counted as open
sub reset_counters ($self)
{
	my $old = $self->counters;
	my $new = new_counters();
	$new->{$_} = $old->{$_} for qw(open_connections in_flight);
	$new->{max_connections} = $new->{open_connections};
	%$old = %$new;
	@{$self->log} = ();
}

# Port 0 lets the kernel choose; the number stays the same when the listener is reopened. With "mixed" the first
# byte decides between TLS and plain HTTP on one port.
sub listen ($self, $name, %options)
{
	my $args = $self->listeners->{$name} //= { address => '127.0.0.1', single_accept => 0, %options };
	weaken(my $weak = $self);
	$args->{id} = $args->{mixed} ? $self->listen_mixed($name, $args)
		: Mojo::IOLoop->server($args => sub ($loop, $stream, $id) { $weak->accepted($name, $stream, $id) });
	$args->{port} = 0 + Mojo::IOLoop->acceptor($args->{id})->port;
	return $args->{port};
}

sub listen_mixed ($self, $name, $args)
{
	weaken(my $weak = $self);
	my $server = Mojo::IOLoop::Server->new;
	$server->on(accept => sub ($server, $handle) { $weak->greet($name, $handle) });
	$server->listen($args);
	return Mojo::IOLoop->acceptor($server);
}

# Waits for the first byte without taking it
sub greet ($self, $name, $handle)
{
	my $reactor = Mojo::IOLoop->singleton->reactor;
	my $key = fileno $handle;
	$self->greeted->{$key} = { listener => $name, handle => $handle };
	$reactor->io($handle => sub {
		my $is_there = defined recv $handle, my $byte, 1, MSG_PEEK;
		$reactor->remove($handle);
		return delete $self->greeted->{$key} unless $is_there && length $byte;
		return $self->shake_hands($name, $handle) if $byte eq "\x16";
		delete $self->greeted->{$key};
		$self->adopt($name, $handle, 0);
	})->watch($handle, 1, 0);
}

sub shake_hands ($self, $name, $handle)
{
	my $kind = $self->tls_trouble;
	return if $kind eq 'hang';
	my $key = fileno $handle;
	my $entry = $kind ? delete $self->greeted->{$key} : $self->greeted->{$key};
	syswrite $handle, pack 'C*', map { $_ * 7 % 256 } 1 .. 512 if $kind eq 'garbage';
	return if $kind;
	my $tls = $entry->{tls} = Mojo::IOLoop::TLS->new($handle)->reactor(Mojo::IOLoop->singleton->reactor);
	$tls->on(upgrade => sub ($tls, $handle) {
		delete $self->greeted->{$key};
		$self->adopt($name, $handle, 1);
	});
	$tls->on(error => sub { delete $self->greeted->{$key} });
	$tls->negotiate(%{$self->listeners->{$name}}, server => 1);
}

sub adopt ($self, $name, $handle, $is_tls)
{
	my $stream = Mojo::IOLoop::Stream->new($handle);
	$self->accepted($name, $stream, Mojo::IOLoop->stream($stream), $is_tls);
}

sub is_listening ($self, $name) { return defined $self->listeners->{$name}{id} }

sub refuse ($self, $name)
{
	my $id = delete $self->listeners->{$name}{id};
	Mojo::IOLoop->remove($id) if defined $id;
	$self->drop($name);
}

sub restore ($self, $name)
{
	$self->listen($name) unless $self->is_listening($name);
}

# Closes the open connections of one listener
sub drop ($self, $name)
{
	my $greeted = $self->greeted;
	for my $key (grep { $greeted->{$_}{listener} eq $name } keys %$greeted) {
		Mojo::IOLoop->singleton->reactor->remove((delete $greeted->{$key})->{handle});
	}
	my @drop = grep { $_->{listener} eq $name } values %{$self->streams};
	$_->{stream}->close for @drop;
}

sub accepted ($self, $name, $stream, $id, $is_tls = $self->listeners->{$name}{tls})
{
	my $count = $self->counters;
	my $handle = $stream->handle;
	my $link = {
		id => $id, stream => $stream, listener => $name, buffer => '', timers => {},
		tls => $is_tls ? 1 : 0, address => $handle->peerhost // '',
		is_test => $self->listeners->{$name}{is_test},
	};
	$self->streams->{$id} = $link;
	unless ($link->{is_test}) {
		$count->{connections}++;
		$count->{open_connections}++;
		$count->{max_connections} = $count->{open_connections}
			if $count->{open_connections} > $count->{max_connections};
	}
	$stream->timeout(0);
	$stream->on(read => sub ($s, $bytes) { $link->{buffer} .= $bytes; $self->advance($link) });
	$stream->on(close => sub { $self->closed($link) });
	$stream->on(error => sub { });
}

sub closed ($self, $link)
{
	delete $self->streams->{$link->{id}};
	$self->counters->{open_connections}-- unless $link->{is_test};
	Mojo::IOLoop->remove($_) for values %{$link->{timers}};
	$link->{timers} = {};
	if (my $req = delete $link->{req}) {
		$self->counters->{aborted}++ if $req->{is_counted} && !$req->{is_planned};
		$self->leave($req);
	}
	delete $link->{stream};
}

# Runs later unless the connection has gone by then
sub later ($self, $link, $seconds, $what)
{
	my $id;
	$id = Mojo::IOLoop->timer($seconds => sub { delete $link->{timers}{$id}; $what->() });
	$link->{timers}{$id} = $id;
}

sub advance ($self, $link)
{
	return if $link->{req} || !$link->{stream};
	my $end = index $link->{buffer}, "\r\n\r\n";
	if ($end < 0) {
		$self->bad($link, 400) if length $link->{buffer} > MAX_HEAD;
		return;
	}
	my $req = parse_head(substr $link->{buffer}, 0, $end) or return $self->bad($link, 400);
	return $self->bad($link, 501) if exists $req->{headers}{'transfer-encoding'};
	my $length = $req->{headers}{'content-length'} // 0;
	return $self->bad($link, 400) if $length !~ /\A\d+\z/a;
	return $self->bad($link, 413) if $length > MAX_BODY;
	return $self->more_wanted($link, $req) if length($link->{buffer}) < $end + 4 + $length;
	$req->{body} = substr $link->{buffer}, $end + 4, $length;
	substr $link->{buffer}, 0, $end + 4 + $length, '';
	$self->begin($link, $req);
}

sub more_wanted ($self, $link, $req)
{
	return if lc($req->{headers}{expect} // '') ne '100-continue' || $link->{continued}++;
	$link->{stream}->write("HTTP/1.1 100 Continue\r\n\r\n");
}

sub parse_head ($head)
{
	my ($first, @lines) = split /\r\n/, $head;
	return undef unless ($first // '') =~ m{\A([A-Z]+) (\S+) HTTP/1\.([01])\z};
	my %req = (method => $1, target => $2, minor => $3, headers => {});
	for (@lines) {
		return undef unless /\A([!-9;-~]+):[ \t]*(.*?)[ \t]*\z/s;
		$req{headers}{lc $1} = $2;
	}
	@req{qw(path query)} = split /\?/, $req{target}, 2;
	return \%req;
}

sub bad ($self, $link, $status)
{
	$self->counters->{bad_requests}++;
	$link->{buffer} = '';
	my $reason = $REASON{$status};
	$link->{stream}->write("HTTP/1.1 $status $reason\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	$link->{stream}->close_gracefully;
}

sub begin ($self, $link, $req)
{
	@$req{qw(address tls listener at)} = (@$link{qw(address tls listener)}, time);
	$link->{continued} = 0;
	$link->{req} = $req;
	$self->enter($req);
	return $self->answer($link, $req) if !$req->{is_counted};
	return $self->send($link, $req, { status => 503, body => 'Auth. failed' })
		if $self->max_parallel && $self->counters->{in_flight} > $self->max_parallel;
	my $wrong = $self->trouble_for->($req);
	$req->{trouble} = $wrong;
	return if $wrong && Peer::Trouble::before($self, $link, $req, $wrong);
	return $self->answer($link, $req) unless $self->latency_ms;
	$self->later($link, $self->latency_ms / 1000, sub { $self->answer($link, $req) });
}

sub answer ($self, $link, $req)
{
	$self->handler->($req, sub ($answer, $delay = 0) {
		return unless $link->{stream};
		my $go = sub { $self->send($link, $req, $answer) };
		$delay > 0 ? $self->later($link, $delay, $go) : $go->();
	});
}

sub enter ($self, $req)
{
	$req->{is_counted} = $self->is_counted->($req) or return;
	my $count = $self->counters;
	$count->{requests}++;
	$count->{paths}{$req->{path}}++;
	$count->{calls}{"$req->{method} $req->{path}"}++;
	$count->{last_request} = $req->{at};
	$count->{in_flight}++;
	$count->{max_concurrent} = $count->{in_flight} if $count->{in_flight} > $count->{max_concurrent};
	push @{$self->log}, $req->{row} = {
		at => $req->{at}, method => $req->{method}, path => $req->{path}, tls => $req->{tls},
		address => $req->{address}, listener => $req->{listener}, status => undef,
	};
	shift @{$self->log} if @{$self->log} > LOG_ROWS;
}

sub leave ($self, $req)
{
	$self->counters->{in_flight}-- if $req->{is_counted} && !$req->{has_left}++;
}

sub send ($self, $link, $req, $answer)
{
	$answer->{status} //= 200;
	$answer->{body} //= '';
	my $wrong = $req->{trouble};
	return if $wrong && $answer->{status} != 401 && Peer::Trouble::after($self, $link, $req, $answer, $wrong);
	$self->write_answer($link, $req, $answer);
}

sub write_answer ($self, $link, $req, $answer)
{
	$self->note_status($req, $answer->{status});
	my $close = $self->wants_close($req, $answer);
	my $head = $self->head($answer, $close, $answer->{no_length} ? undef : length $answer->{body});
	$self->counters->{bytes_sent} += length $answer->{body};
	$link->{stream}->write($head . ($req->{method} eq 'HEAD' ? '' : $answer->{body}));
	$self->finish($link, $req, $close);
}

sub note_status ($self, $req, $status)
{
	return unless $req->{is_counted};
	$self->counters->{statuses}{$status}++;
	$req->{row}{status} = $status;
	$req->{row}{took_ms} = int((time - $req->{at}) * 1000);
}

sub wants_close ($self, $req, $answer)
{
	return 1 if $answer->{close} || !$self->keep_alive;
	my $wish = lc($req->{headers}{connection} // '');
	return $req->{minor} ? $wish =~ /\bclose\b/ : $wish !~ /\bkeep-alive\b/;
}

# $length undef leaves the length out
sub head ($self, $answer, $close, $length)
{
	my $reason = $answer->{reason} // $REASON{$answer->{status}} // 'Unknown';
	my $names = $self->header_names;
	my @rows = @{$answer->{headers} // []};
	push @rows, "$names->{length}: $length" if defined $length;
	push @rows, "$names->{connection}: " . ($close ? 'close' : 'keep-alive');
	return join "\r\n", "HTTP/1.1 $answer->{status} $reason", @rows, '', '';
}

# Ends a request once everything is in the hands of the kernel
sub finish ($self, $link, $req, $close)
{
	$link->{stream}->once(drain => sub ($stream) {
		$self->leave($req);
		delete $link->{req};
		return $stream->close_gracefully if $close;
		Mojo::IOLoop->next_tick(sub { $self->advance($link) }) if length $link->{buffer};
	});
}

# Closes without another byte; $hard sends a reset instead of an orderly end
sub cut ($self, $link, $req, $hard)
{
	$req->{is_planned} = 1;
	my $stream = $link->{stream} or return;
	setsockopt $stream->handle, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) if $hard;
	$stream->close;
}

1;
