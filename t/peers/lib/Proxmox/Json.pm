# JSON written by hand: whether a value is a number or a string is what the tests are about
package Proxmox::Json;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
use JSON::PP ();
our @EXPORT_OK = qw(text object array from_perl);

my %ESCAPE = ("\n" => '\n', "\r" => '\r', "\t" => '\t', '"' => '\"', '\\' => '\\\\', "\b" => '\b', "\f" => '\f');
my $JSON = JSON::PP->new->utf8->allow_nonref;

# A string in quotes, as bytes of UTF-8
sub text ($string)
{
	my $bytes = "$string";
	utf8::encode($bytes) if utf8::is_utf8($bytes);
	$bytes =~ s/([\x00-\x1f"\\])/$ESCAPE{$1} || sprintf '\\u%04x', ord $1/ge if $bytes =~ /[\x00-\x1f"\\]/;
	return qq("$bytes");
}

# Values are JSON already. The order is that of the hash: none, as in the real answers
sub object ($values)
{
	return '{' . join(',', map { qq("$_":$values->{$_}) } keys %$values) . '}';
}

sub array (@values) { return '[' . join(',', @values) . ']' }

# What a control gives: any value, or { raw: "1e999" } for text that is put in as it is
sub from_perl ($value)
{
	return $value->{raw} if ref $value eq 'HASH' && exists $value->{raw} && keys %$value == 1;
	return $JSON->encode($value);
}

1;
