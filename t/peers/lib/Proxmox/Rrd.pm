# rrddata: means over equal steps, where a missing sample is a missing key
package Proxmox::Rrd;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
use Proxmox::Cluster;
use Proxmox::Curve 'curve_mean';
use Proxmox::Json qw(object);
use Proxmox::Rows 'guest_memory';
our @EXPORT_OK = qw(timeframes rrd_rows);

# Seconds of a step, number of rows
my %OLD = (hour => [60, 70], day => [1800, 70], week => [10800, 70], month => [43200, 70], year => [604800, 70]);
my %NEW = (hour => [60, 60], day => [60, 1440], week => [1800, 336], month => [1800, 1440], year => [21600, 1440],
	decade => [604800, 570]);

sub timeframes ($pve)
{
	my $frames = $pve->{major} >= 9 ? \%NEW : \%OLD;
	return grep { exists $frames->{$_} } qw(hour day week month year decade);
}

# JSON texts, oldest first. The newest step has not ended: it has a time and nothing else
sub rrd_rows ($cluster, $one, $pve, $timeframe, $cf, $empty_tail)
{
	my ($step, $count) = @{($pve->{major} >= 9 ? \%NEW : \%OLD)->{$timeframe}};
	my $newest = $step * int $cluster->now->() / $step;
	my $factor = $cf eq 'MAX' ? 1.2 : 1;
	my @rows;
	for my $n (reverse 0 .. $count - 1) {
		my $t = $newest - $n * $step;
		push @rows, object({ time => $t, $n < $empty_tail ? () : row($one, $pve, $t, $step, $factor) });
	}
	return @rows;
}

sub row ($one, $pve, $t, $step, $factor)
{
	my $is_gap = Proxmox::Cluster::has_gap($one, $t);
	return $one->{system} ? ($is_gap ? () : node_row($one, $pve, $t, $step, $factor))
		: guest_row($one, $pve, $t, $step, $factor, $is_gap);
}

sub node_row ($node, $pve, $t, $step, $factor)
{
	my $mean = sub ($name) { $factor * curve_mean($node->{curves}{$name}, $t - $step, $t) };
	my $used = $mean->('mem') * $node->{maxmem};
	my %row = (
		cpu => $mean->('cpu'), iowait => $mean->('wait'), loadavg => $mean->('load'), maxcpu => $node->{maxcpu},
		memtotal => $node->{maxmem}, memused => $used, swaptotal => $node->{maxswap},
		swapused => $mean->('swap') * $node->{maxswap}, roottotal => $node->{maxdisk},
		rootused => $mean->('disk') * $node->{maxdisk}, netin => $mean->('netin'), netout => $mean->('netout'),
	);
	return %row if $pve->{major} < 9;
	return (%row, memavailable => $node->{maxmem} - $used, arcsize => 1_610_934_106.66667, pressurecpusome => $row{cpu} * 3,
		map { $_ => 0 } qw(pressureiosome pressureiofull pressurememorysome pressurememoryfull));
}

sub guest_row ($guest, $pve, $t, $step, $factor, $is_gap)
{
	my $disk = $guest->{no_disk} ? 0 : $guest->{maxdisk};
	my %row = (maxcpu => $guest->{maxcpu}, maxmem => $guest->{maxmem}, maxdisk => $disk);
	return (%row, disk => 0) if $is_gap;
	my $mean = sub ($name) { $factor * curve_mean($guest->{curves}{$name}, $t - $step, $t) };
	my $traffic = $mean->('traffic');
	%row = (%row, disk => $guest->{type} eq 'lxc' ? $mean->('disk') * $disk : 0, mem => guest_memory($guest, $t),
		cpu => $mean->('cpu'), map { $_ => $traffic * $guest->{curves}{$_} } qw(netin netout diskread diskwrite));
	return %row if $pve->{major} < 9;
	$row{memhost} = $row{mem} * 1.07 + 4e7 if $guest->{type} eq 'qemu';
	return (%row, pressurecpusome => $row{cpu} * 3, pressurecpufull => $row{cpu},
		map { $_ => 0 } qw(pressureiosome pressureiofull pressurememorysome pressurememoryfull));
}

1;
