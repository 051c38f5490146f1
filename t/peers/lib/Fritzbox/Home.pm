# The simulated home: the hosts a Fritz!Box remembers
package Fritzbox::Home;
use Mojo::Base -base, -signatures;
use utf8;
use Peer::Noise qw(noise noise_pick);

has seed => 1;
has 'now';
has is_lively => 0;             # phones and laptops come and go by themselves
has hosts => sub { [] };
has changes => 1;
has next_index => 1;

# What every home of this size has, the awkward ones first: name, kind, interface, extras
my @CAST = (
	['fritz.box', 'box', 'Ethernet'],
	['Küche & Büro', 'speaker', '802.11'],
	['iPhone', 'phone', '802.11'],
	['', 'unknown', '802.11'],
	['MyFRITZ!App (Pixel 7)', 'vpn', ''],
	['iPhone', 'phone', '802.11'],
	['Телефон-Анна', 'phone', '802.11'],
	['nas', 'server', 'Ethernet'],
	['Gäste-Tablet', 'guest', '802.11'],
	['raspberrypi', 'server', 'Ethernet'],
	['Wohnzimmer-TV', 'tv', 'Ethernet'],
	['DESKTOP-7Q2LK1M', 'pc', 'Ethernet'],
	['Drucker Flur (1. OG)', 'printer', '802.11'],
	['fritz.repeater', 'repeater', '802.11'],
	['Galaxy-S22-von-Jörg', 'phone', '802.11'],
	['Heizung <Keller>', 'thing', '802.11'],
	['powerline-garage', 'powerline', 'HomePlug'],
	['shellyplug-s-4A12F0', 'thing', '802.11'],
	['Saugroboter', 'thing', '802.11'],
	['iPad-Ελένη', 'phone', '802.11'],
	['camera-einfahrt', 'camera', 'Ethernet'],
	['android-5c1d2e9f03', 'private', '802.11'],
	['PC-192-168-178-61', 'pc', '802.11'],
	['Klingel "Haustür"', 'camera', '802.11'],
);

my @OUI = qw(3C:A6:2F B8:27:EB 00:11:32 F0:18:98 D8:3A:DD A4:CF:12 5C:E5:0C 48:B0:2D 7C:2F:80);
my @WORD = qw(esp tasmota laptop thinkpad pixel galaxy echo lampe sensor steckdose kamera tablet switch);
my %LIVE = map { $_ => 1 } qw(phone private guest vpn pc tv);

sub populate ($self, $number)
{
	$self->hosts([]);
	$self->next_index(1);
	$self->add($self->invent($_)) for 0 .. $number - 1;
	return $self;
}

# The n-th host of this seed
sub invent ($self, $n)
{
	my ($name, $kind, $interface) = @{$CAST[$n] // $self->invent_kind($n)};
	my $seed = $self->seed;
	my %host = (
		name => $name, kind => $kind, mac => $self->invent_mac($n, $kind), ip => address($n, $kind),
		active => $kind eq 'box' || noise($seed, 3, $n) < ($LIVE{$kind} ? 0.5 : 0.8) ? 1 : 0,
		interface => $interface, guest => $kind eq 'guest' ? 1 : 0, vpn => $kind eq 'vpn' ? 1 : 0,
		source => $kind =~ /\A(?:server|printer|box)\z/ ? 'Static' : 'DHCP',
		port => $interface eq 'Ethernet' ? 1 + int(noise($seed, 4, $n) * 4) : 0,
	);
	$host{speed} = $interface eq 'Ethernet' ? 1000 : noise_pick([72, 144, 433, 866, 1201], $seed, 5, $n);
	$host{friendly} = 'Sonos Küche & Büro' if $kind eq 'speaker';
	$host{model} = 'FRITZ!Repeater 2400' if $kind eq 'repeater';
	$host{active} = 0 if $kind eq 'vpn';
	return \%host;
}

sub invent_kind ($self, $n)
{
	my $word = noise_pick(\@WORD, $self->seed, 1, $n);
	my $kind = $word =~ /pixel|galaxy|tablet/ ? 'phone' : $word =~ /laptop|thinkpad/ ? 'pc' : 'thing';
	return [sprintf('%s-%04x', $word, noise($self->seed, 2, $n) * 65536), $kind,
		$word eq 'switch' ? 'Ethernet' : '802.11'];
}

sub invent_mac ($self, $n, $kind)
{
	return '' if $kind eq 'vpn';
	my @tail = map { sprintf '%02X', noise($self->seed, 6, $n, $_) * 256 } 0 .. 4;
	return join ':', 'DA', @tail if $kind eq 'private';
	return join ':', noise_pick(\@OUI, $self->seed, 7, $n), @tail[0 .. 2];
}

sub address ($n, $kind)
{
	return '' if $kind eq 'vpn';
	return '192.168.178.1' if $kind eq 'box';
	return '192.168.179.' . (20 + $n % 200) if $kind eq 'guest';
	return $n < 220 ? '192.168.178.' . (20 + $n) : sprintf '172.16.%d.%d', $n / 250, 1 + $n % 250;
}

# Fills in what is missing; indices have gaps as after deletions in the box
sub add ($self, $host)
{
	my $n = $self->next_index;
	my %host = (name => '', mac => '', ip => '', active => 1, interface => '802.11', source => 'DHCP', guest => 0,
		vpn => 0, port => 0, speed => 0, friendly => undef, model => '', wan_access => 'granted',
		kind => 'unknown', %$host);
	$host{index} //= $n;
	$self->next_index($n + (noise($self->seed, 8, $n) < 0.15 ? 2 : 1));
	push @{$self->hosts}, \%host;
	$self->touch;
	return \%host;
}

sub touch ($self) { $self->changes($self->changes + 1) }

# Hosts meant by a MAC, an address, a name, "*" or a list of these
sub find ($self, $which)
{
	return map { $self->find($_) } @$which if ref $which eq 'ARRAY';
	return @{$self->hosts} if $which eq '*';
	my $mac = uc $which;
	return grep { $_->{mac} eq $mac || $_->{ip} eq $which || $_->{name} eq $which } @{$self->hosts};
}

sub find_or_die ($self, $which)
{
	my @found = $self->find($which);
	die "no such device\n" unless @found;
	return @found;
}

sub change ($self, $which, %fields)
{
	for my $host ($self->find_or_die($which)) {
		$host->{$_} = $fields{$_} for keys %fields;
		delete $host->{raw} if exists $fields{name} && !exists $fields{raw};
		delete $host->{kind} if exists $fields{active};    # from now on only the test decides
	}
	$self->touch;
}

sub remove ($self, $which)
{
	my %gone = map { $_ => 1 } $self->find_or_die($which);
	$self->hosts([grep { !$gone{$_} } @{$self->hosts}]);
	$self->touch;
}

# All hosts as they are at this moment
sub list ($self)
{
	$self->live if $self->is_lively;
	return @{$self->hosts};
}

sub live ($self)
{
	my $slot = int($self->now->() / 600);
	return if ($self->{slot} // 0) == $slot;
	$self->{slot} = $slot;
	my $hour = $slot / 6 % 24;
	my $likely = $hour < 6 ? 0.45 : $hour < 16 ? 0.4 : 0.8;
	for my $host (grep { $LIVE{$_->{kind} // ''} } @{$self->hosts}) {
		my $active = noise($self->seed, 9, $host->{index}, int($slot / 3)) < $likely ? 1 : 0;
		next if $active == $host->{active};
		$host->{active} = $active;
		$self->touch;
	}
}

# The order of the list document: neither by index nor by address
sub shuffled ($self)
{
	return sort { noise($self->seed, 10, $a->{index}) <=> noise($self->seed, 10, $b->{index}) } $self->list;
}

1;
