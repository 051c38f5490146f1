#!/usr/bin/perl
# What nginx answers by itself, with the configuration that hearthctl prints: the panel's files, and refusals in the
# words of the family that was asked
use Mojo::Base -strict, -signatures;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use List::Util 'sum';
use lib dirname(__FILE__) . '/lib';
use Hearth::Instance;
use Mojo::File 'path';
use Mojo::JSON 'decode_json';
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $temp = File::Temp->newdir('hearth-front-XXXXXX', TMPDIR => 1);
my $dir = path("$temp", 'my home')->make_path;
my $hearth = Hearth::Instance->new(dir => "$dir");

subtest 'a folder with a blank in its name' => \&test_folder;
subtest 'files of the panel' => \&test_files;
subtest 'refusals' => \&test_refusals;
subtest 'a pool that does not answer' => \&test_pool;
subtest 'slow clients' => \&test_slow;
subtest 'logs' => \&test_logs;
done_testing;

sub test_folder
{
	is($hearth->get('/health')->code, 200, 'an instance runs in it');
	my (undef, $err, $exit) = $hearth->ctl('nginx', '--panel', '/tmp/x"; include /etc/passwd; #');
	isnt($exit, 0, 'a path that breaks out of the configuration is refused');
	like($err, qr/quotes/, 'and why is said');
	is(system('nginx', '-t', '-q', '-p', "$dir", '-c', 'run/nginx.conf', '-e', '/dev/null'), 0, 'nginx -t is content');
}

sub test_files
{
	my $page = $hearth->get('/');
	is($page->code, 200, 'the panel is at /');
	is($page->headers->cache_control, 'no-cache', 'and is asked for again each time');
	for my $name ('Content-Security-Policy', 'Referrer-Policy', 'X-Content-Type-Options', 'X-Request-Id',
		'Cross-Origin-Opener-Policy', 'Permissions-Policy')
	{
		ok($page->headers->header($name), "with $name");
	}
	unlike($page->headers->header('Content-Security-Policy'), qr/unsafe|\*|https?:/, 'whose rules are strict');
	my ($file) = $page->body =~ m{"(/assets/[^"?]+\.js)[^"]*"};
	like($hearth->get("$file?v=1")->headers->cache_control, qr/immutable/, 'what names its version is kept');
	is($hearth->get($file)->headers->cache_control, 'no-cache', 'what does not is asked for again');
	is($hearth->get('/assets/../index.html')->code, 404, 'no file has two addresses');
	is($hearth->get('/assets/nothing.js')->code, 404, 'there is nothing else');
	my $post = $hearth->post('/');
	is($post->code, 405, 'files are only read');
	is($post->headers->header('Allow'), 'GET, HEAD', 'which the answer says');
	is($hearth->get('/-/network/internal')->code, 404, 'pages for errors are no pages');
}

# Sends bytes as they are: (status, media, body)
sub raw ($bytes)
{
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port) or die "connect: $!\n";
	print $socket $bytes;
	$socket->shutdown(1);
	my $answer = do { local $/; readline $socket } // '';
	my ($head, $body) = split /\r\n\r\n/, $answer, 2;
	my ($status) = ($head // '') =~ m{\AHTTP/1\.[01] (\d+)};
	my ($media) = ($head // '') =~ m{^Content-Type: ([^\r;]+)}mi;
	return ($status, $media, $body);
}

sub test_refusals
{
	my $long = 'a' x 20_000;
	my @cases = (
		# what, bytes, status at nginx
		['a long address', "GET /network/$long HTTP/1.1\r\nHost: a\r\n\r\n", 414],
		['a long header', "GET %s HTTP/1.1\r\nHost: a\r\nX-Long: $long\r\n\r\n", 431],
		['many headers', "GET %s HTTP/1.1\r\nHost: a\r\n" . join('', map { "X-$_: $long\r\n" =~ s/a{19000}//r } 1 .. 20) . "\r\n", 431],
		['a large body', "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413],
		['a strange encoding', "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: strange\r\n\r\n", 400],
		['no host', "GET %s HTTP/1.1\r\n\r\n", 400],
		['TRACE', "TRACE %s HTTP/1.1\r\nHost: a\r\n\r\n", 405],
	);
	for my $case (@cases) {
		my ($what, $bytes, $status) = @$case;
		my ($got, $media, $body) = raw($bytes =~ s/%s/\/network\/api\/v1\/wan?secret=1/r);
		is($got, $status, "$what at the network family: $status");
		next if $status == 414;    # nginx has not read the path, so no family is known
		is($media, 'application/problem+json', 'as a problem');
		my $problem = decode_json($body);
		is($problem->{status}, $status, 'that knows its status');
		is($problem->{instance}, '/network/api/v1/wan', 'and its path, without the query');
		like($problem->{detail}, qr/TRACE/, 'and the method') if $status == 405;
		($got, $media, $body) = raw($bytes =~ s/%s/\/recorder\/api\/x/r);
		is($got, $status, "$what at the recorder: $status");
		is($media, 'application/json', 'as JSON');
		ok(decode_json($body)->{detail}, 'with a detail');
	}
	is((raw("GARBAGE\r\n\r\n"))[0], 400, 'what is no HTTP is refused');
	my (undef, undef, $body) = raw("POST /network/a\"b,\\ HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
	ok(eval { decode_json($body) }, 'a path with quotes does not break the answer');
	is($hearth->get('/network/health')->code, 200, 'and everybody else is served');
}

sub test_pool
{
	my @workers = ($hearth->pid_of('api'), $hearth->children_of('api'));
	$hearth->kill('supervisor', 'STOP');
	kill KILL => @workers;
	sleep 0.2;
	my $res = $hearth->get('/network/api/v1/wan');
	is($res->code, 503, 'unavailable');
	is($res->headers->header('Retry-After'), 1, 'for a moment');
	is($res->headers->content_type, 'application/problem+json', 'in the words of the family');
	is($res->json('/instance'), '/network/api/v1/wan', 'about this path');
	is($hearth->get('/')->code, 200, 'the panel is still there');
	$hearth->kill('supervisor', 'CONT');
	my $code = 0;
	for (1 .. 100) {
		$code = $hearth->get('/network/health')->code // 0;
		last if $code == 200;
		sleep 0.1;
	}
	is($code, 200, 'and the pool comes back');
}

# A child that opens so many connections and begins the same on each: (its pid, a handle on which it says how many
# of them nginx has closed)
sub crowd ($n, $bytes)
{
	pipe my $out, my $child_out or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		close $out;
		my @sockets = map {
			sleep 0.001;    # nginx has to keep up
			IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port) // ()
		} 1 .. $n;
		syswrite $_, $bytes for @sockets;
		sleep 0.5;    # nginx has read them all
		my @closed = IO::Select->new(@sockets)->can_read(0);
		syswrite $child_out, $n - @sockets + @closed . "\n";
		sleep 60;
		POSIX::_exit(0);
	}
	close $child_out;
	return ($pid, $out);
}

# The status that a client of another address gets
sub status_elsewhere
{
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $hearth->port, LocalAddr => '127.0.0.2',
		Timeout => 5) or return 'none';
	print $socket "GET /network/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	return (readline($socket) // '') =~ m{^HTTP/1.1 (\d+)} ? $1 : 'none';
}

sub test_slow
{
	SKIP: {
		my $cores = qx(nproc);
		skip 'that would be too many connections', 2 if $cores > 4;
		my $begin = time;
		my @crowds = map { [crowd(800, "GET / HTTP/1.1\r\nHost: a\r\n")] } 1 .. 1 + $cores;
		my $closed = sum(map { scalar readline $_->[1] } @crowds);
		my $seconds = time - $begin;
		my $status = status_elsewhere();
		kill KILL => map { $_->[0] } @crowds;
		waitpid $_->[0], 0 for @crowds;
		skip 'on a busy machine the first ones are over before the last ones have begun', 2 if $seconds > 4;
		is($closed, 0, 'of thousands that begin a request and do not end it, none is turned away');
		is($status, 200, 'nor is who comes then');
	}
	my ($pid, $said) = crowd(280, "POST /network/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
	readline $said;
	my $res = $hearth->get('/network/health');
	is($res->code, 503, 'an address that sends many bodies slowly has to wait');
	is($res->headers->content_type, 'application/problem+json', 'which is said in the words of the family');
	is(status_elsewhere(), 200, 'others need not');
	kill KILL => $pid;
	waitpid $pid, 0;
	sleep 0.2;
	is($hearth->get('/network/health')->code, 200, 'nor it, when it has stopped');
}

sub test_logs
{
	my $id = $hearth->get('/network/health?token=very-secret')->headers->header('X-Request-Id');
	sleep 1.5;    # the log is written once a second
	my $log = $dir->child('log', 'access.log')->slurp;
	like($log, qr{\Q$id\E 127\.0\.0\.1 GET /network/health 200 }, 'a request has its line and its id');
	like($log, qr{ TRACE /network/api/v1/wan 405 }, 'a refused one too');
	unlike($log, qr/secret/, 'no query is in it');
}
