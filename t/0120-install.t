#!/usr/bin/perl
# What "make install" puts where, and that cron and systemd find it there
use Mojo::Base -strict, -signatures;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Temp ();
use Mojo::File 'path';
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $BUILD = abs_path($ENV{HEARTH_BUILD} // "$TOP/build");
my $temp = path(File::Temp->newdir('hearth-install-XXXXXX', TMPDIR => 1));
my $root = $temp->child('root');
my $at = $root->child('opt', 'hearth');
my $home = $temp->child('home');
my $readme = path("$TOP/README.md")->slurp;

delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS)};
is(system("umask 022; make -s -C $BUILD install DESTDIR=$root prefix=/opt/hearth >$temp/said 2>&1"), 0, 'make install')
	or diag path("$temp/said")->slurp;

subtest 'what is there' => \&test_files;
subtest 'pools and units' => \&test_units;
subtest 'cron' => \&test_cron;
done_testing;

sub test_files
{
	ok(-x $at->child($_), "$_ is a program") for qw(bin/hearthctl bin/hearth-collect libexec/hearth-api);
	ok(-f $at->child('share', 'man', $_), "the manual has $_")
		for qw(man1/hearthctl.1 man1/hearth-collect.1 man5/hearth.conf.5 man8/hearth-api.8);
	my $panel = path("$TOP/panel/dist");
	for my $file ($panel->list_tree->each) {
		my $name = $file->to_rel($panel);
		is($at->child('share', 'hearth', 'panel', $name)->slurp, $file->slurp, "the panel has $name");
	}
	is($at->child('share', 'bash-completion', 'completions', 'hearthctl')->slurp,
		path("$TOP/conf/completion/hearthctl")->slurp, 'bash completes hearthctl');
	my @private = grep { ((stat)[2] & 0444) != 0444 } $root->list_tree->each;
	is("@private", '', 'everybody may read it');
	my @usual = grep { $_->slurp =~ m{/usr/local/} } map { $at->child($_)->list_tree->each } 'lib/systemd', 'share/hearth/cron';
	is("@usual", '', 'no file speaks of another place');
	unlike($_, qr{/usr/local/(?!bin/|libexec/|share/hearth/)}, 'a unit knows places that can be moved')
		for map { $_->slurp } path("$TOP/conf/systemd")->list->each;
}

# The text of a unit, where it was installed, as if it had not been put aside
sub unit ($name)
{
	my $file = $at->child('lib', 'systemd', 'system', $name);
	return -e $file ? $file->slurp =~ s{/opt/hearth}{$at}gr : '';
}

sub test_units
{
	is(system("$at/bin/hearthctl -d $home init >/dev/null"), 0, 'a folder');
	my @pools = split /\n/, qx($at/bin/hearthctl -d $home pools);
	cmp_ok(scalar @pools, '>=', 2, 'there are pools');
	my ($wants) = unit('hearth.target') =~ /^Wants=(.*)$/m;
	my ($after) = unit('hearth-nginx.service') =~ /^After=(.*)$/m;
	for my $pool (@pools) {
		my ($name, $processes, $program, $socket) = split / /, $pool;
		is((unit("hearth-$name.socket") =~ /^ListenStream=(.*)$/m)[0], $socket =~ s/\Q$home/\/var\/lib\/hearth/r,
			"the socket of $name is where nginx looks for it");
		my $service = unit("hearth-$name.service");
		my ($count, $runs) = $service =~ /^ExecStart=.*multiwatch -s TERM -f (\S.*?) -- ([^\s']+)/m;
		is($runs, "$at/libexec/$program", 'a service runs its program');
		is(qx(echo $count), "$processes\n", "$processes times");
		is($service =~ /^PrivateNetwork=yes/m ? 1 : 0, $name eq 'api' ? 1 : 0,
			$name eq 'api' ? 'which reaches no network' : 'which reaches the network');
		like($wants, qr/\bhearth-\Q$name\E\.socket\b/, 'the target wants it');
		like($after, qr/\bhearth-\Q$name\E\.socket\b/, 'nginx comes after it');
	}
	my $expected = join ' ', sort map { "hearth-@{[(split / /)[0]]}.socket" } @pools;
	my $found = join ' ', map { path($_)->basename } sort glob $at->child('lib', 'systemd', 'system', '*.socket');
	is($found, $expected, 'there is no other socket');

	SKIP: {
		skip 'no systemd-analyze', 1 if system 'command -v systemd-analyze >/dev/null';
		my $units = $temp->child('units')->make_path;
		$units->child($_->basename)->spurt(unit($_->basename)) for $at->child('lib', 'systemd', 'system')->list->each;
		my $said = qx(systemd-analyze verify --man=no $units/* 2>&1);
		is("$? $said", '0 ', 'systemd is content');
	}
}

# The line that README shows, with the shell and the PATH that cron gives it
sub test_cron
{
	my ($line) = $readme =~ /^    (\* \* \* \* \* .*)$/m;
	like(path("$TOP/conf/cron/hearth")->slurp, qr/^\Q$line\E$/m, 'README shows the line of the file');
	my ($copied) = $readme =~ m{cp /usr/local/(\S+) /etc/cron\.d};
	is($at->child($copied)->slurp, path("$TOP/conf/cron/hearth")->slurp =~ s{/usr/local/}{/opt/hearth/}gr,
		'and the file is where README copies it from');
	my ($command) = $at->child($copied)->slurp =~ /^\* \* \* \* \* hearth (.*)$/m;
	$command =~ s{/opt/hearth}{$at};
	$command =~ s{/var/lib/hearth}{$home};
	$command =~ s{--for 55 --every 10}{--for 1 --every 1} or fail('the rounds fill a minute');
	my $said = qx(env -i PATH=/usr/bin:/bin HOME=/ SHELL=/bin/sh sh -c '$command' 2>&1);
	is("$? $said", '0 ', 'it makes its rounds and says nothing');
}
