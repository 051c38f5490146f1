# What must never be logged: keeps every secret that passes through a test and looks for them where they must not be.
# A test in which one was seen fails at its end.
package Hearth::Secrets;
use Mojo::Base -strict, -signatures;
use Mojo::Parameters;

use constant MIN_LENGTH => 10;    # what is shorter would be found where it is none

my $NAME = qr/(?:password|secret|token|api_key)\z/i;
my (%secrets, @leaks);

# Remembers values. Lower-case words alone are too common to be looked for.
sub keep (@values)
{
	$secrets{$_} = 1 for grep { defined && length >= MIN_LENGTH && !/\A[a-z]+\z/ } @values;
}

# Remembers the secrets among names and values.
sub keep_named (%values)
{
	keep(map { $values{$_} } grep { /$NAME/ && !ref $values{$_} } keys %values);
}

# Remembers what a request and its answer hold: credentials, cookies, members and form fields that are named like one.
sub keep_exchange ($tx)
{
	my ($req, $res) = ($tx->req, $tx->res);
	keep((split ' ', $req->headers->authorization // '', 2)[1], map { $req->headers->header($_) } qw(X-API-Key X-CSRF-Token));
	keep(map { $_->value } grep { $_->name eq 'hearth_session' } @{$req->cookies}, @{$res->cookies});
	for my $message ($req, $res) {
		next if $message->content->is_multipart;
		keep_named($message->body =~ /"(\w+)"\s*:\s*"([^"\\]*)"/g);
		keep_named(%{Mojo::Parameters->new($message->body)->to_hash})
			if ($message->headers->content_type // '') =~ /form-urlencoded/;
	}
}

# Notes where a text holds one of them; $where names it for people.
sub look ($where, $text)
{
	for my $secret (found_in($text)) {
		push @leaks, sprintf "%s holds the secret %.4s... (%d characters)", $where, $secret, length $secret;
	}
}

sub found_in ($text)
{
	return sort grep { index($text, $_) >= 0 } keys %secrets;
}

END {
	if (@leaks) {
		print STDERR "# $_\n" for @leaks;
		$? ||= 1;
	}
}

1;
