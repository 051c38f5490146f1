#!/usr/bin/perl
# 0500-readme.t: what the README tells people to type does what it says
use strict;
use warnings;
use lib 't/lib';
use Hearth::Instance;
use Hearth::Peer;
use Mojo::File qw(path tempfile);
use Test::More;

my $readme = path('README.md')->slurp;
my ($tour) = $readme =~ /^## A curl tour\n(.*?)^## /ms;
my @blocks = $tour =~ /^```sh\n(.*?)^```/msg;
cmp_ok(scalar @blocks, '>=', 6, 'the tour has steps');

my $box = Hearth::Peer->start('fritzbox', user => 'hearth', password => 'secret');
my $hearth = Hearth::Instance->new(config => {
	FRITZBOX_HOST     => '127.0.0.1',
	FRITZBOX_PORT     => $box->port,
	FRITZBOX_USERNAME => 'hearth',
	FRITZBOX_PASSWORD => 'secret',
	FRITZBOX_ENABLED  => 'true',
});
is(($hearth->collect('--only', 'fritzbox'))[2], 0, 'the collector made its round');

local $ENV{HEARTH_URL} = $hearth->url;
local $ENV{HEARTH_USER} = 'reader';
local $ENV{HEARTH_PASSWORD} = $hearth->user('reader', 'member');
# somebody makes a key of his own meanwhile
splice @blocks, 3, 0, <<'END';
curl -fsS -o /dev/null -H "Authorization: Bearer $TOKEN" --json '{"name":"other"}' "$HEARTH_URL/auth/api-keys"
END
my $script = tempfile->spurt(join "\n", 'set -e', @blocks);
my $out = qx(sh $script 2>&1);
is($?, 0, 'the tour runs') or diag $out;
like($out, qr/"providers":\{"fritzbox":"ok"\}/, 'health is told');
like($out, qr/"items":\[\{"ip":"192\.168\.178\.1"/, 'devices are listed');
like($out, qr/"external_ip":"/, 'the line is told');
like($out, qr{200 application/json \d{5,} bytes}, 'the document is there');
unlike($out, qr/"status":[45]\d\d/, 'no answer is an error');

is(join(' ', map { @$_ } @{$hearth->db->selectall_arrayref('SELECT name FROM api_key WHERE revoked_at IS NOT NULL')}), 'curl tour',
	'the key of the tour ends, and no other');

# the key that the README lets one pin
my ($print) = $readme =~ /^    (openssl s_client -connect fritz\.box:49443 .*?base64)$/ms;
my ($set) = $readme =~ m{^    build/hearthctl -d var (config set FRITZBOX_TLS .*)$}m;
chomp(my $key = do { my $line = $print =~ s/fritz\.box:49443/'127.0.0.1:' . $box->tls_port/er; qx($line) });
is("sha256//$key", $box->pin, 'openssl tells the key of the box');
$hearth->ctl_ok('config', 'set', 'FRITZBOX_PORT', $box->tls_port);
$hearth->ctl_ok(split / /, $set =~ s/PRINTED-TEXT/$key/r);
is(($hearth->collect('--only', 'fritzbox'))[2], 0, 'the collector makes a round');
is($hearth->db('series')->selectrow_array("SELECT error_code FROM poll_state WHERE source = 'fritzbox'"), undef,
	'... and trusts it');
my (undef, $at_proxmox) = $readme =~ /(openssl s_client.*?base64).*(openssl s_client.*?base64)/s;
is($at_proxmox =~ s/pve\.lan:8006/fritz.box:49443/r, $print, 'the same commands tell that of Proxmox');

# every option, file and command that the README names exists
my ($help) = qx(./start --help);
like(join('', qx(./start --help)), qr/\Q$_\E/, "./start knows $_")
	for grep { $readme =~ /\Q$_\E/ } qw(--dir --port --listen --detach --demo --stop --status --without);
for my $file ($readme =~ m{`((?:conf|docs|scripts|src)/[\w./-]+[\w/])}g, 'docs/screenshot.png') {
	ok(-e $file, "$file is there");
}
# what the plan of the house names is there
my $plan = path('docs/architecture.md')->slurp;
my ($walk) = $plan =~ /^## 7\. (.*)/ms;
my $code = join '', map { path($_)->slurp } glob('src/*/*.[ch] cgi-bin/*.c');
my %functions = map { $_ => 1 } $walk =~ /\b([a-z_]{2,})\(\)/g;
cmp_ok(scalar keys %functions, '>', 40, 'a request and a round are walked by functions');
is(join(' ', grep { $code !~ /\b\Q$_\E\b/ } sort keys %functions), '', '... that exist');
my %files = map { $_ => 1 } $plan =~ m{\b([a-z]+(?:-bin)?/\w+\.[ch])\b}g;
cmp_ok(scalar keys %files, '>', 20, '... through files');
is(join(' ', grep { !-e $_ && !-e "src/$_" } sort keys %files), '', '... that exist');

my ($man, undef, $status) = $hearth->ctl('--help');
is($status, 0, 'hearthctl helps');
is('hearthctl ' . $hearth->get('/health')->json('/version') . "\n", ($hearth->ctl('--version'))[0], 'one version');
like($man, qr/^\s*\Q$_\E\b/m, "hearthctl knows $_") for 'config set', 'token list', 'doctor';

done_testing;
