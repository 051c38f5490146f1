#!/usr/bin/perl
# 0600-panel.t: the web panel in a real browser, against a real instance; its bundle is what its sources make
use strict;
use warnings;
use Cwd 'abs_path';
use lib 't/lib';
use Hearth::Instance;
use Hearth::Node;
use Hearth::Peer;
use Mojo::File 'path';
use Test::More;

my $build = $ENV{HEARTH_BUILD} // 'build';
my ($browser) = grep { -x } $ENV{CHROMIUM} // (), '/usr/bin/chromium';
plan skip_all => 'there is no Chromium' unless $browser;
my $missing = Hearth::Node::missing();
plan skip_all => $missing if $missing;

subtest 'bundle' => sub {
	my $copy = Hearth::Node::install('panel') or plan skip_all => 'the packages of the panel cannot be had';

	system("mkdir -p $build/npm/schema && cp -R schema/openapi $build/npm/schema/");
	system("rm -rf $copy/dist");
	is(system("cd $copy && npm run -s types && npm run -s typecheck"), 0, 'the types fit the API');
	is(qx(diff panel/src/api-types.ts $copy/src/api-types.ts), '', 'the types are those of the documents');
	is(system("cd $copy && npm test -s >test.log 2>&1"), 0, 'its own tests pass');
	is(system("cd $copy && npm run -s build"), 0, 'it builds');
	is(qx(diff -r panel/dist $copy/dist), '', 'panel/dist is what the sources make');

	my $bytes = 0;
	$bytes += length qx(gzip -9 -c $_) for glob 'panel/dist/*.html panel/dist/assets/*.{js,css,svg,webmanifest}';
	cmp_ok($bytes, '<=', 120 * 1024, "a browser loads $bytes bytes, gzipped");
};

my $copy = Hearth::Node::install('t/browser');
if (!$copy) {
	diag 'the packages of the browser tests cannot be had';
	done_testing;
	exit;
}
my $box = Hearth::Peer->start('fritzbox', user => 'hearth', password => 'secret', no_tls => undef);
my $hearth = Hearth::Instance->new(collector => 1, start => 0, config => {
	FRITZBOX_HOST         => '127.0.0.1',
	FRITZBOX_PORT         => $box->port,
	FRITZBOX_USERNAME     => 'hearth',
	FRITZBOX_PASSWORD     => 'secret',
	FRITZBOX_ENABLED      => 'true',
	FRITZBOX_POLL_SECONDS => 10,
});
# before the first poll: a home that has been polled is not made up any more
$hearth->ctl_ok('demo');
my ($password) = path($hearth->dir, 'first-login.txt')->slurp =~ /^password: (\S+)/m;

my $pve = Hearth::Peer->start('proxmox', secret => '5f1d7c3a-9b24-4e68-8a07-c2d96be0f413', cache_seconds => 0);
$hearth->ctl_ok('config', 'set', PROXMOX_1_ID => 'pve', PROXMOX_1_URL => 'https://127.0.0.1:' . $pve->port,
	PROXMOX_1_TOKEN_ID => 'hearth@pve!panel', PROXMOX_1_TOKEN_SECRET => '5f1d7c3a-9b24-4e68-8a07-c2d96be0f413',
	PROXMOX_1_TLS => 'pin', PROXMOX_1_TLS_PIN => $pve->pin);
$hearth->start;

local $ENV{HEARTH_URL} = $hearth->url;
local $ENV{HEARTH_USER} = 'admin';
local $ENV{HEARTH_PASSWORD} = $password;
local $ENV{HEARTH_NEW_PASSWORD} = 'a long new password';
local $ENV{HEARTH_OUT} = path('t/output')->make_path->to_abs;
local $ENV{CHROMIUM} = $browser;
$pve->control(guest => { 108 => { lock => 'backup' } });
for my $script ('panel.mjs', 'servers.mjs', 'troubles.mjs') {
	my $out = qx(cd $copy && node $script 2>&1);
	is($?, 0, "$script: the browser saw nothing wrong") or diag $out;
	my ($plan) = $out =~ /^1\.\.(\d+)$/m;
	my $passed = () = $out =~ /^ok /mg;
	is($passed, $plan, "$script: every step passed");
	$ENV{HEARTH_PASSWORD} = $ENV{HEARTH_NEW_PASSWORD};
}
# What the panel tells people to type must be what hearthctl takes.
subtest 'commands' => sub {
	my $scratch = path($hearth->dir)->child('scratch')->make_path;
	my $address = '127.0.0.1:' . $pve->port;

	symlink abs_path($build), "$scratch/build" or die "no link: $!";
	is(system("cd $scratch && build/hearthctl -d var init >/dev/null"), 0, 'a new home');
	for my $name ('network', 'servers') {
		my $command = path("t/output/commands-$name.txt")->slurp;

		like($command, qr{\Abuild/hearthctl -d var config set [^;]+\z}, "$name: one command");
		$command =~ s/pve\.lan:8006/$address/g;
		open my $script, '>', "$scratch/command.sh" or die "no file: $!";
		print $script $command;
		close $script;
		is(system("cd $scratch && echo a-secret | sh command.sh >said 2>&1"), 0, "$name: it is taken")
			or diag $scratch->child('said')->slurp;
	}
	my %wanted = (FRITZBOX_ENABLED => 'true', FRITZBOX_USERNAME => 'hearth', PROXMOX_1_URL => "https://$address",
		PROXMOX_1_TOKEN_ID => 'hearth@pve!panel', PROXMOX_1_TLS => 'pin', PROXMOX_1_TLS_PIN => $pve->pin);
	for my $key (sort keys %wanted) {
		chomp(my $value = qx(cd $scratch && build/hearthctl -d var config get $key));
		is($value, $wanted{$key}, $key);
	}
};
ok(-s "t/output/$_.png", "a screenshot $_ is kept") for map { ("network-$_", "servers-$_") } 320, 390, 1280;

done_testing;
