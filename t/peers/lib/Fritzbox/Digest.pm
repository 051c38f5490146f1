# HTTP Digest as a Fritz!Box does it (RFC 2617, MD5, qop=auth), with the lock-out of failed logins
package Fritzbox::Digest;
use Mojo::Base -base, -signatures;
use Digest::MD5 'md5_hex';
use Mojo::Util 'encode';

use constant { REALM => 'HTTPS Access', MAX_NONCES => 4096 };

has 'now';                      # sub: seconds, may run ahead of the real clock
has user => 'fritz2741';
has password => 'hearth-test';
has nonce_seconds => 300;       # 0: for ever
has nonce_uses => 0;            # 0: any number
has fresh_401 => 0;             # so many good requests are still asked for a new nonce
has lockout_unit_ms => 1000;    # the second failure waits one unit, each further one twice as long
has lockout_cap_ms => 128_000;
has lockout_refuse => 10;       # from this failure on: 503 while blocked; 0: never
has nonces => sub { {} };
has failures => sub { {} };     # per address: count, until
has counters => sub { new_counters() };

sub new_counters
{
	return { challenges => 0, logins => 0, failed_logins => 0, stale_nonces => 0, refused_logins => 0,
		failed_by_address => {} };
}

# Returns { ok => 1 } or { status, error, delay } for an answer of 401 or 503
sub check ($self, $req)
{
	my $given = parse($req->{headers}{authorization}) or return $self->challenge('ERR_NONE', 0);
	my $block = $self->blocked($req->{address});
	return $self->refuse if $block && $self->is_refused($req->{address});
	return $self->fail($req->{address}) unless $self->is_right($req, $given);
	return $self->stale($block) unless $self->take_nonce($given);
	delete $self->failures->{$req->{address}};
	$self->counters->{logins}++;
	return { ok => 1, delay => $block };
}

sub parse ($header)
{
	return undef unless defined $header && $header =~ s{\ADigest\s+}{}i;
	my %given;
	while ($header =~ /\G\s*(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|\z)/gc) {
		$given{lc $1} = $2 // $3;
	}
	s/\\(.)/$1/g for values %given;
	return \%given;
}

sub is_right ($self, $req, $given)
{
	return 0 if grep { !length($given->{$_} // '') } qw(username realm nonce uri response qop nc cnonce);
	return 0 if $given->{uri} ne $req->{target} || $given->{realm} ne REALM || $given->{qop} ne 'auth';
	return 0 if uc($given->{algorithm} // 'MD5') ne 'MD5' || $given->{nc} !~ /\A[0-9a-f]{8}\z/i;
	return 0 if $given->{username} ne encode 'UTF-8', $self->user;
	my $ha1 = md5_hex join ':', $given->{username}, REALM, encode 'UTF-8', $self->password;
	my $ha2 = md5_hex "$req->{method}:$given->{uri}";
	return lc $given->{response} eq md5_hex join ':', $ha1, @$given{qw(nonce nc cnonce qop)}, $ha2;
}

# A nonce counts upwards; a count seen before, a forgotten or an old nonce needs a new one
sub take_nonce ($self, $given)
{
	my $nonce = $self->nonces->{$given->{nonce}} or return 0;
	my $nc = hex $given->{nc};
	return 0 if $nc <= $nonce->{nc};
	return 0 if $self->nonce_seconds && $self->now->() - $nonce->{at} > $self->nonce_seconds;
	return 0 if $self->nonce_uses && $nonce->{uses} >= $self->nonce_uses;
	if ($self->fresh_401 > 0) {
		$self->fresh_401($self->fresh_401 - 1);
		delete $self->nonces->{$given->{nonce}};
		return 0;
	}
	@$nonce{qw(nc uses)} = ($nc, $nonce->{uses} + 1);
	return 1;
}

sub stale ($self, $delay)
{
	$self->counters->{stale_nonces}++;
	return $self->challenge('ERR_NONE', $delay);
}

sub challenge ($self, $error, $delay)
{
	$self->counters->{challenges}++;
	return { status => 401, error => $error, delay => $delay, nonce => $self->new_nonce };
}

sub new_nonce ($self)
{
	my $nonces = $self->nonces;
	%$nonces = () if keys %$nonces >= MAX_NONCES;
	my $nonce = sprintf '%08X%08X', int rand 2**32, int rand 2**32;
	$nonces->{$nonce} = { at => $self->now->(), nc => 0, uses => 0 };
	return $nonce;
}

sub fail ($self, $address)
{
	my $fail = $self->failures->{$address} //= { count => 0, until => 0 };
	$fail->{count}++;
	$self->counters->{failed_logins}++;
	$self->counters->{failed_by_address}{$address}++;
	my $ms = $fail->{count} < 2 ? 0 : $self->lockout_unit_ms * 2 ** ($fail->{count} - 2);
	$ms = $self->lockout_cap_ms if $ms > $self->lockout_cap_ms;
	my $now = $self->now->();
	$fail->{until} = ($fail->{until} > $now ? $fail->{until} : $now) + $ms / 1000;
	return { %{$self->challenge('ERR_ACCESS_DENIED', $fail->{until} - $now)}, is_failure => 1 };
}

# Seconds for which answers to this address are still held back
sub blocked ($self, $address)
{
	my $fail = $self->failures->{$address} or return 0;
	my $left = $fail->{until} - $self->now->();
	return $left > 0 ? $left : 0;
}

sub is_refused ($self, $address)
{
	return $self->lockout_refuse && $self->failures->{$address}{count} >= $self->lockout_refuse;
}

sub refuse ($self)
{
	$self->counters->{refused_logins}++;
	return { status => 503, error => 'Auth. failed', delay => 0 };
}

# The answer to a request that is not logged in
sub answer ($self, $check)
{
	return { status => 503, body => $check->{error}, close => 1, headers => ['CONTENT-TYPE: text/plain'] }
		if $check->{status} == 503;
	my $challenge = sprintf 'Digest realm="%s",nonce="%s",algorithm=MD5,qop="auth"', REALM, $check->{nonce};
	return { status => 401, close => 1, body => html_page(401, 'Unauthorized', $check->{error}),
		headers => ['Content-Type: text/html', 'Pragma: no-cache', 'Server: Webserver',
			"WWW-Authenticate: $challenge"] };
}

# The small pages of the box's web server; not well-formed, and meant to be so
sub html_page ($status, $reason, $error)
{
	my $date = gmtime;
	return "<HTML><HEAD><TITLE>$status $reason ($error)</TITLE></HEAD><BODY><H1>$status $reason</H1>"
		. "<BR>$error<HR><B>Webserver</B> $date GMT</BODY></HTML>\n\n";
}

1;
