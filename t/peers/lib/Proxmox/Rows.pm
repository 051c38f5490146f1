# Nodes and guests as the releases 6 to 9 write them. Rows are hashes of JSON text
package Proxmox::Rows;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
use Proxmox::Cluster;
use Proxmox::Curve qw(curve_at curve_begun);
use Proxmox::Json qw(text object array from_perl);
our @EXPORT_OK = qw(node_resource guest_resource storage_resource sdn_resource pool_resource node_row node_status
	guest_row guest_current guest_memory);

my @COUNTERS = qw(netin netout diskread diskwrite);
my %KERNEL = (6 => '5.4.203-1-pve', 7 => '5.15.158-2-pve', 8 => '6.8.12-9-pve', 9 => '6.14.11-2-pve');

# What a control put in the place of a field; undef takes it away
sub with_fields ($row, $one)
{
	for my $key (keys %{$one->{fields}}) {
		my $value = $one->{fields}{$key};
		defined $value ? $row->{$key} = from_perl($value) : delete $row->{$key};
	}
	return $row;
}

sub node_resource ($cluster, $node, $pve, $may_see)
{
	my %row = (id => text("node/$node->{name}"), node => text($node->{name}), type => '"node"',
		status => text($node->{status}));
	return with_fields(\%row, $node) unless $may_see;
	$row{'cgroup-mode'} = 2 if $pve->{major} >= 7;
	$row{'host-arch'} = '"x86_64"' if $pve->{major} >= 9;
	return with_fields(\%row, $node) if $node->{status} ne 'online';
	return with_fields({ %row, %{node_numbers($cluster, $node)}, level => '""' }, $node);
}

sub node_numbers ($cluster, $node)
{
	my $t = $cluster->now->();
	my $curves = $node->{curves};
	return {
		cpu => fraction(curve_at($curves->{cpu}, $t)), maxcpu => $node->{maxcpu}, maxmem => $node->{maxmem},
		mem => int curve_at($curves->{mem}, $t) * $node->{maxmem}, maxdisk => $node->{maxdisk},
		disk => pages(curve_at($curves->{disk}, $t) * $node->{maxdisk}), uptime => $cluster->uptime($node),
	};
}

sub node_row ($cluster, $node, $pve, $may_see)
{
	my %row = (id => text("node/$node->{name}"), node => text($node->{name}), type => '"node"',
		status => text($node->{status}), level => '""');
	return with_fields(\%row, $node) unless $may_see;
	$row{ssl_fingerprint} = text($node->{fingerprint});
	return with_fields(\%row, $node) if $node->{status} ne 'online';
	return with_fields({ %row, %{node_numbers($cluster, $node)} }, $node);
}

sub fraction ($value) { return $value < 0 ? 0 : 0 + $value }

sub pages ($bytes) { return 4096 * int $bytes / 4096 }

sub node_status ($cluster, $node, $pve)
{
	my $now = node_numbers($cluster, $node);
	my $t = $cluster->now->();
	my $load = $node->{curves}{load};
	my @load = map { text(sprintf '%.2f', curve_at($load, $t - $_)) } 0, 150, 450;
	my %row = (
		uptime => $now->{uptime}, idle => 0, cpu => $now->{cpu}, loadavg => array(@load),
		wait => fraction(curve_at($node->{curves}{wait}, $t)), memory => memory($node, $now->{mem}, $pve),
		swap => swap($node, $t), ksm => '{"shared":0}', cpuinfo => cpuinfo($node, $pve),
		rootfs => rootfs($now->{disk}, $node->{maxdisk}), kversion => text(kversion($pve->{major})),
		pveversion => text("pve-manager/$pve->{manager}"),
	);
	%row = (%row, kernel($pve->{major})) if $pve->{major} >= 8;
	return with_fields(\%row, $node);
}

# From 9 on used is what is not available; before, caches counted differently
sub memory ($node, $used, $pve)
{
	my $total = $node->{maxmem};
	return object({ total => $total, used => $used, free => $total - $used }) if $pve->{major} < 9;
	my $available = $total - $used;
	return object({ total => $total, used => $used, available => $available, free => int $available * 0.3 });
}

sub swap ($node, $t)
{
	my $used = pages(curve_at($node->{curves}{swap}, $t) * $node->{maxswap});
	return object({ total => $node->{maxswap}, used => $used, free => $node->{maxswap} - $used });
}

# Some blocks are kept for root: available is less than free
sub rootfs ($used, $total)
{
	my $free = $total - $used;
	return object({ total => $total, used => $used, free => $free, avail => pages($free * 0.95) });
}

sub cpuinfo ($node, $pve)
{
	my $system = $node->{system};
	return object({
		model => text($system->{model}), cores => $system->{cores}, cpus => $system->{threads}, sockets => 1,
		mhz => text($system->{mhz}), hvm => '"1"', user_hz => 100,
		flags => text('fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov vmx sse sse2 ht aes avx avx2'),
	});
}

sub kversion ($major) { return "Linux $KERNEL{$major} #1 SMP PREEMPT_DYNAMIC PMX" }

sub kernel ($major)
{
	return ('current-kernel' => object({ sysname => '"Linux"', release => text($KERNEL{$major}),
		version => '"#1 SMP PREEMPT_DYNAMIC PMX"', machine => '"x86_64"' }),
		'boot-info' => '{"mode":"efi","secureboot":0}');
}

# Text, because there are thousands of them; what does not change by itself is kept
sub guest_resource ($cluster, $guest, $pve)
{
	my $is_known = $cluster->by_name->{$guest->{node}}{status} eq 'online';
	my %row = (node => text($guest->{node}), status => $is_known ? qq("$guest->{state}") : '"unknown"');
	if ($is_known) {
		add_numbers(\%row, $cluster, $guest);
		$row{memhost} = memhost($guest, $row{mem}) if $pve->{major} >= 9;
		$row{lock} = text($guest->{lock}) if defined $guest->{lock};
		$row{hastate} = text($guest->{state} eq 'stopped' ? 'stopped' : 'started') if $guest->{ha};
	}
	return object(with_fields({ %row, identity($guest), $is_known ? constants($guest) : () }, $guest))
		if %{$guest->{fields}};
	my $kept = $guest->{kept}[$is_known] //= object({ identity($guest), $is_known ? constants($guest) : () });
	return substr($kept, 0, -1) . ',' . substr object(\%row), 1;
}

sub identity ($guest)
{
	return (id => qq("$guest->{type}/$guest->{vmid}"), type => qq("$guest->{type}"), vmid => $guest->{vmid});
}

sub constants ($guest)
{
	return (name => text(name($guest)), template => $guest->{template} ? 1 : 0, maxcpu => $guest->{maxcpu},
		maxmem => $guest->{maxmem}, maxdisk => $guest->{no_disk} ? 0 : $guest->{maxdisk},
		defined $guest->{tags} ? (tags => text($guest->{tags})) : (),
		defined $guest->{pool} ? (pool => text($guest->{pool})) : ());
}

# Counters count from the start of the guest; a stopped one has none
sub add_numbers ($row, $cluster, $guest)
{
	my $t = $cluster->now->();
	if ($guest->{state} eq 'stopped') {
		@$row{qw(cpu mem disk uptime), @COUNTERS} = (0) x 8;
		return;
	}
	my $curves = $guest->{curves};
	my $from = $guest->{started};
	$row->{uptime} = int $t - $from;
	$row->{cpu} = $guest->{state} eq 'running' ? fraction(curve_at($curves->{cpu}, $t)) : 0;
	$row->{mem} = int guest_memory($guest, $t);
	$row->{disk} = $guest->{type} eq 'lxc' && !$guest->{no_disk}
		? pages(curve_at($curves->{disk}, $t) * $guest->{maxdisk}) : 0;
	my $since = $guest->{since};
	$since = $guest->{since} = counters_from($guest, $from) if !$since || $since->{at} != $from;
	my $begun = curve_begun($curves->{traffic}, $t);
	$row->{$_} = int $since->{$_}[0] + $curves->{$_} * ($begun - $since->{$_}[1]) for @COUNTERS;
}

# Traffic of a guest swings as one; each counter has its own rate
sub counters_from ($guest, $from)
{
	my $begun = curve_begun($guest->{curves}{traffic}, $from);
	return { at => $from, map { $_ => [0, $begun] } @COUNTERS };
}

# Can be more than the guest was given
sub guest_memory ($guest, $t)
{
	return $guest->{maxmem} * ($guest->{curve_mem} // curve_at($guest->{curves}{mem}, $t));
}

sub memhost ($guest, $memory)
{
	return $guest->{type} eq 'lxc' || !$memory ? 0 : int $memory * 1.07 + 4e7;
}

sub name ($guest)
{
	return $guest->{name} // ($guest->{type} eq 'qemu' ? "VM $guest->{vmid}" : "CT$guest->{vmid}");
}

# A row of /nodes/N/qemu or /nodes/N/lxc
sub guest_row ($cluster, $guest, $pve, $is_cold)
{
	my $is_lxc = $guest->{type} eq 'lxc';
	my $major = $pve->{major};
	my $runs = $guest->{state} ne 'stopped';
	my %row = (vmid => $guest->{vmid}, name => text(name($guest)), status => $runs ? '"running"' : '"stopped"',
		cpus => $guest->{maxcpu}, maxmem => $guest->{maxmem}, maxdisk => $guest->{no_disk} ? 0 : $guest->{maxdisk});
	add_numbers(\%row, $cluster, $guest);
	$row{cpu} = 0 if $is_cold;
	$row{pid} = $guest->{pid} if $runs;
	$row{tags} = text($guest->{tags}) if defined $guest->{tags};
	$row{lock} = text($guest->{lock}) if defined $guest->{lock};
	$row{template} = 1 if $guest->{template};
	@row{qw(type maxswap swap)} = ('"lxc"', $guest->{maxswap}, $runs ? pages($row{mem} * 0.02) : 0) if $is_lxc;
	add_pressure(\%row, $guest) if $major >= 9;
	$row{memhost} = memhost($guest, $row{mem}) if $major >= 9 && !$is_lxc;
	as_old(\%row, $guest, $major) if $major <= 7;
	return with_fields(\%row, $guest);
}

# Strings for containers, numbers for machines
sub add_pressure ($row, $guest)
{
	my $part = $guest->{state} eq 'running' ? $row->{cpu} : 0;
	for my $what (qw(cpu io memory)) {
		my ($some, $full) = map { sprintf '%.2f', $part * $_ } 3, 1;
		($some, $full) = map { $guest->{type} eq 'lxc' ? qq("$_") : 0 + $_ } $some, $full;
		@$row{"pressure${what}some", "pressure${what}full"} = ($some, $full);
	}
}

# Strings where newer releases have numbers, and "" for false
sub as_old ($row, $guest, $major)
{
	my $is_lxc = $guest->{type} eq 'lxc';
	$row->{vmid} = qq("$row->{vmid}") if $is_lxc || $major <= 6;
	$row->{template} = '""' if !$guest->{template} && ($major <= 6 || $guest->{vmid} % 2);
	return if $major > 6;
	$row->{lock} //= '""' if $is_lxc;
	$row->{pid} = qq("$row->{pid}") if exists $row->{pid};
	@$row{qw(disk maxdisk)} = map { qq("$_") } @$row{qw(disk maxdisk)} if $is_lxc;
}

sub guest_current ($cluster, $guest, $pve, $is_cold)
{
	my $row = guest_row($cluster, $guest, $pve, $is_cold);
	$row->{ha} = $guest->{ha} ? '{"managed":1,"state":"started","group":""}' : '{"managed":0}';
	return with_fields($row, $guest) if $guest->{type} eq 'lxc';
	my $runs = $guest->{state} ne 'stopped';
	$row->{agent} = 1 if $guest->{agent};
	$row->{qmpstatus} = $runs ? text($guest->{hung} ? 'running' : $guest->{state}) : '"stopped"';
	add_qemu($row, $guest) if $runs && !$guest->{hung};
	return with_fields($row, $guest);
}

sub add_qemu ($row, $guest)
{
	my $disk = object({ rd_bytes => $row->{diskread}, wr_bytes => $row->{diskwrite}, rd_operations => 15582,
		wr_operations => 157514, flush_operations => 15494, failed_rd_operations => 0, failed_wr_operations => 0,
		account_failed => 'true', account_invalid => 'true', timed_stats => '[]', rd_merged => 0, wr_merged => 0,
		idle_time_ns => 4427685914, wr_highest_offset => 2808696832 });
	@$row{qw(running-qemu running-machine shares balloon freemem)} = ('"9.0.2"', '"pc-i440fx-9.0+pve0"', 1000,
		$guest->{maxmem}, $guest->{maxmem} > $row->{mem} ? $guest->{maxmem} - $row->{mem} : 0);
	$row->{nics} = object({ "tap$guest->{vmid}i0" => object({ map { $_ => $row->{$_} } qw(netin netout) }) });
	$row->{blockstat} = object({ scsi0 => $disk, ide2 => $disk });
	$row->{ballooninfo} = object({ actual => $guest->{maxmem}, max_mem => $guest->{maxmem} });
	$row->{'proxmox-support'} = '{"pbs-dirty-bitmap":true,"query-bitmap-info":true}';
	$row->{clipboard} = 'null';
}

sub storage_resource ($storage, $is_away)
{
	my %row = (id => text("storage/$storage->{node}/$storage->{name}"), type => '"storage"',
		storage => text($storage->{name}), node => text($storage->{node}), shared => $storage->{shared},
		status => $is_away ? '"unknown"' : '"available"', content => text($storage->{content}),
		plugintype => text($storage->{plugin}));
	@row{qw(disk maxdisk)} = @$storage{qw(disk maxdisk)} unless $is_away;
	return \%row;
}

# From 7 on; 9 calls them networks
sub sdn_resource ($node, $pve)
{
	my %row = (node => text($node->{name}), status => '"ok"');
	return { %row, id => text("network/$node->{name}/zone/localnetwork"), type => '"network"',
		'network-type' => '"zone"', network => '"localnetwork"' } if $pve->{major} >= 9;
	return { %row, id => text("sdn/$node->{name}/localnetwork"), type => '"sdn"', sdn => '"localnetwork"' };
}

sub pool_resource ($name)
{
	return { id => text("/pool/$name"), type => '"pool"', pool => text($name) };
}

1;
