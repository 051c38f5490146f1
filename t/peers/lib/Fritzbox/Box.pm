# The box as a whole: what answers on which path, with which settings
package Fritzbox::Box;
use Mojo::Base -base, -signatures;
use Fritzbox::Control;
use Fritzbox::Description qw(describe_tr064 describe_igd describe_service);
use Fritzbox::Digest;
use Fritzbox::Home;
use Fritzbox::Igd;
use Fritzbox::Line;
use Fritzbox::Model ();
use Fritzbox::Soap qw(parse_call write_answer write_fault element);
use Fritzbox::Tr064;
use Mojo::Date;
use Peer::Trouble;
use Time::HiRes ();

has type => 'dsl';
has seed => 1;
has ahead => 0;                # seconds the simulated clock is ahead of the real one
has booted => 0;
has 'http';
has tls_port => 0;
has control_port => 0;
has pin => '';
has on_change => sub { sub { } };
has actions_of => sub { {} };  # what the entry program can do: new_cert, refuse
has sids => sub { {} };
has sid_counters => sub { { issued => 0, used => 0, rejected => 0 } };
has caller => '';             # address of the request being answered
has trapped => 0;
has misbehave => sub { {} };   # path, action, prefix* or * => { kind, … }
has set => sub ($self) { $self->default_settings };
has services => sub { [Fritzbox::Tr064::services(), Fritzbox::Igd::services()] };
has model => sub ($self) { Fritzbox::Model::model($self->type) };
has digest => sub ($self) { Fritzbox::Digest->new(now => $self->clock) };
has home => sub ($self) {
	Fritzbox::Home->new(seed => $self->seed, now => $self->clock);
};
has line => sub ($self) { $self->new_line };

sub default_settings ($self)
{
	return {
		igd => $self->is_repeater ? 0 : 1, tr064 => 1, online_monitor => $self->is_repeater ? 0 : 1,
		host_list => $self->is_repeater ? 'refused' : 'ok', host_list_path => undef,
		fields64 => $self->model->{fields64}, dslite => 0, external_ip => undef, hosts_need_login => 1,
		sid_seconds => 120, sid_reuse => 0, sid_dead => 'html', faults => {}, no_right => 0, deny => [],
		totals_stuck => 0, ppp_kbps => 0, extra_entries => 0, friendly_names => 1, comments => 1,
		short_empty => 0, padded_values => 0, padded_faults => 0,
		lower_faults => $self->model->{has_mixed_fault_case} ? 1 : 0, log_rows => 300,
		unused => $self->model->{unused}, default_connection => undef,
	};
}

sub new_line ($self)
{
	my $model = $self->model;
	return Fritzbox::Line->new(seed => $self->seed, now => $self->clock, up_bps => $model->{up_bps},
		down_bps => $model->{down_bps}, $model->{ip} ? (ip => $model->{ip}) : ());
}

sub clock ($self) { return sub { Time::HiRes::time + $self->ahead } }

sub now ($self) { return Time::HiRes::time + $self->ahead }

sub is_repeater ($self) { return $self->model->{has_no_wan} ? 1 : 0 }

sub uptime ($self) { return int($self->now - $self->booted) }

sub mac ($self) { return $self->home->invent_mac(0, 'box') }

sub serial ($self) { return $self->mac =~ s/://gr }

sub has_new_fields ($self) { return $self->set->{fields64} ? 1 : 0 }

sub start ($self, $devices)
{
	$self->home->populate($devices);
	$self->line->warm_up;
	$self->booted($self->line->since - 97);
	return $self;
}

sub external_ip ($self)
{
	return $self->set->{external_ip} if defined $self->set->{external_ip};
	return '' if $self->set->{dslite};
	return $self->line->is_up ? $self->line->ip : '0.0.0.0';
}

# What the link properties claim, which on fast fibre is nonsense
sub shown_bps ($self, $way)
{
	return 0 if $self->line->link ne 'Up';
	my $method = "${way}_bps";
	return $self->model->{shown_bps} // $self->line->$method;
}

# True for the connection service in use
sub uses ($self, $name) { return $name eq ($self->default_name || $self->model->{in_use} || '') }

sub default_name ($self) { return $self->set->{default_connection} // $self->model->{default} }

sub is_absent ($self, $service)
{
	return $self->set->{igd} && !$self->is_repeater ? 0 : 1 if $service->{is_igd};
	return !$self->set->{tr064} || $service->{is_wan} && $self->is_repeater;
}

# Names of hosts may be bytes that are no text
sub shown_name ($self, $host)
{
	return defined $host->{raw} ? \pack 'H*', $host->{raw} : $host->{name};
}

sub handle ($self, $req, $reply)
{
	my $path = $req->{path} =~ s{\A/tr064(?=/)}{}r;
	return Fritzbox::Control::handle($self, $req, $reply) if $path eq '/__control';
	return $reply->($self->spring_trap) if $path =~ m{\A/trap/};
	return $self->soap($path, $req, $reply) if $req->{method} eq 'POST';
	return $reply->(error_page(405, 'Method Not Allowed')) if $req->{method} !~ /\A(?:GET|HEAD)\z/;
	$reply->($self->document($path, $req->{query} // ''));
}

# Nobody should ever be led here
sub spring_trap ($self)
{
	$self->trapped($self->trapped + 1);
	return xml(qq(<?xml version="1.0" encoding="UTF-8"?>\n<List>\n<Item>\n<Index>1</Index>\n)
		. "<IPAddress>10.66.66.66</IPAddress>\n<MACAddress>66:66:66:66:66:66</MACAddress>\n<Active>1</Active>\n"
		. "<HostName>TRAP</HostName>\n<InterfaceType>Ethernet</InterfaceType>\n</Item>\n</List>\n");
}

sub document ($self, $path, $query)
{
	return { body => Peer::Trouble::login_page(), headers => ['CONTENT-TYPE: text/html; charset=utf-8'] }
		if $path eq '/' || $path eq '/login.lua';
	return $self->host_list($query) if $path eq '/devicehostlist.lua';
	return xml(describe_tr064($self)) if $path eq '/tr64desc.xml' && $self->set->{tr064};
	return xml(describe_igd($self)) if $path eq '/igddesc.xml' && $self->set->{igd} && !$self->is_repeater;
	my ($service) = grep { $_->{scpd} eq $path && !$self->is_absent($_) } @{$self->services};
	return $service ? xml(describe_service($service)) : error_page(404, 'Not Found');
}

sub xml ($body)
{
	my $date = Mojo::Date->new;
	return { body => $body, headers => ["DATE: $date", 'SERVER: FRITZ!Box UPnP/1.0 AVM FRITZ!Box',
		'CONTENT-TYPE: text/xml; charset="utf-8"', 'EXT:'] };
}

sub error_page ($status, $reason)
{
	my $name = 'ERR_' . uc $reason =~ tr/ /_/r;
	return { status => $status, close => 1, body => Fritzbox::Digest::html_page($status, $reason, $name),
		headers => ['Content-Type: text/html', 'Server: Webserver'] };
}

sub soap ($self, $path, $req, $reply)
{
	my ($service) = grep { $_->{path} eq $path && !$self->is_absent($_) } @{$self->services};
	return $reply->(error_page(404, 'Not Found')) unless $service;
	my $call = parse_call($req);
	my $action = $call && $call->{type} eq $service->{type} ? $service->{actions}{$call->{action}} : undef;
	my $delay = 0;
	if (!$service->{is_igd} && $self->needs_login($action)) {
		my $check = $self->digest->check($req);
		return $self->turn_away($check, $req, $reply) unless $check->{ok};
		$delay = $check->{delay};
	}
	$self->count_action($service, $call, $req);
	$self->caller($req->{address});
	my $result = $action ? $self->run($service, $call, $action) : 401;
	$reply->($self->soap_answer($service, $call, $result), $delay);
}

sub needs_login ($self, $action)
{
	my $rule = $action ? $action->[2] // '' : '';
	return 0 if $rule eq 'free';
	return $rule eq 'maybe' ? $self->set->{hosts_need_login} : 1;
}

# A failed login also ends the sessions of that address
sub turn_away ($self, $check, $req, $reply)
{
	if ($check->{is_failure}) {
		delete @{$self->sids}{grep { $self->sids->{$_}{address} eq $req->{address} } keys %{$self->sids}};
	}
	$reply->($self->digest->answer($check), $check->{delay});
}

sub count_action ($self, $service, $call, $req)
{
	my $tree = $service->{is_igd} ? 'igd:' : '';
	my $name = $call ? $call->{action} : '?';
	$self->http->counters->{actions}{"$tree$service->{name}#$name"}++;
	$req->{row}{action} = $name if $req->{row};
}

# Name/value pairs, or the code of a fault
sub run ($self, $service, $call, $action)
{
	my $name = $call->{action};
	my $fault = $self->wanted_fault($service, $name);
	return $fault if $fault;
	return 606 if !$service->{is_igd} && ($action->[2] // '') ne 'free' && $self->is_denied($name);
	return 402 if grep { !defined $call->{args}{$_} } @{$action->[0]};
	my $result = $action->[1]->($self, $call->{args});
	return $result if defined $result;
	return $self->set->{unused} eq 'unconfigured' ? Fritzbox::Tr064::unconfigured($name) : $self->set->{unused};
}

sub wanted_fault ($self, $service, $name)
{
	my $faults = $self->set->{faults};
	my $tree = $service->{is_igd} ? 'igd:' : '';
	return $faults->{"$tree$service->{name}#$name"} // $faults->{$name} // $faults->{'*'};
}

sub is_denied ($self, $name)
{
	return 1 if grep { $_ eq $name } @{$self->set->{deny}};
	return $self->set->{no_right} && $name ne 'X_AVM-DE_GetCurrentUser';
}

sub soap_answer ($self, $service, $call, $result)
{
	return { %{xml(write_fault($service->{type}, $result, $self->set))}, status => 500 } unless ref $result;
	return xml(write_answer($call, $result, $self->set));
}

# The path of the list, with a session that works once and not for long
sub host_list_path ($self)
{
	my $kind = $self->set->{host_list};
	return 401 if $kind eq 'refused';
	return 606 if $kind eq 'forbidden';
	my $sid = sprintf '%08x%08x', int rand 2**32, int rand 2**32;
	$self->sid_counters->{issued}++;
	$self->sids->{$sid} = { at => $self->now, address => $self->caller } unless $kind eq 'expired';
	return ['NewX_AVM-DE_HostListPath' => $self->odd_path($kind, "devicehostlist.lua?sid=$sid")];
}

sub odd_path ($self, $kind, $path)
{
	my $trap = '127.0.0.1:' . $self->control_port . '/trap';
	return $self->set->{host_list_path} if defined $self->set->{host_list_path};
	return "http://$trap/$path" if $kind eq 'absolute';
	return "//$trap/$path" if $kind eq 'double_slash';
	return $path if $kind eq 'relative';
	return '' if $kind eq 'empty';
	return "/$path\r\nX-Injected: 1" if $kind eq 'injected';
	return "/\@$trap/$path" if $kind eq 'userinfo';
	return "/$path";
}

sub host_list ($self, $query)
{
	my ($sid) = $query =~ /(?:\A|&)sid=([0-9a-f]{16})(?:&|\z)/;
	return $self->sid_rejected unless $self->take_sid($sid // '');
	my $list = $self->set->{comments} ? "<!-- devicehosts :3 -->\n<!-- users :1 -->\n" : '';
	$list .= $self->host_item($_) for $self->home->shuffled;
	return xml(qq(<?xml version="1.0" encoding="UTF-8"?>\n<List>\n$list</List>\n));
}

sub take_sid ($self, $sid)
{
	my $issued = $self->sids->{$sid} or return 0;
	delete $self->sids->{$sid} unless $self->set->{sid_reuse};
	return 0 if $self->now - $issued->{at} > $self->set->{sid_seconds};
	$self->sid_counters->{used}++;
	return 1;
}

sub sid_rejected ($self)
{
	$self->sid_counters->{rejected}++;
	my $how = $self->set->{sid_dead};
	return error_page($how, $how == 403 ? 'Forbidden' : 'Not Found') if $how ne 'html';
	return { body => Peer::Trouble::login_page(), headers => ['CONTENT-TYPE: text/html; charset=utf-8'] };
}

sub host_item ($self, $host)
{
	my $set = $self->set;
	my @rows = (
		Index => $host->{index}, IPAddress => $host->{ip}, MACAddress => $host->{mac}, Active => $host->{active},
		HostName => $self->shown_name($host), InterfaceType => Fritzbox::Tr064::interface($host),
		'X_AVM-DE_Port' => $host->{port}, 'X_AVM-DE_Speed' => $host->{active} ? $host->{speed} : 0,
		'X_AVM-DE_UpdateAvailable' => 0,
		'X_AVM-DE_UpdateSuccessful' => $host->{model} ? 'succeeded' : 'unknown', 'X_AVM-DE_InfoURL' => '',
		'X_AVM-DE_MACAddressList' => $host->{mac}, 'X_AVM-DE_Model' => $host->{model},
		'X_AVM-DE_URL' => $host->{model} ? "http://$host->{ip}" : '', 'X_AVM-DE_Guest' => $host->{guest},
		'X_AVM-DE_RequestClient' => 0, 'X_AVM-DE_VPN' => $host->{vpn},
		'X_AVM-DE_WANAccess' => $host->{wan_access}, 'X_AVM-DE_Disallow' => 0,
		'X_AVM-DE_IsMeshable' => $host->{model} ? 1 : 0, 'X_AVM-DE_Priority' => 0,
	);
	push @rows, 'X_AVM-DE_FriendlyName' => $host->{friendly} // '', 'X_AVM-DE_FriendlyNameIsWriteable' => 1
		if $set->{friendly_names};
	my $item = "<Item>\n";
	while (my ($name, $value) = splice @rows, 0, 2) {
		$item .= element($name, $value, $set);
	}
	return "$item</Item>\n";
}

# What goes wrong with a request: the nearest rule wins
sub trouble_for ($self, $req)
{
	my $rules = $self->misbehave;
	return undef unless %$rules;
	my ($action) = ($req->{headers}{soapaction} // '') =~ /#([\w.-]+)/;
	my @keys = ($req->{path}, defined $action ? $action : (), (grep { /.\*\z/ } sort keys %$rules), '*');
	for my $key (grep { exists $rules->{$_} } @keys) {
		my $prefix = $key =~ s/\*\z//r;
		next if $prefix ne $key && index $req->{path}, $prefix;
		return { %{$rules->{$key}}, used => sub { $self->use_rule($key) } };
	}
	return undef;
}

sub use_rule ($self, $key)
{
	my $rule = $self->misbehave->{$key} or return;
	return unless defined $rule->{times};
	delete $self->misbehave->{$key} if --$rule->{times} <= 0;
}

sub is_test ($self, $req) { return $req->{path} eq '/__control' || $req->{path} =~ m{\A/trap/} }

# After a restart of the box nothing of before is valid
sub reboot ($self)
{
	$self->line->reconnect;
	$self->booted($self->now);
	%{$self->sids} = ();
	%{$self->digest->nonces} = ();
	%{$self->digest->failures} = ();
	$self->home->changes(1);
}

1;
