# The machines of a cluster: nodes, guests, storages, what state they are in and how loaded they are
package Proxmox::Cluster;
use Mojo::Base -base, -signatures;
use utf8;
use Peer::Noise qw(noise noise_pick);
use Proxmox::Curve qw(curve);

use constant { MIB => 1048576, GIB => 1073741824, FIRST_ID => 100 };

has seed => 1;
has 'now';                        # sub: seconds of the simulated clock
has 'begun';                      # from when the ages of nodes and guests are counted; undef: from now
has nodes => sub { [] };
has by_name => sub { {} };        # the same nodes by name
has guests => sub { {} };         # vmid => guest
has storages => sub { [] };
has on_change => sub { sub { } };

my @NAMES = qw(homeassistant nas dns mail wiki backup proxy git photos music build monitor vpn web db cache sync print
	cameras zigbee);
my @TAGS = (undef, 'home', 'home;critical', 'media;arr', 'test', 'prod,web', 'lab tmp', '', 'Küche;büro');
my @CORES = (1, 1, 2, 2, 4, 8);
my @SYSTEMS = (
	{ model => 'Intel(R) N100', cores => 4, threads => 4, mhz => '2894.556', memory => 16 },
	{ model => 'AMD Ryzen 7 5700G with Radeon Graphics', cores => 8, threads => 16, mhz => '3792.874', memory => 64 },
	{ model => 'Intel(R) Xeon(R) E-2236 CPU @ 3.40GHz', cores => 6, threads => 12, mhz => '4600.000', memory => 128 },
);

sub populate ($self, $nodes, $guests)
{
	$self->nodes([]);
	%{$self->by_name} = ();
	%{$self->guests} = ();
	$self->storages([]);
	$self->add_node(name => "pve$_") for 1 .. $nodes;
	$self->add_guest($self->invent($_)) for 0 .. $guests - 1;
	$self->on_change->();
}

sub age_zero ($self) { return $self->begun // $self->now->() }

sub add_node ($self, %node)
{
	my $index = @{$self->nodes} ? $self->nodes->[-1]{index} + 1 : 1;
	my @keys = ($self->seed, 11, $index);
	my $system = noise_pick(\@SYSTEMS, @keys);
	my $memory = $system->{memory} * GIB - int(noise(@keys, 1) * 700) * MIB;
	my $node = {
		name => "pve$index", index => $index, status => 'online', booted => int($self->age_zero - 86400
			* (1 + 60 * noise(@keys, 2))), gaps => [], fields => {}, system => $system, maxmem => $memory,
		maxcpu => $system->{threads}, maxdisk => int((90 + 800 * noise(@keys, 3)) * 1e9 / 4096) * 4096,
		maxswap => 8 * GIB - 4096, error => 595, reason => 'No route to host', delay_ms => 0, lists => 0,
		curves => {
			cpu => curve(0.03 + 0.3 * noise(@keys, 4), @keys, 20), mem => curve(0.3 + 0.2 * noise(@keys, 5), @keys, 21),
			load => curve(0.2 + 2 * noise(@keys, 6), @keys, 22), wait => curve(0.002 + 0.02 * noise(@keys, 7), @keys, 23),
			netin => curve(20000 * 10 ** noise(@keys, 8), @keys, 24), netout => curve(9000 * 10 ** noise(@keys, 9), @keys, 25),
			disk => curve(0.15 + 0.2 * noise(@keys, 10), @keys, 26), swap => curve(0.05, @keys, 27),
		},
		fingerprint => join(':', map { sprintf '%02X', 256 * noise(@keys, 100 + $_) } 1 .. 32),
		%node,
	};
	die "a node named $node->{name} exists\n" if $self->node($node->{name});
	push @{$self->nodes}, $node;
	$self->by_name->{$node->{name}} = $node;
	$self->add_storages($node);
	return $node;
}

sub add_storages ($self, $node)
{
	my @keys = ($self->seed, 12, $node->{index});
	my $disk = sub ($n) { int(noise(@keys, $n) * 4e11 / 4096) * 4096 };
	push @{$self->storages}, { name => 'local', node => $node->{name}, plugin => 'dir', shared => 0,
		content => 'iso,vztmpl,backup', disk => $disk->(1), maxdisk => 480e9 },
		{ name => 'local-lvm', node => $node->{name}, plugin => 'lvmthin', shared => 0, content => 'rootdir,images',
			disk => $disk->(2), maxdisk => 800e9 },
		{ name => 'nas-backup', node => $node->{name}, plugin => 'nfs', shared => 1, content => 'backup',
			disk => 2_199_023_255_552, maxdisk => 8_796_093_022_208 };
}

sub node ($self, $name) { return $self->by_name->{$name} }

sub remove_node ($self, $name)
{
	delete $self->by_name->{$name} or die "no such node: $name\n";
	$self->nodes([grep { $_->{name} ne $name } @{$self->nodes}]);
	$self->storages([grep { $_->{node} ne $name } @{$self->storages}]);
	delete @{$self->guests}{grep { $self->guests->{$_}{node} eq $name } keys %{$self->guests}};
}

sub is_away ($self, $node) { return $node->{status} eq 'offline' }

# Off the air; the guests may well go on running
sub set_status ($self, $node, $status)
{
	die "status of a node: online, offline or unknown\n" unless $status =~ /\A(?:online|offline|unknown)\z/;
	my $was_away = $node->{status} ne 'online';
	$node->{status} = $status;
	my $is_away = $status ne 'online';
	return if $was_away == $is_away;
	for my $one ($node, $self->guests_of($node->{name})) {
		mark_gap($one, $self->now->(), $is_away) if $one == $node || $one->{state} ne 'stopped';
	}
}

# Remembers when there were no samples
sub mark_gap ($one, $now, $begins)
{
	return $one->{gaps}[-1][1] = $now if !$begins && @{$one->{gaps}} && !defined $one->{gaps}[-1][1];
	push @{$one->{gaps}}, [$now, undef] if $begins && !(@{$one->{gaps}} && !defined $one->{gaps}[-1][1]);
}

sub has_gap ($one, $t)
{
	for my $gap (@{$one->{gaps}}) {
		return 1 if $t >= $gap->[0] && (!defined $gap->[1] || $t < $gap->[1]);
	}
	return 0;
}

sub reboot_node ($self, $name)
{
	my $node = $self->node($name) or die "no such node: $name\n";
	$node->{booted} = $self->now->();
	$node->{lists} = 0;
	for my $guest (grep { $_->{state} ne 'stopped' } $self->guests_of($name)) {
		$self->set_state($guest, 'stopped');
		$self->set_state($guest, 'running');
	}
}

sub guests_of ($self, $node)
{
	return grep { $_->{node} eq $node } values %{$self->guests};
}

# The n-th guest of the seed; the first dozen hold one of each oddity
sub invent ($self, $n)
{
	my @keys = ($self->seed, 13, $n);
	my $nodes = $self->nodes;
	my $guest = {
		vmid => FIRST_ID + $n, type => noise(@keys, 1) < 0.6 ? 'qemu' : 'lxc', state => 'running',
		node => $nodes->[int(noise(@keys, 2) * @$nodes)]{name}, tags => noise_pick(\@TAGS, @keys, 3),
		name => $NAMES[$n % @NAMES] . ($n < @NAMES ? '' : '-' . int $n / @NAMES),
		pool => noise(@keys, 4) < 0.2 ? 'services' : undef, agent => noise(@keys, 5) < 0.6 ? 1 : 0,
	};
	$guest->{type} = $n % 2 ? 'lxc' : 'qemu' if $n < 13;
	$guest->{state} = 'stopped' if $n % 6 == 5;
	my %odd = (
		2 => { state => 'paused' }, 3 => { maxcpu => 1.5 }, 4 => { template => 1, state => 'stopped' },
		6 => { curve_mem => 1.02 }, 7 => { template => 1, state => 'stopped' }, 8 => { name => 'Küche-Büro' },
		9 => { no_disk => 1 }, 10 => { name => undef }, 11 => { name => '', state => 'running' },
		12 => { ignores_shutdown => 1, agent => 0 },
	);
	return (%$guest, %{$odd{$n} // {}});
}

sub next_id ($self)
{
	my $id = FIRST_ID;
	$id++ while $self->guests->{$id};
	return $id;
}

sub add_guest ($self, %given)
{
	my $id = $given{vmid} // $self->next_id;
	die "vmid: a whole number from 100 on\n" unless $id =~ /\A[1-9]\d{2,8}\z/a;
	die "guest $id exists\n" if $self->guests->{$id};
	my @keys = ($self->seed, 14, $id);
	my $memory = 512 * MIB * 2 ** int(5 * noise(@keys, 1));
	my $rate = sub ($base, $n) { $base * 10 ** (2 * noise(@keys, $n) - 1) };
	my $guest = {
		vmid => $id, type => 'qemu', state => 'running', node => $self->nodes->[0]{name}, name => "guest-$id",
		template => 0, maxcpu => noise_pick(\@CORES, @keys, 2), maxmem => $memory, maxswap => 512 * MIB,
		maxdisk => 8 * GIB * int(1 + 8 * noise(@keys, 3)), gaps => [], fields => {}, order => noise(@keys, 4),
		started => int($self->age_zero - 3600 - 30 * 86400 * noise(@keys, 5)), pid => int(1000 + 3e6 * noise(@keys, 6)),
		agent => 0, ha => 0,
		curves => {
			cpu => curve(0.01 + 0.25 * noise(@keys, 7) ** 2, @keys, 40), mem => curve(0.25 + 0.25 * noise(@keys, 8), @keys, 41),
			disk => curve(0.15 + 0.3 * noise(@keys, 9), @keys, 42),
			traffic => curve(1, @keys, 43), netin => $rate->(4000, 10), netout => $rate->(2500, 11),
			diskread => $rate->(1500, 12), diskwrite => $rate->(6000, 13),
		},
		%given, vmid => 0 + $id,
	};
	check_guest($self, $guest);
	$guest->{gaps} = [[0, undef]] if $guest->{state} eq 'stopped';
	$self->guests->{$id} = $guest;
	return $guest;
}

sub check_guest ($self, $guest)
{
	die "type of a guest: qemu or lxc\n" unless $guest->{type} =~ /\A(?:qemu|lxc)\z/;
	die "no such node: $guest->{node}\n" unless $self->node($guest->{node});
}

sub guest ($self, $id)
{
	return $self->guests->{$id} // die "no such guest: $id\n";
}

# running, stopped, or any state QEMU knows; a start has new counters and a new process
sub set_state ($self, $guest, $state)
{
	my $was = $guest->{state};
	$guest->{state} = $state;
	return if $was eq $state;
	my $now = $self->now->();
	if ($was eq 'stopped') {
		$guest->{pid} += 100 + int 1000 * noise($self->seed, 15, $guest->{vmid}, int $now);
		$self->start_anew($guest);
		mark_gap($guest, $now, 0);
	}
	mark_gap($guest, $now, 1) if $state eq 'stopped';
}

sub start_anew ($self, $guest)
{
	$guest->{started} = $self->now->();
}

# Another node, another process there
sub move ($self, $guest, $node)
{
	die "no such node: $node\n" unless $self->node($node);
	$guest->{node} = $node;
	delete $guest->{lock};
	$self->start_anew($guest) if $guest->{state} ne 'stopped';
}

sub uptime ($self, $one)
{
	my $since = $one->{booted} // $one->{started};
	return exists $one->{state} && $one->{state} eq 'stopped' ? 0 : int($self->now->() - $since);
}

1;
