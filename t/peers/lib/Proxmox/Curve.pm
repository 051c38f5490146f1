# Loads that swing by the day, the hour and the minute, and whose sum over any time is known without adding up
package Proxmox::Curve;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
use Peer::Noise 'noise';
our @EXPORT_OK = qw(curve curve_at curve_begun curve_mean);

use constant { PI2 => 2 * atan2(0, -1) };
use constant { DAY => PI2 / 86400, HOUR => PI2 / 5100, MINUTES => PI2 / 410 };
use constant { PART_DAY => 0.35 / DAY, PART_HOUR => 0.25 / HOUR, PART_MINUTES => 0.15 / MINUTES };

# [base, three phases]; the value stays between a quarter of the base and one and three quarters
sub curve ($base, @keys)
{
	return [$base, map { PI2 * noise(@keys, $_) } 1 .. 3];
}

sub curve_at ($curve, $t)
{
	return $curve->[0] * (1 + 0.35 * sin(DAY * $t + $curve->[1]) + 0.25 * sin(HOUR * $t + $curve->[2])
		+ 0.15 * sin(MINUTES * $t + $curve->[3]));
}

# The sum from the beginning of time: differences of it are what counts
sub curve_begun ($curve, $t)
{
	return $curve->[0] * ($t - PART_DAY * cos(DAY * $t + $curve->[1]) - PART_HOUR * cos(HOUR * $t + $curve->[2])
		- PART_MINUTES * cos(MINUTES * $t + $curve->[3]));
}

sub curve_mean ($curve, $from, $to)
{
	return $to > $from ? (curve_begun($curve, $to) - curve_begun($curve, $from)) / ($to - $from) : curve_at($curve, $to);
}

1;
