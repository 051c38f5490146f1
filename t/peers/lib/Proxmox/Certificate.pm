# The certificate of the answering node, signed by the authority of the cluster
package Proxmox::Certificate;
use Mojo::Base -base, -signatures;
use Digest::SHA qw(sha256 sha256_hex);
use File::Temp ();
use IO::Socket::SSL;
use IO::Socket::SSL::Utils;
use MIME::Base64 'encode_base64';
use Mojo::File 'path';

has 'dir';                # kept over a restart; without one everything is gone at the end
has temporary => sub { File::Temp->newdir('proxmox-XXXXXX', TMPDIR => 1) };
has [qw(ca ca_key leaf leaf_key)];

my @PARTS = qw(ca ca_key leaf leaf_key);

sub file ($self, $part) { return path($self->dir // $self->temporary . '', "$part.pem") }

sub ca_file ($self) { return $self->file('ca')->to_string }

# Not left to the destruction of everything, where it can fail
sub clean ($self) { path($self->temporary . '')->remove_tree unless defined $self->dir }

sub load ($self)
{
	return 0 if !defined $self->dir || grep { !-s $self->file($_) } @PARTS;
	for my $part (@PARTS) {
		my $text = $self->file($part)->slurp;
		$self->$part($part =~ /key/ ? PEM_string2key($text) : PEM_string2cert($text));
	}
	return 1;
}

sub make ($self, $with_ca)
{
	if ($with_ca) {
		my ($ca, $key) = CERT_create(CA => 1, key => KEY_create_ec('prime256v1'), not_after => time + 10 * 365 * 86400,
			subject => { commonName => 'Proxmox Virtual Environment', organizationName => 'PVE Cluster Manager CA' });
		$self->ca($ca)->ca_key($key);
	}
	my ($leaf, $key) = CERT_create(key => KEY_create_ec('prime256v1'), not_after => time + 730 * 86400,
		not_before => time - 3600, issuer => [$self->ca, $self->ca_key], purpose => 'server',
		subject => { commonName => 'pve1.home.example', organizationName => 'Proxmox Virtual Environment' },
		subjectAltNames => [[IP => '127.0.0.1'], [IP => '::1'], [DNS => 'localhost'], [DNS => 'pve1'],
			[DNS => 'pve1.home.example']]);
	$self->leaf($leaf)->leaf_key($key);
	$self->write;
}

sub write ($self)
{
	path($self->dir)->make_path if defined $self->dir;
	for my $part (@PARTS) {
		my $file = $self->file($part);
		$part =~ /key/ ? PEM_key2file($self->$part, $file) : PEM_cert2file($self->$part, $file);
	}
}

# One context for all connections, so that sessions can be resumed
sub options ($self)
{
	my $context = IO::Socket::SSL::SSL_Context->new(SSL_server => 1, SSL_cert => $self->leaf, SSL_key => $self->leaf_key,
		SSL_session_id_context => 'proxmox') or die "TLS: $IO::Socket::SSL::SSL_ERROR\n";
	return { SSL_reuse_ctx => $context };
}

# Of the public key, as curl and libcurl take it
sub pin ($self)
{
	return 'sha256//' . encode_base64(sha256(Net::SSLeay::X509_get_X509_PUBKEY($self->leaf)), '');
}

# Of the certificate, as the API shows it
sub fingerprint ($self)
{
	my $hex = Net::SSLeay::X509_get_fingerprint($self->leaf, 'sha256');
	return uc $hex;
}

1;
