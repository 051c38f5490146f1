# Repeatable noise: numbers that look random but depend on nothing except what is passed in
package Peer::Noise;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
our @EXPORT_OK = qw(noise noise_pick noise_smooth);

# One round of an integer hash; 32-bit values times a 27-bit constant stay within 63 bits
sub mix ($x)
{
	use integer;
	$x &= 0xffffffff;
	$x = (($x >> 16) ^ $x) * 0x45d9f3b & 0xffffffff;
	$x = (($x >> 16) ^ $x) * 0x45d9f3b & 0xffffffff;
	return ($x >> 16) ^ $x;
}

# A number in [0, 1) for a list of integers
sub noise (@keys)
{
	my $x = 0x9e3779b9;
	$x = mix($x ^ mix(int $_)) for @keys;
	return $x / 4294967296;
}

sub noise_pick ($list, @keys)
{
	return $list->[int(noise(@keys) * @$list)];
}

# Noise that glides from one whole position to the next
sub noise_smooth ($at, @keys)
{
	my $low = int $at;
	my $part = $at - $low;
	$part = $part * $part * (3 - 2 * $part);
	return noise(@keys, $low) * (1 - $part) + noise(@keys, $low + 1) * $part;
}

1;
