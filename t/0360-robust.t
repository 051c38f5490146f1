#!/usr/bin/perl
# Processes are killed under load, the database is locked, of another version, or the disk is full: what was
# acknowledged stays, nobody waits for ever, and all heals
use Mojo::Base -strict, -signatures;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Digest::SHA 'sha256_hex';
use Fcntl qw(F_SETLK F_SETLKW F_WRLCK F_UNLCK SEEK_SET);
use File::Temp 'tempdir';
use Hearth::Check qw(problem_ok detail_ok header_is until_true enable_router fill_network);
use Hearth::Instance;
use List::Util 'sum';
use Mojo::IOLoop;
use Mojo::File 'path';
use POSIX 'WNOHANG';
use Test::More;
use Time::HiRes qw(sleep time);

my $HEAL_SECONDS = 2;
my $WRITERS = 3;
my $KEYS_HELD = 40;       # of 50 that an account may have
my $ANSWER_SECONDS = 5;
my $KEYS = '/auth/api-keys';
my $DEVICES = '/api/v1/devices';
my $CROWD = 'Too many logins at once. Try again in a moment.';
my $HASH_SLOTS = 1 << 16;    # behind them in the file are the places of those who wait
my $hearth = Hearth::Instance->new(collector => 1, config => { AUTH_NETWORK_RATE_PER_MINUTE => 6000 });

enable_router($hearth);
fill_network($hearth);
my $key = $hearth->api_key;
my $jwt = $hearth->jwt;

test_kill_under_load();
test_locked();
test_locked_login();
test_recovery();
test_login_slots();
test_login_flood();
test_schema();
test_settings();
test_disk_full();
test_integrity();
done_testing;

sub integrity
{
	my @faults;
	for my $name (qw(hearth series)) {
		my $db = $hearth->db($name);
		push @faults, map { $_->[0] } grep { $_->[0] ne 'ok' } @{$db->selectall_arrayref('PRAGMA integrity_check')};
		push @faults, map { "@$_" } @{$db->selectall_arrayref('PRAGMA foreign_key_check')};
	}
	return join "\n", @faults;
}

# ---- kill -9 ----------------------------------------------------------------------------------

# Makes and revokes keys until it is told to end; writes down what was acknowledged, and how long answers took
sub writer ($name, $token, $file)
{
	my (@held, %said, $end);
	local $SIG{TERM} = sub { $end = 1 };
	$hearth->ua(Hearth::Instance::_ua());
	open my $out, '>', $file or die "$file: $!";
	my $longest = 0;
	until ($end) {
		my $begin = time;
		if (@held < $KEYS_HELD) {
			my $res = $hearth->post($KEYS, { Authorization => "Bearer $token" }, json => { name => $name });
			my $code = $res->code // 'none';
			$said{$code}++;
			if ($code eq '201') {
				push @held, $res->json('/id');
				print $out "made $held[-1] ", sha256_hex($res->json('/api_key')), "\n";
			}
		} else {
			my $code = $hearth->delete("$KEYS/$held[0]", { Authorization => "Bearer $token" })->code // 'none';
			$said{"delete $code"}++;
			# without an answer it is not known; a second time it may be gone
			print $out "gone $held[0]\n" if $code eq '204';
			shift @held if $code =~ /^(?:204|404)$/;
		}
		my $took = time - $begin;
		$longest = $took if $took > $longest;
		sleep 0.01 unless $took > 0.01;
	}
	print $out "longest $longest\n", map { "said $said{$_} $_\n" } sort keys %said;
	close $out;
	POSIX::_exit(0);
}

# The process of a service or the first of its workers, as kill() takes it
sub victim ($name)
{
	return $name =~ m{^(.+)/worker$} ? ($hearth->children_of($1))[0] : $hearth->pid_of($name);
}

sub test_kill_under_load
{
	my $dir = tempdir(CLEANUP => 1);
	my %tokens = map { ("writer$_" => do { $hearth->user("writer$_", 'member'); $hearth->jwt("writer$_") }) } 1 .. $WRITERS;
	my %pids;
	for my $name (sort keys %tokens) {
		my $pid = fork // die "fork: $!";
		writer($name, $tokens{$name}, "$dir/$name") unless $pid;
		$pids{$pid} = $name;
	}
	for my $victim (qw(api/worker nginx/worker collector api nginx api/worker)) {
		sleep 1.2;    # what was started a moment ago may wait that long
		my $pid = victim($victim);
		my $begin = time;
		ok kill(KILL => $pid), "kill -9 of $victim under load";
		ok until_true($HEAL_SECONDS, sub {
			my $new = victim($victim);
			return $new && $new != $pid && ($hearth->get('/network/health')->code // 0) == 200;
		}), '... is healed' or diag sprintf("%.1f s\n", time - $begin), $hearth->logs;
	}
	sleep 0.3;
	kill TERM => keys %pids;
	my $end = time + 15;
	my %left = %pids;
	while (%left && time < $end) {
		delete @left{grep { waitpid($_, WNOHANG) != 0 } keys %left};
		sleep 0.02;
	}
	is join(' ', values %left), '', 'no writer hangs';
	kill KILL => keys %left if %left;
	check_acknowledged(map { path($_)->slurp } glob "$dir/*");
	is integrity(), '', 'the databases are whole';
}

sub check_acknowledged (@reports)
{
	my $db = $hearth->db;
	my (@lost, @alive, %said, %made, $longest);
	for my $line (map { split /\n/ } @reports) {
		my ($what, @values) = split / /, $line;
		if ($what eq 'made') {
			$made{$values[0]}++;
			my ($is) = $db->selectrow_array('SELECT 1 FROM api_key WHERE id = ? AND hash = ?', undef, @values);
			push @lost, $values[0] unless $is;
		} elsif ($what eq 'gone') {
			my ($is) = $db->selectrow_array('SELECT revoked_at FROM api_key WHERE id = ?', undef, @values);
			push @alive, $values[0] unless $is;
		} elsif ($what eq 'longest') {
			$longest = $values[0] if $values[0] > ($longest // 0);
		} else {
			my $number = shift @values;
			$said{"@values"} += $number;
		}
	}
	diag join ', ', map { "$said{$_} x $_" } sort keys %said if $ENV{TEST_VERBOSE};
	cmp_ok $said{201} // 0, '>', 50, 'many keys were made meanwhile' or diag explain \%said;
	is "@lost", '', 'every one that was answered with 201 is there';
	is "@alive", '', 'every one whose end was answered with 204 is revoked';
	is scalar(grep { $_ > 1 } values %made), 0, 'no number was given out twice';
	cmp_ok $longest, '<', $ANSWER_SECONDS, 'no request waited for ever';
	is join(' ', grep { !/^(?:delete )?(?:201|204|404|409|500|502|503|504|none)$/ } keys %said), '', 'no other answers';
	is $said{500} // 0, 0, '... and none of them was an error of ours';
}

# Takes or frees bytes of a file, as another process of Hearth or of SQLite would
sub lock_bytes ($file, $type, $first, $n, $how = F_SETLK)
{
	fcntl($file, $how, pack('s s x4 q q i x4', $type, SEEK_SET, $first, $n, 0)) or die "fcntl: $!";
}

# ---- the database -----------------------------------------------------------------------------

sub test_locked
{
	my $db = $hearth->db;
	my $jwt_header = { Authorization => "Bearer $jwt" };
	my $before = $db->selectrow_array('SELECT count(*) FROM api_key');
	$db->do('UPDATE api_key SET last_used_at = NULL');
	$db->do('BEGIN IMMEDIATE');
	my $begin = time;
	my $res = $hearth->post($KEYS, $jwt_header, json => { name => 'x' });
	problem_ok($res, 503, 'Database busy', $KEYS, 'a write while another holds the lock');
	header_is($res, 'Retry-After', 1, '... may be tried again');
	cmp_ok time - $begin, '<', 4, '... and does not wait for ever';
	problem_ok($hearth->delete("/network$KEYS/1", $jwt_header), 503, 'Database busy', "/network$KEYS/1", 'another write');
	$begin = time;
	is $hearth->get($_, $jwt_header)->code, 200, "reads go on: $_"
		for $DEVICES, '/api/v1/history/bandwidth', '/network/health', $KEYS;
	is $hearth->get($DEVICES, { 'X-API-Key' => $key })->code, 200, '... also by a key whose use is to be written';
	cmp_ok time - $begin, '<', 1, '... at once';
	$db->do('ROLLBACK');
	is $db->selectrow_array('SELECT count(*) FROM api_key'), $before, 'nothing was stored';
	is $hearth->post($KEYS, $jwt_header, json => { name => 'x' })->code, 201, 'once it is free, all goes on';
}

sub test_locked_login
{
	my $series = $hearth->db('series');
	$series->do('BEGIN IMMEDIATE');
	is $hearth->get('/api/v1/history/devices', { 'X-API-Key' => $key })->code, 200, 'history while the samples are written';
	$series->do('ROLLBACK');
	my $db = $hearth->db;
	$db->do('BEGIN IMMEDIATE');
	detail_ok($hearth->post('/api/auth/login', json => { username => 'tester', password => $hearth->user }), 503,
		'Database busy', 'a login while the database is locked');
	$db->do('ROLLBACK');
	is $hearth->post('/api/auth/login', json => { username => 'tester', password => $hearth->user })->code, 200,
		'... and afterwards';
}

# Another process repairs the log's index, as the first one does after a power cut: it holds the bytes 120 to 122 of
# the index, whose head is void meanwhile (https://www.sqlite.org/walformat.html). That is when readers find it busy.
sub test_recovery
{
	for my $name (qw(hearth series)) {
		pipe my $ready, my $child_ready or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if (!$pid) {
			my $index = path($hearth->dir, "$name.db-shm")->open('+<:raw');
			lock_bytes($index, F_WRLCK, 120, 3, F_SETLKW);
			syswrite $index, "\0" x 96;
			syswrite $child_ready, 'x';
			sleep 60;
			POSIX::_exit(1);
		}
		sysread $ready, my $is_ready, 1;
		for my $path ($DEVICES, '/api/v1/history/bandwidth', '/network/health') {
			my $begin = time;
			my $res = $hearth->get($path, { 'X-API-Key' => $key });
			problem_ok($res, 503, 'Database busy', $path, "$path while the log of $name.db is repaired");
			header_is($res, 'Retry-After', 1, '... may be tried again');
			cmp_ok time - $begin, '<', 4, '... and does not wait for ever';
		}
		is $hearth->get('/status')->code, 503, '... /status says so too';
		kill KILL => $pid;
		waitpid $pid, 0;
		is $hearth->get($DEVICES, { 'X-API-Key' => $key })->code, 200, '... and afterwards all goes on' for 1 .. 8;
	}
	is integrity(), '', 'the databases are whole';
}

# ---- logins, which cost a core for a while each --------------------------------------------------

# While every slot is taken, logins are refused at once and everything else goes on
sub test_login_slots
{
	my $slots = path($hearth->dir, 'run', 'hash.lock')->open('+<');
	my %login = (username => 'tester', password => $hearth->user);
	my $session = $hearth->login;
	my $failures = $hearth->db->selectrow_array('SELECT count(*) FROM login_failure');
	lock_bytes($slots, F_WRLCK, 0, 0);
	my $begin = time;
	for (1 .. 8) {
		my $res = $hearth->post('/api/auth/login', json => {%login});
		detail_ok($res, 429, $CROWD, 'a login while all slots are taken');
		header_is($res, 'Retry-After', 1, '... may be tried again');
	}
	problem_ok($hearth->post('/auth/login', form => {%login}), 429, $CROWD, '/auth/login', 'a login by form');
	detail_ok($hearth->post('/api/auth/login', json => { %login, password => 'wrong' }), 429, $CROWD, 'one that is wrong');
	my $change = { current_password => $login{password}, map { $_ => 'another password' } qw(new_password confirm_password) };
	detail_ok($session->post('/api/auth/password', json => $change), 429, $CROWD, 'a change of the password');
	is $hearth->get($DEVICES, { 'X-API-Key' => $key })->code, 200, 'reads go on' for 1 .. 8;
	is $hearth->post($KEYS, { Authorization => "Bearer $jwt" }, json => { name => 'x' })->code, 201, '... and writes';
	cmp_ok time - $begin, '<', $ANSWER_SECONDS, '... nobody waits';
	is $hearth->db->selectrow_array('SELECT count(*) FROM login_failure'), $failures, 'none of it counts as a failure';
	lock_bytes($slots, F_UNLCK, 0, 0);
	is $hearth->post('/api/auth/login', json => {%login})->code, 200, 'with a free slot a login is answered';
SKIP: {
		skip 'on a single core nobody waits for a slot', 2 if `nproc` < 2;
		for my $free_after (0.2, 2) {
			lock_bytes($slots, F_WRLCK, 0, $HASH_SLOTS);
			my $code;
			$hearth->ua->post_p($hearth->url('/api/auth/login'), json => {%login})
				->then(sub ($tx) { $code = $tx->res->code })->catch(sub ($err) { $code = $err });
			Mojo::IOLoop->timer($free_after => sub { lock_bytes($slots, F_UNLCK, 0, 0); Mojo::IOLoop->stop });
			Mojo::IOLoop->start;
			Mojo::IOLoop->one_tick until $code;
			is $code, $free_after < 1 ? 200 : 429, "a slot that is free in $free_after s";
		}
	}
}

# Many at once: some are told to come again, and a dead worker leaves its slot
sub test_login_flood
{
	my (%said, @reads);
	my @workers = $hearth->children_of('api');
	for my $n (1 .. 40) {
		$hearth->ua->post_p($hearth->url('/api/auth/login'), json => { username => "user$n", password => 'wrong' })
			->then(sub ($tx) { $said{$tx->res->code . ' ' . $tx->res->json('/detail')}++ })
			->catch(sub ($err) { $said{$err}++ });
	}
	my $reader = $hearth->_ua;
	$reader->get_p($hearth->url($DEVICES), { 'X-API-Key' => $key })->then(sub ($tx) { push @reads, $tx->res->code })
		for 1 .. 20;
	my $end = time + 20;
	Mojo::IOLoop->one_tick while time < $end && (sum(values %said) < 40 || @reads < 20);
	cmp_ok $said{'401 Invalid username or password'} // 0, '>', 0, 'in a flood of logins some are tested';
	cmp_ok $said{"429 $CROWD"} // 0, '>', 0, '... and some are refused';
	is sum(values %said), 40, '... all are answered';
	is scalar keys %said, 2, '... and not in another way' or diag explain \%said;
	is join(' ', sort { $a <=> $b } keys %{{ map { $_ => 1 } @reads }}), 200, 'reads are answered meanwhile';
	is scalar @reads, 20, '... all of them';
	is join(' ', $hearth->children_of('api')), "@workers", 'no worker has died of it';
	$hearth->db->do('DELETE FROM login_failure');
	my $slots = path($hearth->dir, 'run', 'hash.lock')->open('+<');
	ok eval { lock_bytes($slots, F_WRLCK, 0, 0); 1 }, 'no slot is left taken';
	lock_bytes($slots, F_UNLCK, 0, 0);
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		lock_bytes(path($hearth->dir, 'run', 'hash.lock')->open('+<'), F_WRLCK, 0, 0);
		kill KILL => $$;
	}
	waitpid $pid, 0;
	is $hearth->post('/api/auth/login', json => { username => 'tester', password => $hearth->user })->code, 200,
		'a slot whose holder was killed is free';
}

# ---- what does not fit ---------------------------------------------------------------------------

sub test_schema
{
	my $text = 'Database schema does not fit this program';
	for my $case (['hearth', 999, 'start the newer program'], ['series', 0, 'run hearthctl migrate']) {
		my ($name, $version, $advice) = @$case;
		my $db = $hearth->db($name);
		my ($known) = $db->selectrow_array('PRAGMA user_version');
		$db->do("PRAGMA user_version = $version");
		ok until_true(3, sub { $hearth->get('/network/health')->code == 503 }), "$name.db of version $version: refused";
		sleep 1.1;    # every worker has looked
		problem_ok($hearth->get('/network/health'), 503, $text, '/network/health', '... in words') for 1 .. 3;
		problem_ok($hearth->post($KEYS, { Authorization => "Bearer $jwt" }, json => { name => 'x' }), 503, $text, $KEYS,
			'... also writes');
		is $hearth->get('/status')->code . $hearth->get('/status')->body, '503{"status":"error"}', '... also the status';
		is $hearth->get('/network/nope')->code, 404, '... what needs no database is answered';
		like $hearth->logs, qr/error.*schema .*: \Q$advice\E/, '... and the log says what to do';
		$db->do("PRAGMA user_version = $known");
		ok until_true(3, sub {
			return !grep { ($hearth->get('/network/health')->code // 0) != 200 } 1 .. 8;
		}), '... once it fits, workers serve again';
	}
}

# A slip in hearth.conf while workers serve, noticed when a stored setting makes them read all anew
sub test_settings
{
	my $file = path($hearth->dir, 'hearth.conf');
	my $before = $file->slurp;
	my $environments = sub { join ' ', sort keys %{{ map { $hearth->get('/health')->json('/environment') // '?' => 1 } 1 .. 12 }} };
	$file->spurt("$before\n[smtp]\nport = none\n");
	$hearth->ctl_ok('config', 'set', 'APP_ENVIRONMENT', 'development');
	is $hearth->get($DEVICES, { 'X-API-Key' => $key })->code, 200, 'with a slip in hearth.conf all is served' for 1 .. 8;
	is $environments->(), 'production', '... by the settings as they were';
	like $hearth->logs, qr/error.*settings stay as they were: hearth\.conf:\d+: smtp\.port/, '... and the log says why';
	$file->spurt($before);
	ok until_true(3, sub { $environments->() eq 'development' }), '... until it is mended';
	$hearth->ctl_ok('config', 'unset', 'APP_ENVIRONMENT');
}

# ---- the disk ---------------------------------------------------------------------------------

# The kernel refuses the workers to write behind the first 4 KiB of any file, as on a disk that is full
sub test_disk_full
{
	my @workers = $hearth->children_of('api');
	my $limit = sub ($soft) {
		return !grep { system('prlimit', '--pid', $_, "--fsize=$soft:") } @workers;
	};
SKIP: {
		skip 'prlimit is missing or not allowed', 15 unless $limit->('unlimited');
		my $db = $hearth->db;
		my $count = sub { $db->selectrow_array('SELECT count(*) FROM api_key') };
		my $before = $count->();
		my $jwt_header = { Authorization => "Bearer $jwt" };
		$limit->(4096);
		problem_ok($hearth->post($KEYS, $jwt_header, json => { name => 'x' }), 507, qr/disk is full/, $KEYS,
			'a write to a full disk') for 1 .. 3;
		detail_ok($hearth->post('/api/auth/login', json => { username => 'tester', password => $hearth->user }), 507,
			'The disk is full - free some space and try again', 'a login');
		is $hearth->get($DEVICES, $jwt_header)->code, 200, 'reads go on';
		my $by_form = sub ($name, $word) {
			return $hearth->post('/auth/login', form => { username => $name, password => $word })->code;
		};
		is join(' ', map { $by_form->('tester', "wrong $_") } 1 .. 12), join(' ', (507) x 10, (429) x 2),
			'passwords may not be guessed without end, though failures cannot be written down';
		is $by_form->('tester', $hearth->user), 429, '... nor be found so';
		is $by_form->('member', $hearth->user('member', 'member')), 200, 'a login that has nothing to write';
		$limit->('unlimited');
		is $count->(), $before, 'nothing was stored';
		is integrity(), '', 'nothing is broken';
		is $hearth->post($KEYS, $jwt_header, json => { name => 'x' })->code, 201, 'with room again, all goes on';
		is $count->(), $before + 1, '... once';
		is join(' ', $hearth->children_of('api')), "@workers", 'no worker has died of it';
	}
}

sub test_integrity
{
	$hearth->stop;
	is integrity(), '', 'at the end the databases are whole';
	my $left = join ' ', grep { -S } glob path($hearth->dir, 'run', '*');
	is $left, '', 'and no socket is left';
}
