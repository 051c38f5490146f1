# The simulated internet line: state, addresses, and traffic that is summed up in the counters
package Fritzbox::Line;
use Mojo::Base -base, -signatures;
use Peer::Noise qw(noise noise_smooth);

# Samples of the box are five seconds apart; after a pause of more than a day the steps are coarser
use constant { SLOT => 5, SAMPLES => 20, DAY => 86400, COARSE => 300 };

has seed => 1;
has 'now';
has link => 'Up';                # Up, Down, Initializing, Unavailable
has connection => 'Connected';   # any ConnectionStatus of the service
has error => 'ERROR_NONE';
has ip => '203.0.113.41';
has ipv6 => '2001:db8:1c2f::1';
has up_bps => 46_720_000;        # bit/s of the physical line
has down_bps => 266_848_000;
has sent => 0;
has received => 0;
has since => 0;                  # start of the connection
has at => 0;                     # the counters are settled up to here
has rate => undef;               # { sent, received } in B/s instead of the curve
has reconnects => 0;

# A connection that has already been up for some days, with the traffic of that time
sub warm_up ($self)
{
	my $now = $self->now->();
	my $age = int(3600 * (30 + noise($self->seed, 20) * 200));
	$self->since($now - $age);
	$self->at($now);
	my ($sent, $received) = $self->mean_rates;
	$self->sent(int($sent * $age));
	$self->received(int($received * $age));
	return $self;
}

sub mean_rates ($self)
{
	my @sum = (0, 0);
	my $from = int($self->now->() / COARSE) - DAY / COARSE;
	for my $n (0 .. DAY / COARSE - 1) {
		my @rates = $self->curve(($from + $n) * COARSE / SLOT);
		$sum[$_] += $rates[$_] for 0, 1;
	}
	return map { $_ * COARSE / DAY } @sum;
}

sub is_up ($self) { return $self->link eq 'Up' && $self->connection eq 'Connected' }

sub uptime ($self) { return $self->is_up ? int($self->now->() - $self->since) : 0 }

# Sent and received B/s in a five second slot
sub rates ($self, $slot)
{
	return (0, 0) unless $self->is_up;
	return @{$self->rate}{qw(sent received)} if $self->rate;
	return (0, 0) if ($slot + 1) * SLOT < $self->since;
	return $self->curve($slot);
}

sub curve ($self, $slot)
{
	return (0, 0) unless $self->down_bps;
	my $hour = $slot * SLOT / 3600 % 24 + ($slot * SLOT / 3600 - int($slot * SLOT / 3600));
	my $mood = 0.06 + 0.35 * bump($hour, 7.5, 1.2) + 0.3 * bump($hour, 13, 2) + bump($hour, 20.5, 2.2);
	$mood *= 0.5 + noise_smooth($slot / 60, $self->seed, 21);
	my $wobble = 0.7 + 0.6 * noise($self->seed, 22, $slot);
	my ($up, $down) = ($self->up_bps / 8, $self->down_bps / 8);
	my $received = 0.03 * $down * $mood * $wobble + $down * $self->burst($slot, 23, 0.05 + 0.2 * $mood);
	my $sent = 0.012 * $up + 0.05 * $received * $up / $down * 4 * $wobble + $up * $self->burst($slot, 24, 0.06);
	return (int limit($sent, $up), int limit($received, $down));
}

sub bump ($hour, $middle, $width)
{
	my $away = abs($hour - $middle);
	$away = 24 - $away if $away > 12;
	return exp(-($away / $width) ** 2);
}

sub limit ($rate, $capacity) { return $rate < 0.96 * $capacity ? $rate : 0.96 * $capacity }

# In some minutes a download swells and ebbs away
sub burst ($self, $slot, $key, $likely)
{
	my $minute = int($slot / 12);
	return 0 if noise($self->seed, $key, $minute) >= $likely;
	return (0.1 + 0.7 * noise($self->seed, $key, $minute, 1)) * sin(3.14159 * ($slot % 12 + 0.5) / 12);
}

# Brings the counters up to now
sub settle ($self)
{
	my $now = $self->now->();
	my $at = $self->at;
	$at = $now - 60 * DAY if $now - $at > 60 * DAY;
	while ($at < $now) {
		my $slot = int($at / SLOT);
		my $next = $now - $at > DAY ? $at + COARSE : ($slot + 1) * SLOT;
		$next = $now if $next > $now;
		my ($sent, $received) = $self->rates($slot);
		$self->{sent} = $self->sent + $sent * ($next - $at);
		$self->{received} = $self->received + $received * ($next - $at);
		$at = $next;
	}
	$self->at($now);
	return $self;
}

sub totals ($self)
{
	$self->settle;
	return (int $self->sent, int $self->received);
}

sub current_rates ($self) { return $self->rates(int($self->now->() / SLOT)) }

# The last twenty full slots, newest first: two lists
sub samples ($self)
{
	my $slot = int($self->now->() / SLOT);
	my @pairs = map { [$self->rates($slot - $_)] } 1 .. SAMPLES;
	return ([map { $_->[0] } @pairs], [map { $_->[1] } @pairs]);
}

sub set_counters ($self, %to)
{
	$self->settle;
	$self->$_($to{$_}) for keys %to;
}

# A new connection: other address, uptime and counters from zero
sub reconnect ($self, %options)
{
	$self->settle;
	$self->reconnects($self->reconnects + 1);
	my $n = (41 + 17 * $self->reconnects) % 250 + 1;
	$self->ip($options{ip} // ($self->reconnects % 2 ? "198.51.100.$n" : "203.0.113.$n"))
		unless $options{keep_ip};
	$self->sent(0)->received(0) unless $options{keep_counters};
	$self->since($self->now->());
	$self->connection('Connected')->error('ERROR_NONE');
}

sub set_link ($self, $link)
{
	$self->settle;
	my $was_up = $self->link eq 'Up';
	$self->link($link);
	return $self->connection('Disconnected')->error('ERROR_NO_CARRIER') if $link ne 'Up';
	$self->reconnect unless $was_up;
}

sub set_connection ($self, $status)
{
	$self->settle;
	return $self->reconnect if $status eq 'Connected' && $self->connection ne 'Connected';
	$self->connection($status);
}

1;
