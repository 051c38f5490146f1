#!/usr/bin/perl
# hearthctl: makes an instance, looks after accounts, tokens and settings, and says so in its exit status
use strict;
use warnings;
use Cwd 'abs_path';
use DBI;
use File::Basename 'dirname';
use File::Temp ();
use IPC::Open3;
use POSIX ':sys_wait_h';
use Symbol 'gensym';
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $CTL = abs_path($ENV{HEARTH_BUILD} // "$TOP/build") . '/hearthctl';
my $temp = File::Temp->newdir('hearthctl-XXXXXX', TMPDIR => 1);
my $dir = "$temp/home";

delete @ENV{grep { /^HEARTH_/ || $_ eq 'FIREBASE_AUTH_EMULATOR_HOST' } keys %ENV};
test_usage();
test_init();
test_init_at_once();
test_users();
test_tokens();
test_settings();
test_release();
test_audit();
test_file();
test_generated();
test_migrate();
test_doctor();
test_owner();
done_testing;

# Runs hearthctl with this standard input: (exit status, standard output, standard error)
sub run_with
{
	my ($input, @args) = @_;
	my ($out, $err) = (File::Temp->new, File::Temp->new);
	my $pid = open3(my $in, '>&' . fileno $out, '>&' . fileno $err, $CTL, @args);
	print $in $input;
	close $in;
	waitpid $pid, 0;
	my $status = WIFEXITED($?) ? $? >> 8 : "signal $?";
	return ($status, slurp($out), slurp($err));
}

sub slurp
{
	my ($file) = @_;
	open my $in, '<', $file or return undef;
	local $/;
	return scalar <$in> // '';
}

sub spew
{
	my ($file, $text) = @_;
	open my $out, '>', $file or die "$file: $!";
	print $out $text;
	close $out;
}

# On the instance, with nothing to read.
sub ctl { return run_with('', '-d', $dir, @_) }

# The same; the test is that it ends with 0 and says nothing on standard error. Gives standard output.
sub ctl_ok
{
	my ($status, $out, $err) = ctl(@_);
	is "$status $err", '0 ', "@_" or diag $out;
	return $out;
}

# The exit status and a part of what it says on standard error.
sub ctl_fails
{
	my ($expected, $pattern, @args) = @_;
	my ($status, $out, $err) = ctl(@args);
	is $status, $expected, "status of @args";
	like $err, $pattern, 'and why';
	is $out, '', 'and nothing on standard output';
}

sub mode { return sprintf '%04o', (stat $_[0])[2] & 07777 }

sub test_usage
{
	my ($status, $out, $err) = run_with('', '--help');
	is $status, 0, '--help';
	like $out, qr/^  user add .*^  doctor /ms, 'lists the commands';
	for my $command ($out =~ /^  (\w+(?: \w+)?)  /mg) {
		($status, $out) = run_with('', split(/ /, $command), '--help');
		is $status, 0, "$command --help";
		like $out, qr/^usage: hearthctl \[-d DIR\] \Q$command\E.*\n\n[A-Z]/, 'shows usage and words';
	}
	like((run_with('', '--version'))[1], qr/^hearthctl \d/, '--version');
	ctl_fails(2, qr/^usage:/);
	ctl_fails(2, qr/unknown command: nonsense/, 'nonsense');
	ctl_fails(2, qr/^usage: hearthctl \[-d DIR\] user add NAME/, 'user');
	ctl_fails(2, qr/^usage: hearthctl \[-d DIR\] user add NAME/, 'user', 'nonsense');
	ctl_fails(2, qr/NAME is missing/, 'user', 'add');
	ctl_fails(2, qr/too many arguments: b/, 'user', 'add', 'a', 'b');
	ctl_fails(2, qr/unknown option --nonsense/, 'user', 'add', 'a', '--nonsense');
	ctl_fails(2, qr/--role needs a value/, 'user', 'add', 'a', '--role');
	ctl_fails(2, qr/--json takes no value/, 'routes', '--json=1');
	ctl_fails(2, qr/unknown option -x/, '-x');
	ctl_fails(3, qr/there is no Hearth in .*; hearthctl -d .* init makes one/, 'user', 'list');
	ok !-e $dir, 'nothing is made on the way';
}

sub test_init
{
	my $out = ctl_ok('init');
	like $out, qr/^username: admin\npassword: [a-z0-9]{20}\n\z/, 'the first password is printed';
	is slurp("$dir/first-login.txt"), $out, 'and kept';
	is mode($dir), '0700', 'mode of the folder';
	is mode("$dir/$_"), '0700', "mode of $_" for qw(log run photos);
	is mode("$dir/$_"), '0600', "mode of $_"
		for qw(hearth.conf secret.key hearth.db series.db first-login.txt);
	is slurp("$dir/hearth.conf"), slurp("$TOP/conf/hearth.conf"), 'hearth.conf is the template';
	like slurp("$dir/secret.key"), qr/^[0-9a-f]{64}\n\z/, 'the key';

	spew("$dir/hearth.conf", "[app]\nname = Mine\n");
	my $key = slurp("$dir/secret.key");
	is ctl_ok('init'), '', 'again: no word';
	is slurp("$dir/hearth.conf"), "[app]\nname = Mine\n", 'and the file stays';
	is slurp("$dir/secret.key"), $key, 'and the key';
	like ctl_ok('user', 'list'), qr/^1 +admin +admin +active +must change the password$/m, 'one admin';
}

sub test_init_at_once
{
	my @pids = map {
		my $pid = fork // die "fork: $!";
		if (!$pid) {
			open STDOUT, '>', "$temp/init$_.out";
			exec $CTL, '-d', "$temp/crowd", 'init';
		}
		$pid;
	} 1 .. 6;
	my $failed = grep { waitpid $_, 0; $? } @pids;
	is $failed, 0, 'six at once all end well';
	my @said = grep { $_ ne '' } map { slurp("$temp/init$_.out") } 1 .. 6;
	is scalar @said, 1, 'one of them makes the account and prints its password';
	is slurp("$temp/crowd/first-login.txt"), $said[0], 'which is the one that is kept';
	my (undef, $list) = run_with('', '-d', "$temp/crowd", 'user', 'list');
	is scalar(() = $list =~ /^\d/mg), 1, 'there is one account';
}

sub test_users
{
	my ($status, $out, $err) = run_with("correct horse battery\n", '-d', $dir, qw(user add Max --role guest --password-stdin));
	is "$status $out $err", '0  ', 'user add with a password';
	like ctl_ok('user', 'list'), qr/^\d+ +max +guest +active +-$/m, 'it need not be changed';
	like ctl_ok(qw(user add anna --role=admin)), qr/^password: [a-z0-9]{20}\n\z/, 'or one is made';
	like ctl_ok('user', 'list'), qr/^\d+ +anna +admin +active +must change the password$/m, 'to be changed';
	ctl_fails(1, qr/There is a user max already/, qw(user add max));
	ctl_fails(2, qr/--role is one of: admin member/, qw(user add eva --role queen));
	ctl_fails(2, qr/user name must/, 'user', 'add', 'a b');
	for my $input ('', "\n", "short\n", "elevenchars\n", 'x' x 1025 . "\n", "\xff" x 20 . "\n") {
		($status) = run_with($input, '-d', $dir, qw(user passwd max --password-stdin));
		is $status, 1, 'bad password: ' . length($input) . ' bytes';
	}
	($status) = run_with('twelve chars', '-d', $dir, qw(user passwd max --password-stdin));
	is $status, 0, 'a line without its end';
	ctl_fails(3, qr/no user with this name/, qw(user passwd nobody));
	ok -e "$dir/first-login.txt", 'first-login.txt is there until';
	like ctl_ok(qw(user passwd admin)), qr/^password: /, 'admin has another password';
	ok !-e "$dir/first-login.txt", 'then it is gone';
}

sub test_tokens
{
	like ctl_ok(qw(token create --user anna --kind tt --name car --scopes), 'read:recorder,write:recorder'),
		qr/^tt_[A-Za-z0-9_-]{32}\n\z/, 'a token alone';
	like ctl_ok(qw(token create --user anna --name watch --expires 30)), qr/^tt_/, 'tt is the default';
	like ctl_ok(qw(token create --user anna --kind ha --name script)), qr/^ha_[a-z0-9]{32}\n\z/, 'an API key';
	my $list = ctl_ok('token', 'list');
	like $list, qr/^1 +tt +anna +car +tt_\S{5} +- +- +read:recorder,write:recorder$/m, 'listed';
	like $list, qr/^2 +tt +anna +watch +tt_\S{5} +- +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\S*admin:all$/m, 'with its end';
	like $list, qr/^1 +ha +anna +script +ha_\S{5} /m, 'and the key';

	ctl_fails(2, qr/--user is missing/, qw(token create --name x));
	ctl_fails(2, qr/--name is missing/, qw(token create --user anna));
	ctl_fails(2, qr/--name takes/, qw(token create --user anna --name), '  ');
	ctl_fails(2, qr/--kind is one of: tt ha/, qw(token create --user anna --name x --kind jwt));
	ctl_fails(2, qr/--expires is a number/, qw(token create --user anna --name x --expires 0));
	ctl_fails(2, qr/neither --scopes/, qw(token create --user anna --name x --kind ha --expires 1));
	ctl_fails(2, qr/Unknown scope: read:minds/, qw(token create --user anna --name x --scopes read:minds));
	ctl_fails(3, qr/no active user nobody/, qw(token create --user nobody --name x));
	ctl_fails(1, qr/max is a guest, whose tokens have no scope/, qw(token create --user max --name x));
	my ($status, $out, $err) = ctl(qw(token create --user max --name later --scopes), 'read:network,read:panel');
	is $status, 0, 'scopes that the role does not have';
	like $out, qr/^tt_\S+\n\z/, '... make a token';
	like $err, qr/as long as max is a guest, the token may not use read:panel,read:network$/m, '... and a warning';

	ctl_fails(2, qr/say which with --kind/, qw(token revoke 1));
	is ctl_ok(qw(token revoke 1 --kind ha)), '', 'the key ends';
	is ctl_ok(qw(token revoke 1)), '', 'and then the token';
	ctl_fails(3, qr/no active token or API key 1/, qw(token revoke 1));
	ctl_fails(3, qr/no active/, qw(token revoke 99));
	ctl_fails(2, qr/ID is a number/, qw(token revoke tt_x));
	unlike ctl_ok('token', 'list'), qr/^1 /m, 'no longer listed';
}

sub test_settings
{
	is ctl_ok(qw(config get APP_NAME)), "Mine\n", 'from the file';
	is ctl_ok(qw(config get app.name)), "Mine\n", 'by its name in the file';
	ctl_fails(3, qr/NOPE: Unknown configuration key/, qw(config get NOPE));
	ctl_fails(3, qr/NOPE: Unknown configuration key/, qw(config set NOPE 1));
	ctl_fails(2, qr/APP_NAME has no value/, qw(config set SMTP_PORT 25 APP_NAME));
	ctl_fails(1, qr/SMTP_PORT: Must be a number between 1 and 65535/, qw(config set APP_NAME Casa SMTP_PORT 70000));
	is ctl_ok(qw(config get APP_NAME)), "Mine\n", 'all or nothing';
	ctl_fails(1, qr/only be set in the configuration file/, qw(config set DOCKER_SOCKET /tmp/x));
	ctl_fails(1, qr/FRITZBOX_PASSWORD: Required when FRITZBOX_ENABLED is true/,
		qw(config set FRITZBOX_ENABLED true FRITZBOX_USERNAME u));

	my ($status, $out, $err) = run_with("s3same\n", '-d', $dir,
		qw(config set FRITZBOX_ENABLED true fritzbox.username u FRITZBOX_PASSWORD -));
	is "$status $out $err", '0  ', 'a secret from standard input';
	is ctl_ok(qw(config get FRITZBOX_PASSWORD)), "********\n", 'masked';
	is ctl_ok(qw(config get FRITZBOX_PASSWORD --reveal)), "s3same\n", 'or not';
	is ctl_ok(qw(config set LOCATION_HOME_LATITUDE -33.85 LOCATION_HOME_LONGITUDE 151.2)), '', 'minus is no option';

	local $ENV{HEARTH_SMTP_HOST} = 'mail.example';
	my $all = ctl_ok('config', 'print');
	like $all, qr/^APP_NAME = Mine  # file$/m, 'file';
	like $all, qr/^SMTP_HOST = mail\.example  # environment$/m, 'environment';
	like $all, qr/^FRITZBOX_USERNAME = u  # database$/m, 'database';
	like $all, qr/^FRITZBOX_PASSWORD = \*{8}  # database$/m, 'secret';
	like $all, qr/^SMTP_PORT = 587  # default$/m, 'default';
	unlike $all, qr/s3same/, 'no secret in the list';

	is ctl_ok(qw(config set APP_NAME Casa)), '', 'stored';
	is ctl_ok(qw(config get APP_NAME)), "Casa\n", 'wins over the file';
	is ctl_ok(qw(config unset APP_NAME)), '', 'removed';
	is ctl_ok(qw(config get APP_NAME)), "Mine\n", 'the file counts again';
	ctl_fails(1, qr/FRITZBOX_PASSWORD: Required/, qw(config unset FRITZBOX_PASSWORD));
	for my $file (glob "$dir/*.db*") {
		unlike slurp($file), qr/s3same/, "no secret in $file";
	}
}

# Who sets a key of a source, be it to what it was, wants it to be asked again
sub test_release
{
	my $db = DBI->connect("dbi:SQLite:dbname=$dir/series.db", '', '', { RaiseError => 1 });
	my $held = sub {
		my ($source) = @_;
		return join ' ', $db->selectrow_array('SELECT held, next_due FROM poll_state WHERE source = ?', undef, $source);
	};
	my $hold = sub {
		$db->do("REPLACE INTO poll_state (source, failures, next_due, held, error_code, memory, settings)
			VALUES (?, 1, 4000000000, 1, 'auth_failed', '', 'x')", undef, $_) for 'fritzbox', 'proxmox/nas';
	};
	ctl_ok(qw(config set PROXMOX_1_ID nas PROXMOX_1_URL https://nas:8006 PROXMOX_1_TOKEN_ID a@b!c PROXMOX_1_TOKEN_SECRET s));
	$hold->();
	ctl_ok(qw(config set APP_NAME Casa));
	is $held->('fritzbox'), '1 4000000000', 'another setting ends no hold';
	ctl_ok(qw(config set FRITZBOX_PASSWORD s3same));
	is $held->('fritzbox'), '0 0', 'the same password ends that of its source';
	is $held->('proxmox/nas'), '1 4000000000', '... and of no other';
	ctl_ok(qw(config set PROXMOX_1_TOKEN_SECRET s));
	is $held->('proxmox/nas'), '0 0', 'a slot is a source too';
	$hold->();
	ctl_fails(1, qr/./, qw(config set FRITZBOX_PORT 99999));
	is $held->('fritzbox'), '1 4000000000', 'what is refused ends nothing';
	ctl_ok('config', 'unset', 'APP_NAME', map { "PROXMOX_1_$_" } qw(ID URL TOKEN_ID TOKEN_SECRET));
	$db->do('DELETE FROM poll_state');
}

# What cannot be written down is not done: the change and its row of audit are one transaction
sub test_audit
{
	my $db = DBI->connect("dbi:SQLite:dbname=$dir/hearth.db", '', '', { RaiseError => 1, PrintError => 0 });
	my $state = sub {
		return join "\n", map { join ' ', map { $_ // '-' } @$_ } map { @{$db->selectall_arrayref("SELECT * FROM $_")} }
			qw(account token api_key config_value audit);
	};
	ctl_ok(qw(token create --user anna --kind ha --name other));
	my ($key) = $db->selectrow_array('SELECT max(id) FROM api_key');
	my ($token) = $db->selectrow_array('SELECT max(id) FROM token');
	my @changes = ([qw(user add eva)], [qw(user passwd anna)], [qw(token create --user anna --name x)],
		[qw(token create --user anna --name x --kind ha)], [qw(token revoke --kind tt), $token],
		[qw(token revoke --kind ha), $key], [qw(config set APP_NAME Casa)], [qw(config unset FRITZBOX_ENABLED)]);
	my $before = $state->();
	$db->do("CREATE TRIGGER refuse BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END");
	for my $change (@changes) {
		my ($status, $out) = ctl(@$change);
		is "$status $out", '1 ', "@$change, when it cannot be written down, fails";
		is $state->(), $before, '... and changes nothing';
	}
	$db->do('DROP TRIGGER refuse');
	for my $change (@changes) {
		my ($rows) = $db->selectrow_array('SELECT count(*) FROM audit');
		ctl_ok(@$change);
		is $db->selectrow_array('SELECT count(*) FROM audit'), $rows + 1, '... leaves one row';
	}
}

sub test_file
{
	is ctl_ok('config', 'check'), "All settings are fine\n", 'config check';
	spew("$dir/hearth.conf", "[smtp]\nprt = 1\n[mqtt]\nport = x\n");
	ctl_fails(1, qr/hearth\.conf:2: unknown key prt in section \[smtp\]\n.*hearth\.conf:4: mqtt\.port: Must be/,
		'config', 'check');
	spew("$dir/hearth.conf", "[mqtt]\nenabled = yes\n");
	ctl_fails(1, qr/MQTT_HOST: Required when MQTT_ENABLED is true/, 'config', 'check');
	(my $all = slurp("$TOP/conf/hearth.conf")) =~ s/^#(\w+ =)/$1/mg;
	spew("$dir/hearth.conf", $all);
	is ctl_ok('config', 'check'), "All settings are fine\n", 'every key of the template is one';
	my ($status, $out, $err) = run_with('', '-d', "$temp/none", 'config', 'print');
	is $status, 3, 'config print without a folder';
	like $err, qr/There is no folder/, 'says so';
	mkdir "$temp/empty" or die $!;
	($status, $out) = run_with('', '-d', "$temp/empty", 'config', 'print');
	is $status, 0, 'in one without an instance';
	like $out, qr/^APP_NAME = Hearth  # default$/m, 'it shows the defaults';
	($status, undef, $err) = do { local $ENV{HEARTH_FRITZBOX_NOPE} = 1; ctl('config', 'check') };
	is $status, 1, 'a variable that looks like a setting';
	like $err, qr/environment variable HEARTH_FRITZBOX_NOPE: unknown key/, 'is none';
	my $collect = $CTL =~ s/ctl$/-collect/r;
	like qx($collect -d $temp/empty 2>&1), qr/there is no Hearth in/, 'the collector finds no instance';
	is $?, 1 << 8, '... and says so';
	is join(' ', glob "$temp/empty/*"), '', '... and makes nothing';
}

sub test_generated
{
	my %files = (
		'conf/hearth.conf' => ['config', 'template'],
		'conf/hearth.conf.5' => ['config', 'man'],
		'conf/completion/hearthctl' => ['completion'],
		'cgi-bin/hearthctl.1' => ['man'],
	);
	for my $file (sort keys %files) {
		is ctl_ok(@{ $files{$file} }), slurp("$TOP/$file"), "$file is what hearthctl prints";
	}
	is_deeply [complete('hearthctl us')], ['user'], 'completes a command';
	is_deeply [complete('hearthctl user ')], [qw(add passwd list)], 'its second word';
	is_deeply [complete('hearthctl -d x user add --r')], ['--role'], 'an option';
	is_deeply [complete('hearthctl user add --role m')], ['member'], 'its value';
	symlink $CTL, "$temp/hearthctl" or die $!;
	for my $typed ("$CTL -d $dir", "$temp/hearthctl --dir $dir") {
		is_deeply [complete("$typed config set SMTP_H")], ['SMTP_HOST'], "$typed completes a setting";
		is_deeply [complete("$typed user passwd ma")], ['max'], '... a user';
		is_deeply [complete("$typed token create --user an")], ['anna'], '... also behind an option';
		my ($id) = ctl_ok('token', 'list') =~ /^(\d+) +tt/m;
		ok((grep { $_ eq $id } complete("$typed token revoke ")), '... a token');
	}
	like((run_with('', 'token', 'create', '--help'))[1], qr/^usage: .*token create --user NAME --name NAME \[--kind/,
		'usage tells options that are needed from others');
	like ctl_ok('routes'), qr{\AFAMILY +METHOD +PATH.*^network +GET +/api/v1/fritzbox/devices +api }ms, 'routes';
	is ctl_ok('routes', '--lint'), '', 'routes --lint';
	like ctl_ok('openapi', 'network'), qr/^\{\s*"openapi": ?"3\.1/, 'openapi';
	ctl_fails(3, qr/./, 'openapi', 'nonsense');
	like ctl_ok('nginx', '--panel', $TOP), qr/listen 127\.0\.0\.1:8080/, 'nginx';
	ctl_fails(2, qr/--port is a number/, 'nginx', '--panel', $TOP, '--port', '0');
	ctl_fails(2, qr/--panel is missing/, 'nginx');
	ctl_fails(2, qr/go together/, 'nginx', '--panel', $TOP, '--tls-key', 'x');
	like ctl_ok('pools'), qr/^api \d+ hearth-api \Q$dir\E\//m, 'pools';
}

# What bash would offer for this line.
sub complete
{
	my ($line) = @_;
	open my $bash, '-|', 'bash', '-c', <<~'END', 'bash', "$TOP/conf/completion/hearthctl", $line or die "bash: $!";
		. "$1"
		read -ra COMP_WORDS <<<"$2"
		[[ $2 == *' ' ]] && COMP_WORDS+=('')
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_hearthctl
		printf '%s\n' "${COMPREPLY[@]}"
		END
	chomp(my @words = <$bash>);
	return grep { $_ ne '--help' } @words;
}

sub test_migrate
{
	is ctl_ok('migrate'), "Nothing to do\n", 'migrate';
	my ($status, $out, $err) = run_with('', '-d', "$temp/none", 'migrate');
	is $status, 3, 'migrate without an instance';
	ok !-e "$temp/none", 'makes none';
}

sub test_doctor
{
	my ($status, $out) = ctl('doctor');
	is $status, 0, 'doctor' or diag $out;
	like $out, qr/^ok +schema /m, 'the schema fits';
	like $out, qr/^ok +integrity /m, 'the databases are whole';
	my $db = DBI->connect("dbi:SQLite:dbname=$dir/hearth.db", '', '', { RaiseError => 1 });
	my ($version) = $db->selectrow_array('PRAGMA user_version');
	for my $case ([$version + 1, 'a newer Hearth has written it, start that one'], [$version - 1, 'hearthctl migrate brings']) {
		$db->do("PRAGMA user_version = $case->[0]");
		($status, $out) = ctl('doctor');
		like $out, qr/^FAULT +schema .*: \Q$case->[1]\E/m, "version $case->[0] of $version: $case->[1]";
	}
	$db->do("PRAGMA user_version = $version");
	$db->disconnect;
	chmod 0640, "$dir/hearth.conf";
	chmod 0755, $dir;
	spew("$dir/secret.key", "0123\n");
	($status, $out) = ctl('doctor');
	is $status, 1, 'doctor finds faults';
	like $out, qr/^FAULT +files +others may read \Q$dir\E: chmod 700/m, 'the mode of the folder';
	like $out, qr/^FAULT +files +others may read \S+hearth\.conf: chmod 600/m, 'the mode of the file';
	like $out, qr/^FAULT +key +secret\.key: malformed/m, 'the key';
	like $out, qr/^FAULT +settings +stored setting FRITZBOX_PASSWORD/m, 'and what it sealed';
	spew("$dir/hearth.db", 'x' x 8192);
	unlink glob "$dir/hearth.db-*";
	($status, $out) = ctl('doctor');
	is $status, 1, 'doctor on a broken database';
	like $out, qr/^FAULT +schema .*restore the newest backup/m, 'says so';
	($status, $out) = run_with('', '-d', "$temp/none", 'doctor');
	is $status, 1, 'doctor without an instance';
}

# What root runs in the folder of another user is run as that user: nothing in it becomes root's, and a link that the
# user laid does not lead root astray
sub test_owner
{
	SKIP: {
		my ($uid, $gid) = (getpwnam 'nobody')[2, 3];
		skip 'only root can be another user', 5 if $> || !defined $uid;
		my $home = File::Temp->newdir('hearthctl-XXXXXX', TMPDIR => 1);
		my $collect = $CTL =~ s/ctl$/-collect/r;
		chown $uid, $gid, "$home" or die "chown: $!";
		is((run_with('', '-d', "$home", 'init'))[0], 0, 'root sets up a folder of another user');
		is(system($collect, '-d', "$home"), 0, '... and collects there');
		my @others = grep { (lstat)[4] != $uid } map { glob "$home/$_" } '*', 'run/*';
		is("@others", '', '... and all of it is the other\'s');
		unlink "$home/run/collect.lock";
		symlink "$temp/astray", "$home/run/collect.lock" or die "symlink: $!";
		isnt(system("$collect -d $home 2>/dev/null"), 0, 'a link to where only root may write is not followed');
		ok(!-e "$temp/astray", '... and nothing is made there');
	}
}
