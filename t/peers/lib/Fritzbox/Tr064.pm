# The services of the TR-064 tree (urn:dslforum-org) as a table: type, path, actions
package Fritzbox::Tr064;
use Mojo::Base -strict, -signatures;
use utf8;
use Exporter 'import';
our @EXPORT_OK = qw(services);

# A row of actions is name => [arguments, function]; a function gets the box and the arguments and returns
# name/value pairs, or the code of a fault. A third element 'free' means: no login.
sub services
{
	return (
		service('DeviceInfo', 'DeviceInfo-com', 'deviceinfo', {
			GetInfo => [[], \&device_info],
			GetSecurityPort => [[], sub ($box, $in) { [NewSecurityPort => $box->tls_port] }, 'free'],
			GetDeviceLog => [[], sub ($box, $in) { [NewDeviceLog => device_log($box)] }],
		}),
		service('LANConfigSecurity', 'LANConfigSecurity-com', 'lanconfigsecurity', {
			'X_AVM-DE_GetAnonymousLogin' => [[], \&anonymous_login, 'free'],
			'X_AVM-DE_GetUserList' => [[], \&user_list, 'free'],
			'X_AVM-DE_GetCurrentUser' => [[], \&current_user],
		}),
		service('Hosts', 'LanDeviceHosts-com', 'hosts', {
			GetHostNumberOfEntries => [[], \&host_number, 'maybe'],
			GetGenericHostEntry => [['NewIndex'], \&host_by_index, 'maybe'],
			GetSpecificHostEntry => [['NewMACAddress'], \&host_by_mac, 'maybe'],
			'X_AVM-DE_GetSpecificHostEntryByIP' => [['NewIPAddress'], \&host_by_ip],
			'X_AVM-DE_GetChangeCounter' => [[], \&change_counter],
			'X_AVM-DE_GetHostListPath' => [[], sub ($box, $in) { $box->host_list_path }],
		}),
		wan_service('Layer3Forwarding', 'Layer3Forwarding-com', 'layer3forwarding', {
			GetDefaultConnectionService => [[], \&default_connection],
		}),
		wan_service('WANCommonInterfaceConfig', 'WANCIfConfig-com', 'wancommonifconfig1', {
			GetCommonLinkProperties => [[], \&link_properties],
			GetTotalBytesSent => [[], sub ($box, $in) { [NewTotalBytesSent => total($box, 0)] }],
			GetTotalBytesReceived => [[], sub ($box, $in) { [NewTotalBytesReceived => total($box, 1)] }],
			GetTotalPacketsSent => [[], sub ($box, $in) { [NewTotalPacketsSent => packets($box, 0)] }],
			GetTotalPacketsReceived => [[], sub ($box, $in) { [NewTotalPacketsReceived => packets($box, 1)] }],
			'X_AVM-DE_GetActiveProvider' => [[], sub ($box, $in) { ['NewX_AVM-DE_Provider' => 'Beispielnetz'] }],
			'X_AVM-DE_GetOnlineMonitor' => [['NewSyncGroupIndex'], \&online_monitor],
		}),
		wan_service('WANDSLInterfaceConfig', 'WANDSLIfConfig-com', 'wandslifconfig1', {
			GetInfo => [[], \&dsl_info],
		}),
		wan_service('WANPPPConnection', 'WANPPPConnection-com', 'wanpppconn1', connection('WANPPPConnection')),
		wan_service('WANIPConnection', 'WANIPConnection-com', 'wanipconnection1', connection('WANIPConnection')),
	);
}

sub service ($name, $owner, $path, $actions)
{
	return { name => $name, type => "urn:dslforum-org:service:$name:1", id => "urn:$owner:serviceId:${name}1",
		path => "/upnp/control/$path", scpd => "/${path}SCPD.xml", actions => $actions };
}

sub wan_service (@args) { return { %{service(@args)}, is_wan => 1 } }

sub connection ($name)
{
	my $when_used = sub ($run) {
		return sub ($box, $in) { $box->uses($name) ? $run->($box, $name) : undef };
	};
	return {
		GetInfo => [[], $when_used->(\&connection_info)],
		GetStatusInfo => [[], $when_used->(\&status_info)],
		GetExternalIPAddress => [[], $when_used->(sub ($box, $in) { [NewExternalIPAddress => $box->external_ip] })],
	};
}

sub device_info ($box, $in)
{
	my $model = $box->model;
	return [
		NewManufacturerName => 'AVM', NewManufacturerOUI => '00040E', NewModelName => $model->{name},
		NewDescription => "$model->{name} $model->{version}", NewProductClass => $model->{class},
		NewSerialNumber => $box->serial, NewSoftwareVersion => $model->{version},
		NewHardwareVersion => $model->{name}, NewSpecVersion => '1.0',
		NewProvisioningCode => $box->is_repeater ? '' : '000.044.004.000', NewUpTime => $box->uptime,
		NewDeviceLog => device_log($box),
	];
}

# Localised and long, with what nobody should keep: addresses
sub device_log ($box)
{
	my $ip = $box->line->ip;
	my @rows = map {
		my (undef, $minute, $hour, $day, $month, $year) = gmtime($box->now - $_ * 937);
		my $when = sprintf '%02d.%02d.%02d %02d:%02d:00', $day, $month + 1, $year % 100, $hour, $minute;
		$_ % 3 ? "$when WLAN-Gerät hat sich angemeldet (5 GHz), Gerät-$_, IP 192.168.178.$_."
			: "$when Internetverbindung wurde erfolgreich hergestellt. IP-Adresse: $ip";
	} 1 .. $box->set->{log_rows};
	return join "\n", @rows;
}

sub anonymous_login ($box, $in)
{
	return ['NewX_AVM-DE_AnonymousLoginEnabled' => 0, 'NewX_AVM-DE_ButtonLoginEnabled' => 0];
}

sub user_list ($box, $in)
{
	my $user = Fritzbox::Soap::escape($box->digest->user);
	return ['NewX_AVM-DE_UserList' => qq(<List><Username last_user="1">$user</Username></List>)];
}

sub current_user ($box, $in)
{
	my $admin = $box->set->{no_right} ? 'none' : 'readwrite';
	my $rights = join '', map { "<path>$_</path><access>" . ($_ eq 'BoxAdmin' ? $admin : 'readwrite') . '</access>' }
		qw(BoxAdmin Phone Dial NAS HomeAuto App);
	return ['NewX_AVM-DE_CurrentUsername' => $box->digest->user,
		'NewX_AVM-DE_CurrentUserRights' => "<rights>$rights</rights>"];
}

sub host_number ($box, $in)
{
	my $number = () = $box->home->list;
	return [NewHostNumberOfEntries => $number + $box->set->{extra_entries}];
}

sub host_by_index ($box, $in)
{
	return 402 unless $in->{NewIndex} =~ /\A\d{1,5}\z/a;
	my $host = ($box->home->list)[$in->{NewIndex}] or return 713;
	return [
		NewIPAddress => $host->{ip}, NewAddressSource => $host->{mac} ? $host->{source} : '',
		NewLeaseTimeRemaining => 0, NewMACAddress => $host->{mac}, NewInterfaceType => interface($host),
		NewActive => $host->{active}, NewHostName => $box->shown_name($host),
	];
}

# The box knows the interface of hosts that are there and belong to the home
sub interface ($host)
{
	return $host->{active} && !$host->{vpn} && !$host->{guest} ? $host->{interface} : '';
}

sub host_by_mac ($box, $in)
{
	my $mac = $in->{NewMACAddress};
	return 402 unless $mac =~ /\A[0-9A-F]{2}(?::[0-9A-F]{2}){5}\z/i;
	my ($host) = grep { $_->{mac} eq uc $mac } $box->home->list or return 714;
	return [
		NewIPAddress => $host->{ip}, NewAddressSource => $host->{source}, NewLeaseTimeRemaining => 0,
		NewInterfaceType => interface($host), NewActive => $host->{active}, NewHostName => $box->shown_name($host),
	];
}

sub host_by_ip ($box, $in)
{
	my $ip = $in->{NewIPAddress};
	return 402 unless $ip =~ /\A\d+\.\d+\.\d+\.\d+\z/a;
	my ($host) = grep { $_->{ip} eq $ip } $box->home->list or return 714;
	return [
		NewMACAddress => $host->{mac}, NewActive => $host->{active}, NewHostName => $box->shown_name($host),
		NewInterfaceType => interface($host), 'NewX_AVM-DE_Port' => $host->{port},
		'NewX_AVM-DE_Speed' => $host->{active} ? $host->{speed} : 0, 'NewX_AVM-DE_Guest' => $host->{guest},
		'NewX_AVM-DE_VPN' => $host->{vpn}, 'NewX_AVM-DE_FriendlyName' => $host->{friendly} // $host->{name},
	];
}

sub change_counter ($box, $in)
{
	$box->home->list;
	return ['NewX_AVM-DE_ChangeCounter' => $box->home->changes];
}

sub default_connection ($box, $in)
{
	my $name = $box->default_name;
	return [NewDefaultConnectionService => $name ? "1.$name.1" : ''];
}

sub link_properties ($box, $in)
{
	my ($up, $down) = $box->line->samples;
	return [
		NewWANAccessType => $box->model->{access},
		NewLayer1UpstreamMaxBitRate => $box->shown_bps('up'), NewLayer1DownstreamMaxBitRate => $box->shown_bps('down'),
		NewPhysicalLinkStatus => $box->line->link,
		!$box->has_new_fields ? () : (
			'NewX_AVM-DE_DownstreamCurrentUtilization' => join(',', @$down),
			'NewX_AVM-DE_UpstreamCurrentUtilization' => join(',', @$up),
			'NewX_AVM-DE_DownstreamCurrentMaxSpeed' => max(@$down),
			'NewX_AVM-DE_UpstreamCurrentMaxSpeed' => max(@$up),
		),
	];
}

sub max (@list)
{
	my $max = 0;
	$max = $_ > $max ? $_ : $max for @list;
	return $max;
}

# 32 bits; on some boxes the numbers of this tree never move
sub total ($box, $which)
{
	return $box->set->{totals_stuck} ? 0 : ($box->line->totals)[$which] % 2 ** 32;
}

sub packets ($box, $which)
{
	return $box->set->{totals_stuck} ? 0 : int(($box->line->totals)[$which] / 811) % 2 ** 32;
}

sub online_monitor ($box, $in)
{
	return 401 unless $box->set->{online_monitor};
	return 402 unless $in->{NewSyncGroupIndex} =~ /\A\d{1,9}\z/a;
	my $groups = $box->model->{sync};
	my $group = $groups->[$in->{NewSyncGroupIndex}] or return 713;
	my ($up, $down) = $in->{NewSyncGroupIndex} ? ([(0) x 20], [(0) x 20]) : $box->line->samples;
	my @realtime = map { int $_ / 4 } @$up;
	my $zeros = join ',', (0) x 20;
	return [
		NewTotalNumberSyncGroups => scalar @$groups, NewSyncGroupName => $group->[0],
		NewSyncGroupMode => $group->[1], Newmax_ds => monitor_max($box, 'down', $down),
		Newmax_us => monitor_max($box, 'up', $up), Newds_current_bps => join(',', @$down),
		Newmc_current_bps => $zeros, Newus_current_bps => join(',', @$up),
		Newprio_realtime_bps => join(',', @realtime), Newprio_high_bps => $zeros,
		Newprio_default_bps => join(',', map { $up->[$_] - $realtime[$_] } 0 .. $#$up), Newprio_low_bps => $zeros,
	];
}

# Only DSL boxes name the capacity of the line here
sub monitor_max ($box, $way, $samples)
{
	my $kind = $box->model->{max};
	my $method = "${way}_bps";
	return int($box->line->$method / 8) if $kind eq 'line';
	return $way eq 'down' ? 849_213_877 : 271_954_112 if $kind eq 'nonsense';
	return $kind eq 'measured' ? max(@$samples) : 0;
}

# kbit/s, noise margin and attenuation in tenths of a decibel
sub dsl_info ($box, $in)
{
	my $is_dsl = $box->type eq 'dsl';
	return 401 if $box->type eq 'fibre';
	my $is_up = $is_dsl && $box->line->link eq 'Up';
	my ($up, $down) = $is_up ? map { int $_ / 1000 } $box->line->up_bps, $box->line->down_bps : (0, 0);
	return [
		NewEnable => $is_dsl ? 1 : 0, NewStatus => $is_up ? 'Up' : 'Down',
		NewDataPath => $is_dsl ? 'Interleaved' : 'None', NewUpstreamCurrRate => $up, NewDownstreamCurrRate => $down,
		NewUpstreamMaxRate => int $up * 1.07, NewDownstreamMaxRate => int $down * 1.11,
		NewUpstreamNoiseMargin => $is_up ? 90 : 0, NewDownstreamNoiseMargin => $is_up ? 110 : 0,
		NewUpstreamAttenuation => $is_up ? 80 : 0, NewDownstreamAttenuation => $is_up ? 140 : 0,
		NewATURVendor => $is_dsl ? '41564d00' : '', NewATURCountry => $is_dsl ? '0400' : '',
		NewUpstreamPower => $is_up ? 501 : 0, NewDownstreamPower => $is_up ? 514 : 0,
	];
}

sub connection_info ($box, $name)
{
	my $line = $box->line;
	my $is_ppp = $name eq 'WANPPPConnection';
	return [
		NewEnable => 1, NewConnectionStatus => $line->connection, NewPossibleConnectionTypes => 'IP_Routed, IP_Bridged',
		NewConnectionType => 'IP_Routed', NewName => 'internet', NewUptime => $line->uptime,
		!$is_ppp ? () : (NewUpstreamMaxBitRate => ppp_rate($box, $line->up_bps),
			NewDownstreamMaxBitRate => ppp_rate($box, $line->down_bps)),
		NewLastConnectionError => $line->error, !$is_ppp ? () : (NewIdleDisconnectTime => 0), NewRSIPAvailable => 0,
		!$is_ppp ? () : (NewUserName => 'anschluss-0001@beispielnetz.example'), NewNATEnabled => 1,
		NewExternalIPAddress => $box->external_ip, NewDNSServers => '2001:db8:53::1, 192.0.2.53,192.0.2.54',
		NewMACAddress => lc $box->mac, NewConnectionTrigger => 'AlwaysOn',
		!$is_ppp ? () : (NewLastAuthErrorInfo => '', NewMaxCharsUsername => 128, NewMinCharsUsername => 3,
			NewTransportType => 'PPPoE'),
		NewRouteProtocolRx => 'Off',
		!$is_ppp ? () : (NewPPPoEServiceName => '', NewRemoteIPAddress => '', NewPPPoEACName => 'bras.example'),
		NewDNSEnabled => 1, NewDNSOverrideAllowed => 0,
	];
}

# kbit/s on boxes that use another modem, bit/s on the others
sub ppp_rate ($box, $bps) { return $box->set->{ppp_kbps} ? int $bps / 1000 : $bps }

sub status_info ($box, $name)
{
	my $line = $box->line;
	return [NewConnectionStatus => $line->connection, NewLastConnectionError => $line->error, NewUptime => $line->uptime];
}

# What the connection service that is not in use answers
sub unconfigured ($action)
{
	my @status = (NewConnectionStatus => 'Unconfigured');
	return [NewExternalIPAddress => ''] if $action eq 'GetExternalIPAddress';
	return [@status, NewLastConnectionError => 'ERROR_NONE', NewUptime => 0] if $action eq 'GetStatusInfo';
	return [NewEnable => 0, @status, NewPossibleConnectionTypes => '', NewConnectionType => 'Unconfigured', NewName => '',
		NewUptime => 0, NewLastConnectionError => 'ERROR_NONE', NewRSIPAvailable => 0, NewNATEnabled => 0,
		NewExternalIPAddress => '', NewDNSServers => '', NewMACAddress => '', NewConnectionTrigger => '',
		NewRouteProtocolRx => '', NewDNSEnabled => 0, NewDNSOverrideAllowed => 0];
}

1;
