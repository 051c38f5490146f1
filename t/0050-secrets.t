#!/usr/bin/perl
# No secret in a log, on standard error or in a process list, however much is logged; every test looks for the secrets that
# pass through it, and this one sees that it would find them
use Mojo::Base -strict, -signatures;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Hearth::Check 'scoped_token';
use Hearth::Instance;
use Hearth::Peer;
use Hearth::Secrets;
use Test::More;

my $box = Hearth::Peer->start('fritzbox', user => 'hearth', password => 'Marked-Secret-Of-The-Box', no_tls => undef);
my $pve = Hearth::Peer->start('proxmox', nodes => 1, guests => 2, secret => 'Marked-Secret-Of-Proxmox');
my $hearth = Hearth::Instance->new(config => {
	APP_LOG_LEVEL => 'debug', AUTH_ACCESS_TOKEN => 'Marked-Access-Token-Of-The-Panel',
	FRITZBOX_ENABLED => 'true', FRITZBOX_HOST => '127.0.0.1', FRITZBOX_PORT => $box->port, FRITZBOX_USERNAME => 'hearth',
	FRITZBOX_PASSWORD => 'Marked-Secret-Of-The-Box',
	PROXMOX_1_ID => 'pve', PROXMOX_1_URL => $pve->tls_url, PROXMOX_1_TOKEN_ID => 'hearth@pve!panel', PROXMOX_1_TLS => 'pin',
	PROXMOX_1_TLS_PIN => $pve->pin, PROXMOX_1_TOKEN_SECRET => 'Marked-Secret-Of-Proxmox',
});
my $session = $hearth->login;
my %marked = (
	'a password that was typed' => $hearth->user('tester'),
	'a password that was wrong' => 'Marked-Wrong-Password',
	'a session' => $session->cookie,
	'its CSRF token' => $session->csrf,
	'an access token of the network family' => $hearth->jwt,
	'an API key' => $hearth->api_key,
	'a token' => scoped_token($hearth, 'tester', 'read:network'),
	'the access token of the panel' => 'Marked-Access-Token-Of-The-Panel',
	'the password of the router' => 'Marked-Secret-Of-The-Box',
	'the secret of a server' => 'Marked-Secret-Of-Proxmox',
);

# every way in, right and wrong, and what asks the peers
$hearth->post('/api/auth/login', json => { username => 'tester', password => $marked{'a password that was wrong'} });
$hearth->post('/auth/login', form => { username => 'tester', password => $marked{'a password that was wrong'} });
my $panel = $hearth->post('/panel/auth/login', json => { access_token => $marked{'the access token of the panel'} });
$hearth->get("/api/v1/devices?api_key=none", { Authorization => "Bearer $_" }) for values %marked;
$hearth->get('/api/v1/devices', { 'X-API-Key' => $_ }) for values %marked;
$session->get('/api/house/network/devices');
$hearth->ctl(qw(config print));
$hearth->ctl('doctor');
is(($hearth->collect('--verbose'))[2], 0, 'the peers were asked');
$box->control(password => 'another');
$hearth->collect(qw(--only fritzbox --verbose));

for my $what (sort keys %marked) {
	is_deeply [Hearth::Secrets::found_in("... $marked{$what} ...")], [$marked{$what}], "$what would be found";
}
my $logs = $hearth->logs;
like $logs, qr/hearth-api/, 'the workers have logged something';
is_deeply [Hearth::Secrets::found_in($logs)], [], 'and no secret is in it';
is_deeply [Hearth::Secrets::found_in(join '', map { join '', $hearth->ctl(@$_) } [qw(config print)], ['doctor'])], [],
	'nor in what hearthctl prints of the settings';
done_testing;
