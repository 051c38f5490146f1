# The services of the IGD tree (urn:schemas-upnp-org) as a table; none of them ever asks for a login
package Fritzbox::Igd;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
our @EXPORT_OK = qw(services);

sub services
{
	return (
		service('WANCommonInterfaceConfig', 'WANCommonIFC1', {
			GetAddonInfos => [[], \&addon_infos],
			GetCommonLinkProperties => [[], \&link_properties],
			GetTotalBytesSent => [[], sub ($box, $in) { [NewTotalBytesSent => total($box, 0)] }],
			GetTotalBytesReceived => [[], sub ($box, $in) { [NewTotalBytesReceived => total($box, 1)] }],
			X_AVM_DE_GetDsliteStatus => [[], sub ($box, $in) {
				[NewX_AVM_DE_DsliteStatus => $box->set->{dslite} ? 1 : 0];
			}],
		}),
		service('WANIPConnection', 'WANIPConn1', {
			GetStatusInfo => [[], sub ($box, $in) { Fritzbox::Tr064::status_info($box, '') }],
			GetExternalIPAddress => [[], sub ($box, $in) { [NewExternalIPAddress => $box->external_ip] }],
			GetConnectionTypeInfo => [[], sub ($box, $in) {
				[NewConnectionType => 'IP_Routed', NewPossibleConnectionTypes => 'IP_Routed'];
			}],
			GetNATRSIPStatus => [[], sub ($box, $in) { [NewRSIPAvailable => 0, NewNATEnabled => 1] }],
			X_AVM_DE_GetExternalIPv6Address => [[], sub ($box, $in) {
				[NewExternalIPv6Address => $box->line->is_up ? $box->line->ipv6 : '', lifetimes($box, 64)];
			}],
			X_AVM_DE_GetIPv6Prefix => [[], sub ($box, $in) {
				[NewIPv6Prefix => $box->line->is_up ? '2001:db8:1c2f:100::' : '', lifetimes($box, 56)];
			}],
			X_AVM_DE_GetDNSServer => [[], sub ($box, $in) {
				[NewIPv4DNSServer1 => '192.0.2.53', NewIPv4DNSServer2 => '192.0.2.54'];
			}],
		}),
	);
}

sub service ($name, $id, $actions)
{
	return { name => $name, type => "urn:schemas-upnp-org:service:$name:1", id => "urn:upnp-org:serviceId:$id",
		path => "/igdupnp/control/$id", scpd => "/igd${id}SCPD.xml", actions => $actions, is_igd => 1 };
}

sub lifetimes ($box, $length)
{
	my $is_up = $box->line->is_up;
	return (NewPrefixLength => $is_up ? $length : 0, NewValidLifetime => $is_up ? 7131 : 0,
		NewPreferedLifetime => $is_up ? 3531 : 0);
}

sub total ($box, $which) { return ($box->line->totals)[$which] % 2 ** 32 }

# Rates are B/s; the 64-bit totals are text, and may be missing or empty
sub addon_infos ($box, $in)
{
	my ($sent_rate, $received_rate) = $box->line->current_rates;
	my ($sent, $received) = $box->line->totals;
	my $kind = $box->set->{fields64};
	my $as64 = sub ($value) { $kind eq 'empty' ? '' : $value };
	return [
		NewByteSendRate => $sent_rate, NewByteReceiveRate => $received_rate, NewPacketSendRate => 0,
		NewPacketReceiveRate => 0, NewTotalBytesSent => $sent % 2 ** 32, NewTotalBytesReceived => $received % 2 ** 32,
		NewAutoDisconnectTime => 0, NewIdleDisconnectTime => 0, NewDNSServer1 => '192.0.2.53',
		NewDNSServer2 => '192.0.2.54', NewVoipDNSServer1 => '192.0.2.53', NewVoipDNSServer2 => '192.0.2.54',
		NewUpnpControlEnabled => 0, NewRoutedBridgedModeBoth => 1,
		!$kind ? () : (
			NewX_AVM_DE_TotalBytesSent64 => $as64->($sent), NewX_AVM_DE_TotalBytesReceived64 => $as64->($received),
			NewX_AVM_DE_WANAccessType => $box->model->{igd_access}, layer1_64($box),
		),
	];
}

sub layer1_64 ($box)
{
	my ($up, $down) = ('NewX_AVM_DE_Layer1UpstreamMaxBitRate64', 'NewX_AVM_DE_Layer1DownstreamMaxBitRate64');
	return ($up => '', $down => '') if $box->model->{has_empty_layer1_64};
	return $box->model->{has_layer1_64} ? ($up => $box->line->up_bps, $down => $box->line->down_bps) : ();
}

sub link_properties ($box, $in)
{
	return [
		NewWANAccessType => $box->model->{igd_access}, NewLayer1UpstreamMaxBitRate => $box->shown_bps('up'),
		NewLayer1DownstreamMaxBitRate => $box->shown_bps('down'), NewPhysicalLinkStatus => $box->line->link,
	];
}

1;
