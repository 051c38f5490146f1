# /__control: what tests see and change while the stand-in runs
package Proxmox::Control;
use Mojo::Base -strict, -signatures;
use JSON::PP ();
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json true false);
use Peer::Trouble;
use Proxmox::Access;

my %HTTP = map { $_ => 1 } qw(keep_alive latency_ms max_parallel tls_trouble);
my %NODE = map { $_ => 1 } qw(status error reason delay_ms maxmem maxcpu maxdisk maxswap uptime);
my %GUEST = map { $_ => 1 } qw(state name tags template node lock pool ha agent maxmem maxcpu maxdisk maxswap uptime
	hung ignores_shutdown no_disk counters rates);
my @COUNTERS = qw(netin netout diskread diskwrite);

# Everything that is more than a setting, in the order in which it is done
my @ORDER = qw(reset_counters advance pve populate add_node remove_node node online offline reboot_node add_guest
	remove_guest guest start stop pause restart migrate fields rrd_gap tokens users rights user_rights privsep
	secret wording forget_tasks misbehave drop refuse new_cert);
my %DO = (
	reset_counters => sub ($api, $value) { reset_counters($api) if $value },
	advance => sub ($api, $value) { $api->ahead($api->ahead + number($value)) },
	pve => sub ($api, $value) { $api->set_pve($value) },
	populate => sub ($api, $value) { $api->cluster->populate(@$value{qw(nodes guests)}) },
	add_node => sub ($api, $value) { $api->cluster->add_node(%$_) for map { ref ? $_ : { name => $_ } } list($value) },
	remove_node => sub ($api, $value) { $api->cluster->remove_node($_) for list($value) },
	node => sub ($api, $value) { change_node($api, $_, $value->{$_}) for sort keys %$value },
	online => sub ($api, $value) { change_node($api, $_, { status => 'online' }) for nodes($api, $value) },
	offline => sub ($api, $value) { change_node($api, $_, { status => 'offline' }) for nodes($api, $value) },
	reboot_node => sub ($api, $value) { $api->cluster->reboot_node($_) for nodes($api, $value) },
	add_guest => sub ($api, $value) { add_guest($api, $_) for list($value) },
	remove_guest => sub ($api, $value) { delete $api->cluster->guests->{$_->{vmid}} for guests($api, $value) },
	guest => sub ($api, $value) { change_guest($api, $_, $value->{$_}) for sort keys %$value },
	start => sub ($api, $value) { $api->cluster->set_state($_, 'running') for guests($api, $value) },
	stop => sub ($api, $value) { $api->cluster->set_state($_, 'stopped') for guests($api, $value) },
	pause => sub ($api, $value) { $api->cluster->set_state($_, 'paused') for guests($api, $value) },
	restart => sub ($api, $value) { restart($api, $_) for guests($api, $value) },
	migrate => sub ($api, $value) { migrate($api, $api->cluster->guest($_), $value->{$_}) for sort keys %$value },
	fields => sub ($api, $value) { set_fields(one($api, $_), $value->{$_}) for sort keys %$value },
	rrd_gap => sub ($api, $value) { rrd_gap($api, one($api, $_), $value->{$_}) for sort keys %$value },
	tokens => sub ($api, $value) { set_token($api, $_, $value->{$_}) for sort keys %$value },
	users => sub ($api, $value) { set_user($api, $_, $value->{$_}) for sort keys %$value },
	rights => sub ($api, $value) { main_token($api)->{acl} = Proxmox::Access::acl($value) },
	user_rights => sub ($api, $value) { main_user($api)->{acl} = Proxmox::Access::acl($value) },
	privsep => sub ($api, $value) { main_token($api)->{privsep} = $value },
	secret => sub ($api, $value) { main_token($api)->{secret} = $value },
	wording => sub ($api, $value) { $api->access->wording($value) },
	forget_tasks => sub ($api, $value) { $api->tasks->forget if $value },
	misbehave => \&misbehave,
	drop => sub ($api, $value) { $api->http->drop('tls') if $value },
	refuse => sub ($api, $value) { $api->actions_of->{refuse}->($value) },
	new_cert => sub ($api, $value) { $api->actions_of->{new_cert}->($value) if $value },
);

sub handle ($api, $req, $reply)
{
	my $error;
	$api->tasks->settle;
	if ($req->{method} eq 'POST') {
		eval { change($api, decode_json($req->{body})); 1 } or $error = $@ =~ s/ at \S+ line \d+\.?\n\z//r =~ s/\n\z//r;
	}
	my $answer = defined $error ? { error => $error } : report($api);
	$reply->({ status => defined $error ? 400 : 200, body => encode_json($answer),
		headers => ['Content-Type: application/json'] });
}

sub change ($api, $changes)
{
	die "a JSON object is expected\n" unless ref $changes eq 'HASH';
	# true and false come as objects
	my %left = map { $_ => plain($changes->{$_}) } keys %$changes;
	my %settings = (%{$api->set}, %{$api->tasks->set});
	my @unknown = grep { !$DO{$_} && !$HTTP{$_} && !exists $settings{$_} } sort keys %left;
	die "unknown: @unknown\n" if @unknown;
	for my $name (grep { exists $left{$_} } @ORDER) {
		$DO{$name}->($api, delete $left{$name});
	}
	set($api, $_, $left{$_}) for sort keys %left;
	$api->resources->renew;
}

sub plain ($value) { return JSON::PP::is_bool($value) ? 0 + $value : $value }

sub set ($api, $name, $value)
{
	return $api->http->$name($value // '') if $HTTP{$name};
	my $set = exists $api->set->{$name} ? $api->set : $api->tasks->set;
	my %empty = (task_exit => {}, fail_actions => {});
	$value = { '*' => $value } if $name eq 'fail_actions' && defined $value && !ref $value;
	$set->{$name} = $value // $empty{$name};
}

sub list ($value) { return ref $value eq 'ARRAY' ? @$value : ($value) }

sub number ($value)
{
	die "a number is expected\n" unless defined $value && $value =~ /\A-?\d+(?:\.\d+)?\z/a;
	return $value;
}

sub nodes ($api, $value)
{
	return map { $_->{name} } @{$api->cluster->nodes} if !ref $value && $value eq '*';
	return list($value);
}

# By number, or "*" for all
sub guests ($api, $value)
{
	return values %{$api->cluster->guests} if !ref $value && $value eq '*';
	return map { $api->cluster->guest($_) } list($value);
}

# A guest by number or a node by name
sub one ($api, $key)
{
	return $key =~ /\A\d+\z/a ? $api->cluster->guest($key)
		: $api->cluster->node($key) // die "no such node: $key\n";
}

sub change_node ($api, $name, $fields)
{
	my $node = $api->cluster->node($name) // die "no such node: $name\n";
	my %new = map { $_ => plain($fields->{$_}) } keys %$fields;
	my @odd = grep { !$NODE{$_} } sort keys %new;
	die "node: unknown: @odd\n" if @odd;
	$api->cluster->set_status($node, delete $new{status}) if exists $new{status};
	$node->{booted} = $api->now - number(delete $new{uptime}) if exists $new{uptime};
	@$node{keys %new} = values %new;
}

sub add_guest ($api, $fields)
{
	my %given = map { $_ => plain($fields->{$_}) } grep { !/\A(?:uptime|counters|rates)\z/ } keys %$fields;
	$given{state} = delete $given{status} if exists $given{status};
	my $guest = $api->cluster->add_guest(%given);
	my @later = grep { exists $fields->{$_} } qw(uptime counters rates);
	change_guest($api, $guest->{vmid}, { map { $_ => $fields->{$_} } @later });
}

sub change_guest ($api, $id, $fields)
{
	my $guest = $api->cluster->guest($id);
	my %new = map { $_ => plain($fields->{$_}) } keys %$fields;
	$new{state} = delete $new{status} if exists $new{status};
	my @odd = grep { !$GUEST{$_} } sort keys %new;
	die "guest: unknown: @odd\n" if @odd;
	$api->cluster->move($guest, delete $new{node}) if exists $new{node};
	$api->cluster->set_state($guest, delete $new{state}) if exists $new{state};
	$guest->{started} = $api->now - number(delete $new{uptime}) if exists $new{uptime};
	my ($counters, $rates) = delete @new{qw(counters rates)};
	for my $name (sort keys %{$counters // {}}) {
		die "counters: @COUNTERS\n" unless grep { $_ eq $name } @COUNTERS;
		number($counters->{$name});
	}
	set_rate($api, $guest, $_, number($rates->{$_})) for sort keys %{$rates // {}};
	set_counters($api, $guest, %$counters) if $counters;
	@$guest{keys %new} = values %new;
}

# What the guest counted until now
sub set_counters ($api, $guest, %values)
{
	return if $guest->{state} eq 'stopped';
	Proxmox::Rows::add_numbers({}, $api->cluster, $guest);
	my $begun = Proxmox::Curve::curve_begun($guest->{curves}{traffic}, $api->now);
	$guest->{since}{$_} = [$values{$_}, $begun] for keys %values;
}

# The middle around which a load swings: bytes a second, or parts of one
sub set_rate ($api, $guest, $name, $value)
{
	die "rates: cpu mem disk @COUNTERS\n" unless grep { $_ eq $name } qw(cpu mem disk), @COUNTERS;
	return $guest->{curves}{$name}[0] = $value if ref $guest->{curves}{$name};
	Proxmox::Rows::add_numbers(my $row = {}, $api->cluster, $guest);
	$guest->{curves}{$name} = $value;
	set_counters($api, $guest, $name => $row->{$name});
}

sub restart ($api, $guest)
{
	$api->cluster->set_state($guest, 'stopped');
	$api->cluster->set_state($guest, 'running');
}

# To a node at once, or { node, seconds }: locked until then
sub migrate ($api, $guest, $value)
{
	my $to = ref $value ? $value->{node} : $value;
	return $api->cluster->move($guest, $to) unless ref $value && $value->{seconds};
	die "no such node: $to\n" unless $api->cluster->node($to);
	$guest->{lock} = 'migrate';
	Mojo::IOLoop->timer($value->{seconds} => sub {
		return unless $api->cluster->guests->{$guest->{vmid}} && $api->cluster->node($to);
		$api->cluster->move($guest, $to);
		$api->resources->renew if !$api->set->{cache_seconds};
	});
}

# { key: value }, null takes the key away, { raw: text } puts in text; null alone ends all
sub set_fields ($one, $fields)
{
	return %{$one->{fields}} = () unless ref $fields;
	$one->{fields} = { %{$one->{fields}}, %$fields };
}

# [from, to] in seconds ago; null ends all
sub rrd_gap ($api, $one, $value)
{
	return @{$one->{gaps}} = () unless $value;
	unshift @{$one->{gaps}}, [map { $api->now - number($_) } @$value];
}

sub main_token ($api)
{
	return $api->access->tokens->{$api->main_token} // die "the token has been revoked\n";
}

sub main_user ($api) { return $api->access->users->{$api->main_token =~ s/!.*//sr} }

# null revokes
sub set_token ($api, $id, $fields)
{
	my $tokens = $api->access->tokens;
	return delete $tokens->{$id} unless $fields;
	die "a token is named user\@realm!id\n" unless $id =~ /\A([^!\@]+\@[^!\@]+)![^!]+\z/;
	$api->access->users->{$1} //= { acl => Proxmox::Access::acl('admin') };
	my %new = map { $_ => plain($fields->{$_}) } keys %$fields;
	$new{acl} = Proxmox::Access::acl(delete $new{rights}) if exists $new{rights};
	$tokens->{$id} = { acl => {}, privsep => 1, secret => '', %{$tokens->{$id} // {}}, %new };
}

sub set_user ($api, $name, $fields)
{
	my $users = $api->access->users;
	return delete $users->{$name} unless $fields;
	my %new = map { $_ => plain($fields->{$_}) } keys %$fields;
	$new{acl} = Proxmox::Access::acl(delete $new{rights}) if exists $new{rights};
	$users->{$name} = { acl => {}, %{$users->{$name} // {}}, %new };
}

# { path or last part or "METHOD path" or prefix* or METHOD or "*": "kind" | { kind, times, … } | null }
sub misbehave ($api, $value)
{
	return %{$api->misbehave} = () unless $value;
	$value = { '*' => $value } if !ref $value || exists $value->{kind};
	my %new;
	for my $key (keys %$value) {
		my $rule = $value->{$key};
		$rule = { kind => $rule } unless ref $rule;
		my $kind = $rule->{kind} // 'none';
		die "misbehave: no such kind: $kind; there are: @{[Peer::Trouble::kinds()]}\n"
			unless $kind eq 'none' || Peer::Trouble::is_kind($kind);
		$new{$key =~ s{/api2/json}{}r} = $kind eq 'none' ? undef : $rule;
	}
	for my $key (keys %new) {
		$new{$key} ? $api->misbehave->{$key} = $new{$key} : delete $api->misbehave->{$key};
	}
}

sub reset_counters ($api)
{
	$api->http->reset_counters;
	%{$api->access->counters} = %{Proxmox::Access::new_counters()};
	%{$api->trap} = (hits => 0, with_credentials => 0);
	@{$api->received} = ();
}

use constant SHOWN => 300;

sub report ($api)
{
	my $http = $api->http;
	my $cluster = $api->cluster;
	my @guests = sort { $a->{vmid} <=> $b->{vmid} } values %{$cluster->guests};
	return {
		pve => $api->pve->{version}, now => $api->now, pin => $api->pin, ca_file => $api->ca_file,
		ports => { tls => $http->listeners->{tls}{port}, control => $api->control_port },
		is_listening => $http->is_listening('tls') ? true : false,
		n_nodes => scalar @{$cluster->nodes}, n_guests => scalar @guests,
		nodes => @{$cluster->nodes} > SHOWN ? [] : [map { node_state($api, $_) } @{$cluster->nodes}],
		guests => @guests > SHOWN ? [] : [map { guest_state($api, $_) } @guests],
		tasks => [map { task_state($api, $_) } last_of(100, @{$api->tasks->list})], received => $api->received,
		tokens => { map { $_ => token_state($api->access->tokens->{$_}) } keys %{$api->access->tokens} },
		settings => { %{$api->set}, %{$api->tasks->set}, wording => $api->access->wording,
			map { $_ => $http->$_ } sort keys %HTTP },
		misbehave => $api->misbehave, log => $http->log,
		counters => { %{$http->counters}, %{$api->access->counters}, trap => $api->trap->{hits},
			trap_with_credentials => $api->trap->{with_credentials} },
	};
}

sub last_of ($n, @all) { return @all > $n ? @all[-$n .. -1] : @all }

sub node_state ($api, $node)
{
	return { (map { $_ => $node->{$_} } qw(name status error reason maxmem maxcpu maxdisk)),
		uptime => $api->cluster->uptime($node) };
}

sub guest_state ($api, $guest)
{
	return { (map { $_ => $guest->{$_} } qw(vmid type name node state template tags pool lock ha maxmem maxcpu maxdisk)),
		uptime => $api->cluster->uptime($guest) };
}

sub task_state ($api, $task)
{
	return { (map { $_ => $task->{$_} } qw(upid node type id owner)), exitstatus => $api->tasks->exit_status($task) };
}

sub token_state ($token)
{
	return { privsep => $token->{privsep}, expire => $token->{expire},
		rights => { map { $_ => [sort keys %{$token->{acl}{$_}}] } keys %{$token->{acl}} } };
}

1;
