# /__control: what tests see and change while the stand-in runs
package Fritzbox::Control;
use Mojo::Base -strict, -signatures;
use JSON::PP ();
use Mojo::JSON qw(decode_json encode_json true false);
use Peer::Trouble;

my %DIGEST = map { $_ => 1 } qw(user password nonce_seconds nonce_uses fresh_401 lockout_unit_ms lockout_cap_ms
	lockout_refuse);
my %HTTP = map { $_ => 1 } qw(keep_alive latency_ms max_parallel);
my %HOST_LIST = map { $_ => 1 } qw(ok refused forbidden expired absolute double_slash relative empty injected userinfo);

# Everything that is more than a setting, in the order in which it is done
my @ORDER = qw(reset_counters advance devices add remove rename friendly ip device online offline bad_utf8
	control_chars lively link connection reconnect reboot counters counters_near_wrap rate misbehave
	clear_lockout forget_nonces drop refuse new_cert);
my %DO = (
	reset_counters => sub ($box, $value) { reset_counters($box) if $value },
	advance => sub ($box, $value) { $box->ahead($box->ahead + number($value)) },
	devices => \&set_devices,
	add => sub ($box, $value) { $box->home->add(host($_)) for list($value) },
	remove => sub ($box, $value) { $box->home->remove($_) for list($value) },
	rename => sub ($box, $value) { each_device($box, $value, 'name') },
	friendly => sub ($box, $value) { each_device($box, $value, 'friendly') },
	ip => sub ($box, $value) { each_device($box, $value, 'ip') },
	device => sub ($box, $value) { $box->home->change($_, %{host($value->{$_})}) for sort keys %$value },
	online => sub ($box, $value) { $box->home->change($value, active => 1) },
	offline => sub ($box, $value) { $box->home->change($value, active => 0) },
	bad_utf8 => sub ($box, $value) { raw_names($box, $value, "K\xFCche \xC3\x28 \xF0\x28\x8C") },
	control_chars => sub ($box, $value) { raw_names($box, $value, "bell\x07 and\x1B[31m tab\x09 \x01end") },
	lively => sub ($box, $value) { $box->home->is_lively($value ? 1 : 0) },
	link => \&set_link,
	connection => sub ($box, $value) { $box->line->set_connection($value) },
	reconnect => sub ($box, $value) { $box->line->reconnect(ref $value ? %$value : ()) if $value },
	reboot => \&reboot,
	counters => \&set_counters,
	counters_near_wrap => \&near_wrap,
	rate => \&set_rate,
	misbehave => \&misbehave,
	clear_lockout => sub ($box, $value) { %{$box->digest->failures} = () if $value },
	forget_nonces => sub ($box, $value) { %{$box->digest->nonces} = () if $value },
	drop => sub ($box, $value) { if ($value) { $box->http->drop($_) for qw(plain tls) } },
	refuse => sub ($box, $value) { $box->actions_of->{refuse}->($value) },
	new_cert => sub ($box, $value) { $box->actions_of->{new_cert}->() if $value },
);

sub handle ($box, $req, $reply)
{
	my $error;
	if ($req->{method} eq 'POST') {
		eval { change($box, decode_json($req->{body})); 1 } or $error = $@ =~ s/ at \S+ line \d+\.?\n\z//r =~ s/\n\z//r;
	}
	my $answer = defined $error ? { error => $error } : report($box);
	$reply->({ status => defined $error ? 400 : 200, body => encode_json($answer),
		headers => ['CONTENT-TYPE: application/json'] });
}

sub change ($box, $changes)
{
	die "a JSON object is expected\n" unless ref $changes eq 'HASH';
	# true and false come as objects
	my %left = map { my $value = $changes->{$_}; ($_ => JSON::PP::is_bool($value) ? 0 + $value : $value) } keys %$changes;
	my @unknown = grep { !$DO{$_} && !$DIGEST{$_} && !$HTTP{$_} && !exists $box->set->{$_} } sort keys %left;
	die "unknown: @unknown\n" if @unknown;
	for my $name (grep { exists $left{$_} } @ORDER) {
		$DO{$name}->($box, delete $left{$name});
	}
	set($box, $_, $left{$_}) for sort keys %left;
	$box->on_change->();
}

sub set ($box, $name, $value)
{
	die "host_list: one of " . join(', ', sort keys %HOST_LIST) . "\n" if $name eq 'host_list' && !$HOST_LIST{$value};
	return $box->digest->$name($value) if $DIGEST{$name};
	return $box->http->$name($value) if $HTTP{$name};
	$box->set->{$name} = $value;
}

sub list ($value) { return ref $value eq 'ARRAY' ? @$value : ($value) }

sub number ($value)
{
	die "a number is expected\n" unless defined $value && $value =~ /\A-?\d+(?:\.\d+)?\z/a;
	return $value;
}

sub host ($fields)
{
	die "a device is an object\n" unless ref $fields eq 'HASH';
	my %host = %$fields;
	$host{$_} = $host{$_} ? 1 : 0 for grep { exists $host{$_} } qw(active guest vpn);
	return \%host;
}

sub set_devices ($box, $value)
{
	return $box->home->populate($value) unless ref $value;
	$box->home->hosts([])->next_index(1);
	$box->home->add(host($_)) for @$value;
	$box->home->touch;
}

sub each_device ($box, $value, $field)
{
	$box->home->change($_, $field => $value->{$_}) for sort keys %$value;
}

# Names that are no text: for all hosts, for some, or no longer
sub raw_names ($box, $value, $bytes)
{
	my $hex = unpack 'H*', $bytes;
	return $box->home->change('*', raw => undef) unless $value;
	$box->home->change(ref $value || $value !~ /\A1\z/ ? $value : '*', raw => $hex);
}

sub set_link ($box, $value)
{
	die "link: Up, Down, Initializing or Unavailable\n" unless $value =~ /\A(?:up|down|initializing|unavailable)\z/i;
	$box->line->set_link(ucfirst lc $value);
}

# A number: closed for so many seconds
sub reboot ($box, $value)
{
	return unless $value;
	$box->reboot;
	$box->http->drop($_) for qw(plain tls);
	$box->actions_of->{refuse}->($value) if !ref $value && $value > 1;
}

# "reset", or numbers for sent and received
sub set_counters ($box, $value)
{
	my %to = ref $value ? %$value : (sent => 0, received => 0);
	my @odd = grep { !/\A(?:sent|received)\z/ } keys %to;
	die "counters: sent and received\n" if @odd;
	$box->line->set_counters(map { $_ => number($to{$_}) } keys %to);
}

# So many bytes below 2^32, on firmware that has no other counters
sub near_wrap ($box, $value)
{
	my $below = $value > 1 ? $value : 1_000_000;
	$box->set->{fields64} = 0;
	$box->line->set_counters(sent => 2 ** 32 - $below, received => 2 ** 32 - $below);
}

sub set_rate ($box, $value)
{
	$box->line->settle;
	return $box->line->rate(undef) unless ref $value;
	$box->line->rate({ sent => $value->{sent} // 0, received => $value->{received} // 0 });
}

# { path or action or prefix* or "*": "kind" | { kind, times, seconds, … } | null }; null or "none" ends it
sub misbehave ($box, $value)
{
	return %{$box->misbehave} = () unless $value;
	$value = { '*' => $value } if !ref $value || exists $value->{kind};
	my %new;
	for my $key (keys %$value) {
		my $rule = $value->{$key};
		$rule = { kind => $rule } unless ref $rule;
		my $kind = $rule->{kind} // 'none';
		die "misbehave: no such kind: $kind; there are: @{[Peer::Trouble::kinds()]}\n"
			unless $kind eq 'none' || Peer::Trouble::is_kind($kind);
		$new{$key} = $kind eq 'none' ? undef : $rule;
	}
	for my $key (keys %new) {
		$new{$key} ? $box->misbehave->{$key} = $new{$key} : delete $box->misbehave->{$key};
	}
}

sub reset_counters ($box)
{
	$box->http->reset_counters;
	$box->digest->counters(Fritzbox::Digest::new_counters());
	%{$box->sid_counters} = (issued => 0, used => 0, rejected => 0);
	$box->trapped(0);
}

sub report ($box)
{
	my $http = $box->http;
	return {
		box => $box->type, model => $box->model->{name}, version => $box->model->{version},
		serial => $box->serial, now => $box->now, uptime => $box->uptime, pin => $box->pin,
		ports => { plain => $http->listeners->{plain}{port}, tls => $box->tls_port, control => $box->control_port },
		is_listening => $http->is_listening('plain') ? true : false,
		line => line_state($box), devices => [map { device_state($box, $_) } $box->home->list],
		change_counter => $box->home->changes, is_lively => $box->home->is_lively ? true : false,
		settings => { %{$box->set}, (map { $_ => $box->digest->$_ } grep { $_ ne 'password' } sort keys %DIGEST),
			map { $_ => $http->$_ } sort keys %HTTP },
		misbehave => $box->misbehave, log => $http->log, lockout => lockout_state($box),
		counters => { %{$http->counters}, %{$box->digest->counters}, trap => $box->trapped,
			map { ("sids_$_" => $box->sid_counters->{$_}) } keys %{$box->sid_counters} },
	};
}

sub line_state ($box)
{
	my $line = $box->line;
	my ($sent, $received) = $line->totals;
	my ($sent_rate, $received_rate) = $line->current_rates;
	return {
		link => $line->link, connection => $line->connection, error => $line->error, uptime => $line->uptime,
		external_ip => $box->external_ip, sent => $sent, received => $received, sent_rate => $sent_rate,
		received_rate => $received_rate, up_bps => $line->up_bps, down_bps => $line->down_bps,
		rate => $line->rate, reconnects => $line->reconnects,
	};
}

sub device_state ($box, $host)
{
	return { %$host, shown => $host->{raw} ? undef : $host->{name} };
}

sub lockout_state ($box)
{
	my $digest = $box->digest;
	return { map { $_ => { count => $digest->failures->{$_}{count}, seconds => $digest->blocked($_) } }
		keys %{$digest->failures} };
}

1;
