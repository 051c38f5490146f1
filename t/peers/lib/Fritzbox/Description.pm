# The description documents: tr64desc.xml, igddesc.xml and one document of actions per service
package Fritzbox::Description;
use Mojo::Base -strict, -signatures;
use Fritzbox::Soap 'escape';
use Exporter 'import';
our @EXPORT_OK = qw(describe_tr064 describe_igd describe_service);

sub describe_tr064 ($box)
{
	my @services = grep { !$_->{is_igd} && !$box->is_absent($_) } @{$box->services};
	my @wan = grep { $_->{is_wan} && $_->{name} ne 'Layer3Forwarding' } @services;
	my @root = grep { !$_->{is_wan} && $_->{name} ne 'Hosts' || $_->{name} eq 'Layer3Forwarding' } @services;
	my @lan = grep { $_->{name} eq 'Hosts' } @services;
	return root($box, 'urn:dslforum-org:device-1-0', system_version($box), 'urn:dslforum-org', \@root, \@lan, \@wan);
}

sub describe_igd ($box)
{
	my @wan = grep { $_->{is_igd} } @{$box->services};
	return root($box, 'urn:schemas-upnp-org:device-1-0', '', 'urn:schemas-upnp-org', [], [], \@wan);
}

# Devices are nested: root, LANDevice and WANDevice, and the connection below the latter
sub root ($box, $space, $version, $urn, $root, $lan, $wan)
{
	my @common = grep { $_->{name} !~ /Connection\z/ } @$wan;
	my @connections = grep { $_->{name} =~ /Connection\z/ } @$wan;
	my @below;
	push @below, device($box, "$urn:device:LANDevice:1", 2, $lan) if @$lan;
	push @below, device($box, "$urn:device:WANDevice:1", 3, \@common,
		device($box, "$urn:device:WANConnectionDevice:1", 4, \@connections)) if @$wan;
	return qq(<?xml version="1.0"?>\n<root xmlns="$space">\n<specVersion>\n<major>1</major>\n<minor>0</minor>\n)
		. "</specVersion>\n$version" . device($box, "$urn:device:InternetGatewayDevice:1", 1, $root, @below)
		. "</root>\n";
}

sub system_version ($box)
{
	my $display = $box->model->{version};
	my ($major, $minor, $patch) = map { int $_ } split /\./, $display;
	return "<systemVersion>\n<HW>226</HW>\n<Major>$major</Major>\n<Minor>$minor</Minor>\n<Patch>$patch</Patch>\n"
		. "<Buildnumber>112233</Buildnumber>\n<Display>$display</Display>\n</systemVersion>\n";
}

sub device ($box, $type, $number, $services, @below)
{
	my $name = escape($box->model->{name});
	my ($kind) = $type =~ /device:(\w+):1\z/;
	my $shown = $number == 1 ? $name : "$kind - $name";
	my $list = join '', map { service($_) } @$services;
	$list = "<serviceList>\n$list</serviceList>\n" if length $list;
	my $devices = @below ? "<deviceList>\n" . join('', @below) . "</deviceList>\n" : '';
	return "<device>\n<deviceType>$type</deviceType>\n<friendlyName>$shown</friendlyName>\n"
		. "<manufacturer>AVM</manufacturer>\n<manufacturerURL>www.avm.de</manufacturerURL>\n"
		. "<modelDescription>$shown</modelDescription>\n<modelName>$shown</modelName>\n"
		. "<modelNumber>avm</modelNumber>\n<modelURL>www.avm.de</modelURL>\n"
		. '<UDN>uuid:0000000' . $number . '-1111-2222-3333-' . $box->serial . "</UDN>\n$list$devices"
		. ($number == 1 ? "<presentationURL>http://fritz.box</presentationURL>\n" : '') . "</device>\n";
}

sub service ($service)
{
	return "<service>\n<serviceType>$service->{type}</serviceType>\n<serviceId>$service->{id}</serviceId>\n"
		. "<controlURL>$service->{path}</controlURL>\n<eventSubURL>$service->{path}</eventSubURL>\n"
		. "<SCPDURL>$service->{scpd}</SCPDURL>\n</service>\n";
}

# Actions and their arguments; the state variables are left out
sub describe_service ($service)
{
	my $space = $service->{is_igd} ? 'urn:schemas-upnp-org:service-1-0' : 'urn:dslforum-org:service-1-0';
	my $actions = '';
	for my $name (sort keys %{$service->{actions}}) {
		my $args = join '', map {
			"<argument>\n<name>$_</name>\n<direction>in</direction>\n</argument>\n"
		} @{$service->{actions}{$name}[0]};
		$args = "<argumentList>\n$args</argumentList>\n" if length $args;
		$actions .= "<action>\n<name>$name</name>\n$args</action>\n";
	}
	return qq(<?xml version="1.0"?>\n<scpd xmlns="$space">\n<specVersion>\n<major>1</major>\n<minor>0</minor>\n)
		. "</specVersion>\n<actionList>\n$actions</actionList>\n</scpd>\n";
}

1;
