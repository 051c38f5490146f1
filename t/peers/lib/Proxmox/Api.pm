# /api2/json: which call is answered by whom, who may make it, and how errors look
package Proxmox::Api;
use Mojo::Base -base, -signatures;
use Mojo::Date;
use Mojo::JSON 'decode_json';
use Mojo::Util 'url_unescape';
use Peer::Trouble;
use Proxmox::Access;
use Proxmox::Cluster;
use Proxmox::Control;
use Proxmox::Json qw(text object array from_perl);
use Proxmox::Resources;
use Proxmox::Rows qw(node_row node_status guest_row guest_current);
use Proxmox::Rrd qw(timeframes rrd_rows);
use Proxmox::Tasks;
use Time::HiRes ();

my %PVE = (
	6 => { major => 6, version => '6.4-15', release => '6.4', repoid => 'af7986e6', manager => '6.4-15/af7986e6' },
	7 => { major => 7, version => '7.4-19', release => '7.4', repoid => 'f98bf8d4', manager => '7.4-19/f98bf8d4' },
	8.2 => { major => 8, version => '8.2.7', release => '8.2', repoid => '3e0176e6', manager => '8.2.7/3e0176e6' },
	8 => { major => 8, version => '8.4.1', release => '8.4', repoid => '2a5fa54a', manager => '8.4.1/2a5fa54a',
		has_message => 1 },
	9 => { major => 9, version => '9.0.6', release => '9.0', repoid => '49c767b7', manager => '9.0.6/49c767b7',
		has_message => 1 },
);
my %ACTION_PARAMS = (
	start => [qw(timeout skiplock machine migratedfrom stateuri debug)], stop => [qw(timeout skiplock keepActive
		overrule-shutdown)], shutdown => [qw(timeout forceStop keepActive skiplock)], reboot => ['timeout'],
	reset => ['skiplock'], suspend => [qw(todisk skiplock statestorage)], resume => [qw(nocheck skiplock)],
);

has seed => 1;
has ahead => 0;                  # seconds the simulated clock is ahead of the real one
has 'http';
has 'main_token';
has control_port => 0;
has pin => '';
has ca_file => '';
has fingerprint => '';           # of the certificate of the answering node
has actions_of => sub { {} };    # what the entry program can do: new_cert, refuse
has misbehave => sub { {} };
has trap => sub { { hits => 0, with_credentials => 0 } };
has received => sub { [] };      # the last actions that came in
has set => sub { default_settings() };
has pve => sub { $PVE{9} };
has access => sub ($self) { Proxmox::Access->new(now => $self->clock) };
has cluster => sub ($self) { Proxmox::Cluster->new(seed => $self->seed, now => $self->clock) };
has tasks => sub ($self) { Proxmox::Tasks->new(cluster => $self->cluster) };
has resources => sub ($self) { Proxmox::Resources->new(api => $self) };

sub default_settings
{
	return { auth_delay_ms => 200, cache_seconds => 10, cold_cpu => 0, gzip => 1, rrd_tail => 1, hung_ms => 2000,
		error_message => undef, proxy_ms => undef };
}

sub releases { return sort keys %PVE }

sub set_pve ($self, $name) { $self->pve($PVE{$name} // die "pve: one of @{[releases()]}\n") }

sub clock ($self) { return sub { Time::HiRes::time + $self->ahead } }

sub now ($self) { return Time::HiRes::time + $self->ahead }

# The path after /api2/json => by method: function, what it needs
my @ROUTES = map { [route_pattern($_->[0]), $_->[1]] } (
	['/version' => { GET => \&version }],
	['/access/ticket' => { GET => \&null, POST => \&ticket }],
	['/access/permissions' => { GET => \&permissions }],
	['/cluster/resources' => { GET => \&cluster_resources }],
	['/cluster/status' => { GET => \&cluster_status }],
	['/cluster/tasks' => { GET => \&cluster_tasks }],
	['/nodes' => { GET => \&nodes }],
	['/nodes/{node}/status' => { GET => \&status_of_node, POST => \&node_command }],
	['/nodes/{node}/version' => { GET => \&version }],
	['/nodes/{node}/rrddata' => { GET => \&node_rrd }],
	['/nodes/{node}/tasks' => { GET => \&node_tasks }],
	['/nodes/{node}/tasks/{upid}/status' => { GET => \&task_status }],
	['/nodes/{node}/tasks/{upid}/log' => { GET => \&task_log }],
	['/nodes/{node}/{type}' => { GET => \&guests }],
	['/nodes/{node}/{type}/{vmid}/status/current' => { GET => \&current }],
	['/nodes/{node}/{type}/{vmid}/rrddata' => { GET => \&guest_rrd }],
	['/nodes/{node}/{type}/{vmid}/status/{action}' => { POST => \&action }],
);

sub route_pattern ($path)
{
	my %part = (type => 'qemu|lxc', action => 'start|stop|shutdown|reboot|reset|suspend|resume');
	return qr/\A@{[$path =~ s|\{(\w+)\}|"(?<$1>" . ($part{$1} \/\/ '[^\/]+') . ')'|ger]}\z/;
}

sub is_test ($self, $req) { return $req->{path} eq '/__control' || $req->{path} =~ m{\A/trap/} }

sub handle ($self, $req, $reply)
{
	return Proxmox::Control::handle($self, $req, $reply) if $req->{path} eq '/__control' && $req->{listener} eq 'control';
	return $reply->($self->spring_trap($req)) if $req->{path} =~ m{\A/trap/};
	return $reply->(to_https($req)) unless $req->{tls};
	return $reply->($self->error(501, "method '$req->{method}' not available", { has_no_body => 1 }))
		if $req->{method} !~ /\A(?:GET|POST|PUT|DELETE)\z/;
	return $reply->(page()) if $req->{method} eq 'GET' && $req->{path} =~ m{\A/(?:index\.html)?\z};
	return $reply->($self->error(501, "no such uri '$req->{path}'")) unless $req->{path} =~ m{\A/api2/json(/.*|)\z}s;
	$self->resources->renew if $self->tasks->settle && !$self->set->{cache_seconds};
	$self->call($req, $1, $reply);
}

# Nobody should ever be led here, least of all with credentials
sub spring_trap ($self, $req)
{
	$self->trap->{hits}++;
	$self->trap->{with_credentials}++ if $req->{headers}{authorization} || $req->{headers}{cookie};
	return { body => '{"data":[]}', headers => ['Content-Type: application/json'] };
}

sub to_https ($req)
{
	my $host = $req->{headers}{host} // '127.0.0.1';
	return { status => 301, reason => 'Moved Permanently', close => 1,
		headers => ["Location: https://$host$req->{target}", usual_headers()] };
}

sub page
{
	return { body => "<!DOCTYPE html>\n<html><head><title>pve1 - Proxmox Virtual Environment</title></head></html>\n",
		headers => ['Content-Type: text/html; charset=UTF-8', usual_headers()] };
}

sub usual_headers
{
	my $date = Mojo::Date->new;
	return ('Cache-Control: max-age=0', "Date: $date", "Expires: $date", 'Pragma: no-cache', 'Server: pve-api-daemon/3.0');
}

# A login first, then the address, then the right, then the node
sub call ($self, $req, $path, $reply)
{
	my ($methods, %in) = find($path);
	my $function = $methods && $methods->{$req->{method}};
	if (!$function || $function != \&ticket) {
		my $caller = $self->access->caller_of($req);
		return $self->turn_away($caller->{refused}, $reply) if $caller->{refused};
		$in{caller} = $caller;
		$req->{row}{caller} = $caller->{name} if $req->{row};
	}
	return $reply->($self->error(501, "Method '$req->{method} $path' not implemented")) unless $function;
	my $params = params($req) // return $reply->($self->error(400, 'Bad Request'));
	@in{qw(params req)} = ($params, $req);
	my $result = eval { $function->($self, \%in) };
	return $reply->($self->answer_to_death($@)) unless defined $result;
	$reply->(@$result);
}

sub find ($path)
{
	$path =~ s{(?<=.)/\z}{};
	for my $route (@ROUTES) {
		next unless $path =~ $route->[0];
		return ($route->[1], map { $_ => url_unescape $+{$_} } keys %+);
	}
	return ();
}

# Query and body as one; nothing when the body cannot be read
sub params ($req)
{
	my %params = form($req->{query} // '');
	return \%params unless length($req->{body} // '');
	return { %params, form($req->{body}) } unless ($req->{headers}{'content-type'} // '') =~ m{\Aapplication/json}i;
	my $json = eval { decode_json($req->{body}) };
	return ref $json eq 'HASH' ? { %params, %$json } : undef;
}

sub form ($text)
{
	return map { my ($name, $value) = split /=/, $_, 2; map { url_unescape((($_ // '') =~ tr/+/ /r)) } $name, $value }
		grep { length } split /&/, $text;
}

# Late, with nothing but the reason
sub turn_away ($self, $reason, $reply, $has_body = 0)
{
	$reply->($self->error(401, $reason, { has_no_body => !$has_body }), $self->set->{auth_delay_ms} / 1000);
}

# Functions die with [status, reason, more] to answer an error
sub fail ($status, $reason, %more) { die [$status, $reason, \%more] }

sub answer_to_death ($self, $death)
{
	return ($self->error(@$death[0 .. 2]), $death->[2]{delay} // 0) if ref $death eq 'ARRAY';
	warn $death;
	return $self->error(500, 'internal error of the stand-in');
}

sub has_message ($self) { return $self->set->{error_message} // $self->pve->{has_message} }

# The text is in the reason; newer releases repeat it in the body
sub error ($self, $status, $reason, $more = {})
{
	my $line = Peer::Trouble::bytes($reason) =~ s/[\r\n]+/ /gr =~ s/ \z//r;
	my %answer = (status => $status, reason => $line, close => 1, headers => [usual_headers()]);
	return { %answer, body => '', no_length => 1 } if $more->{has_no_body};
	my %body = (data => 'null');
	$body{message} = text("$reason\n") if $self->has_message;
	$body{errors} = object({ map { $_ => text($more->{errors}{$_}) } keys %{$more->{errors}} }) if $more->{errors};
	return { %answer, body => object(\%body), headers => [json_type(), usual_headers()] };
}

sub json_type { return 'Content-Type: application/json;charset=UTF-8' }

sub data ($json, %more)
{
	my $body = object({ data => $json, %more });
	return [{ body => $body, headers => [json_type(), usual_headers()] }];
}

sub wrong_params (%errors) { fail(400, 'Parameter verification failed.', errors => \%errors) }

sub only ($in, @known)
{
	my %known = map { $_ => 1 } @known;
	my @odd = grep { !$known{$_} } keys %{$in->{params}};
	wrong_params(map { $_ => 'property is not defined in schema and the schema does not allow additional properties' }
		@odd) if @odd;
}

sub one_of ($in, $name, @allowed)
{
	my $value = $in->{params}{$name};
	return undef unless defined $value;
	wrong_params($name => "value '$value' does not have a value in the enumeration '@{[join ', ', @allowed]}'")
		unless grep { $_ eq $value } @allowed;
	return $value;
}

sub whole ($in, $name)
{
	my $value = $in->{params}{$name};
	return undef unless defined $value;
	wrong_params($name => "type check ('integer') failed - got '$value'") unless $value =~ /\A\d+\z/a;
	return $value;
}

sub need ($self, $in, $path, $privilege, $pool = undef)
{
	fail(403, "Permission check failed ($path, $privilege)")
		unless $self->access->may($in->{caller}, $path, $privilege, $pool);
}

# The node of the path, which must exist and be reachable from the one that answers
sub node_of ($self, $in)
{
	my $name = $in->{node};
	my $node = $self->cluster->node($name);
	if (!$node) {
		fail(596, "no such cluster node '$name'", has_no_body => 1) if $self->cluster->node(lc $name =~ s/\..*//sr);
		fail(500, "hostname lookup '$name' failed - failed to get address info for: $name: Name or service not known");
	}
	fail($node->{error}, $node->{reason}, has_no_body => 1, delay => ($self->set->{proxy_ms} // $node->{delay_ms}) / 1000)
		if $self->cluster->is_away($node);
	return $node;
}

sub guest_of ($self, $in)
{
	my ($id, $type) = @$in{qw(vmid type)};
	wrong_params(vmid => "invalid format - value does not look like a valid VM ID\n") unless $id =~ /\A[1-9]\d{2,8}\z/a;
	my $guest = $self->cluster->guests->{$id};
	return $guest if $guest && $guest->{type} eq $type && $guest->{node} eq $in->{node};
	my $dir = $type eq 'qemu' ? 'qemu-server' : 'lxc';
	fail(500, "Configuration file 'nodes/$in->{node}/$dir/$id.conf' does not exist");
}

# Before anything is known about the guest but its number
sub need_guest ($self, $in, $privilege)
{
	my $guest = $self->cluster->guests->{$in->{vmid}};
	$self->need($in, "/vms/$in->{vmid}", $privilege, $guest && $guest->{pool});
}

sub version ($self, $in)
{
	$self->node_of($in) if defined $in->{node};
	return data(object({ map { $_ => text($self->pve->{$_}) } qw(version release repoid) }));
}

sub null ($self, $in) { return data('null') }

sub ticket ($self, $in)
{
	my $params = $in->{params};
	only($in, qw(username password otp path privs realm tfa-challenge new-format));
	my @missing = grep { !defined $params->{$_} } qw(username password);
	wrong_params(map { $_ => 'property is missing and it is not optional' } @missing) if @missing;
	my $user = $params->{username} . (defined $params->{realm} && $params->{username} !~ /@/ ? "\@$params->{realm}" : '');
	my $ticket = $self->access->issue_ticket($user, $params->{password})
		// return [$self->error(401, 'authentication failure'), $self->set->{auth_delay_ms} / 1000];
	return data(object({ (map { $_ => text($ticket->{$_}) } keys %$ticket), clustername => '"home"',
		cap => '{"vms":{"VM.Audit":1},"nodes":{"Sys.Audit":1},"storage":{},"access":{},"dc":{},"sdn":{}}' }));
}

sub permissions ($self, $in)
{
	only($in, qw(path userid));
	my $path = $in->{params}{path};
	return data(from_perl($self->access->effective($in->{caller}, defined $path ? $path : ())));
}

sub cluster_resources ($self, $in)
{
	only($in, 'type');
	my $type = one_of($in, 'type', qw(vm storage node sdn));
	my $answer = { headers => [json_type(), usual_headers()] };
	my $wants_gzip = $self->set->{gzip} && ($in->{req}{headers}{'accept-encoding'} // '') =~ /\bgzip\b/;
	$answer->{body} = $self->resources->text($in->{caller}, $type, $wants_gzip);
	push @{$answer->{headers}}, 'Content-Encoding: gzip' if $wants_gzip && $answer->{body} =~ /\A\x1f\x8b/;
	return [$answer];
}

sub cluster_status ($self, $in)
{
	$self->need($in, '/', 'Sys.Audit');
	my @nodes = @{$self->cluster->nodes};
	my @rows = map { object({ type => '"node"', id => text("node/$_->{name}"), name => text($_->{name}), level => '""',
		nodeid => $_->{index}, ip => text("192.0.2.$_->{index}"), local => $_ == $nodes[0] ? 1 : 0,
		online => $_->{status} eq 'offline' ? 0 : 1 }) } @nodes;
	return data(array(object({ type => '"cluster"', id => '"cluster"', name => '"home"', version => scalar @nodes,
		nodes => scalar @nodes, quorate => 1 }), @rows));
}

sub nodes ($self, $in)
{
	only($in);
	my @rows = map {
		object(node_row($self->cluster, $_, $self->pve, $self->access->may($in->{caller}, "/nodes/$_->{name}", 'Sys.Audit')))
	} @{$self->cluster->nodes};
	return data(array(@rows));
}

sub status_of_node ($self, $in)
{
	$self->need($in, "/nodes/$in->{node}", 'Sys.Audit');
	my $node = $self->node_of($in);
	only($in);
	return data(object(node_status($self->cluster, $node, $self->pve)));
}

# Reboot and shutdown of a node itself
sub node_command ($self, $in)
{
	$self->need($in, "/nodes/$in->{node}", 'Sys.PowerMgmt');
	my $node = $self->node_of($in);
	only($in, 'command');
	my $command = one_of($in, 'command', qw(reboot shutdown)) // wrong_params(command =>
		'property is missing and it is not optional');
	push @{$self->received}, { at => $self->now, node => $node->{name}, action => $command, caller => $in->{caller}{name} };
	$command eq 'reboot' ? $self->cluster->reboot_node($node->{name}) : $self->cluster->set_status($node, 'offline');
	$self->resources->renew;
	return data('null');
}

sub rrd ($self, $in, $one)
{
	only($in, qw(timeframe cf));
	wrong_params(timeframe => 'property is missing and it is not optional') unless defined $in->{params}{timeframe};
	my $timeframe = one_of($in, 'timeframe', timeframes($self->pve));
	my $cf = one_of($in, 'cf', qw(AVERAGE MAX)) // 'AVERAGE';
	return data(array(rrd_rows($self->cluster, $one, $self->pve, $timeframe, $cf, $self->set->{rrd_tail})));
}

sub node_rrd ($self, $in)
{
	$self->need($in, "/nodes/$in->{node}", 'Sys.Audit');
	return $self->rrd($in, $self->node_of($in));
}

sub guest_rrd ($self, $in)
{
	$self->need_guest($in, 'VM.Audit');
	$self->node_of($in);
	return $self->rrd($in, $self->guest_of($in));
}

# Any login; what may not be seen is not there
sub guests ($self, $in)
{
	my $node = $self->node_of($in);
	only($in, $in->{type} eq 'qemu' ? 'full' : ());
	my $is_full = $in->{params}{full};
	my $is_cold = $self->set->{cold_cpu} && $node->{lists}++ < 2;
	my @guests = grep { $_->{type} eq $in->{type} && $self->access->may($in->{caller}, "/vms/$_->{vmid}", 'VM.Audit',
		$_->{pool}) } $self->cluster->guests_of($node->{name});
	my @rows;
	for my $guest (sort { $a->{order} <=> $b->{order} } @guests) {
		my $row = guest_row($self->cluster, $guest, $self->pve, $is_cold);
		$row->{qmpstatus} //= text($guest->{state}) if $is_full;
		push @rows, object($row);
	}
	return data(array(@rows));
}

sub current ($self, $in)
{
	$self->need_guest($in, 'VM.Audit');
	my $node = $self->node_of($in);
	my $guest = $self->guest_of($in);
	only($in);
	my $data = data(object(guest_current($self->cluster, $guest, $self->pve, 0)));
	push @$data, $self->set->{hung_ms} / 1000 if $guest->{hung};
	return $data;
}

sub action ($self, $in)
{
	my ($action, $type, $id) = @$in{qw(action type vmid)};
	fail(501, "Method 'POST /nodes/$in->{node}/$type/$id/status/$action' not implemented")
		unless Proxmox::Tasks::knows($type, $action);
	my $row = { at => $self->now, node => $in->{node}, type => $type, vmid => $id, action => $action,
		params => $in->{params}, caller => $in->{caller}{name} };
	$self->http->counters->{actions}{"$type/$id/$action"}++;
	push @{$self->received}, $row;
	shift @{$self->received} if @{$self->received} > 200;
	my $upid = eval { $self->begin_action($in, $action) };
	return data($self->tasks->set->{no_upid} ? 'null' : text($row->{upid} = $upid)) if defined $upid;
	$row->{refused} = ref $@ ? $@->[1] : "$@";
	die $@;
}

sub begin_action ($self, $in, $action)
{
	$self->need_guest($in, 'VM.PowerMgmt');
	$self->node_of($in);
	only($in, @{$ACTION_PARAMS{$action}});
	wrong_params(skiplock => 'Only root may use this option.')
		if $in->{params}{skiplock} && $in->{caller}{name} ne 'root@pam';
	my $guest = $self->guest_of($in);
	whole($in, 'timeout');
	my $wanted = $self->wanted_refusal($guest, $action);
	fail($wanted->{status} // 500, $wanted->{reason} // 'got no worker upid - start worker failed', %$wanted) if $wanted;
	my $reason = $self->tasks->refusal($guest, $action);
	fail(500, $reason) if defined $reason;
	return $self->tasks->begin($guest, $action, $in->{caller}, $in->{params});
}

sub wanted_refusal ($self, $guest, $action)
{
	my $fail = $self->tasks->set->{fail_actions};
	my ($found) = grep { defined } @$fail{"$guest->{vmid}/$action", $guest->{vmid}, $action, '*'};
	return !defined $found || ref $found ? $found : { reason => $found };
}

sub task_of ($self, $in)
{
	wrong_params(upid => "unable to parse worker upid '$in->{upid}'")
		unless $in->{upid} =~ /\AUPID:[^:]+:(?:[0-9A-F]+:){3}/;
	$self->node_of($in);
	my $task = $self->tasks->by_upid->{$in->{upid}};
	wrong_params(upid => 'no such task') if !$task || $task->{node} ne $in->{node};
	$self->need($in, "/nodes/$in->{node}", 'Sys.Audit') if $task->{owner} ne $in->{caller}{name};
	return $task;
}

sub task_status ($self, $in)
{
	my $task = $self->task_of($in);
	only($in);
	my %row = ((map { $_ => text($task->{$_}) } qw(upid node type id user)), map { $_ => $task->{$_} }
		qw(pid pstart starttime));
	my $exit = $self->tasks->exit_status($task);
	$row{status} = defined $exit ? '"stopped"' : '"running"';
	$row{exitstatus} = text($exit) if defined $exit;
	$row{tokenid} = text($task->{tokenid}) if defined $task->{tokenid};
	return data(object(\%row));
}

sub task_log ($self, $in)
{
	my $task = $self->task_of($in);
	my $exit = $self->tasks->exit_status($task) // return data('[]', total => 0);
	my $line = $exit =~ /\A(?:OK|WARNINGS)/ ? "TASK $exit" : "TASK ERROR: $exit";
	return data(array(object({ n => 1, t => text($line) })), total => 1);
}

sub node_tasks ($self, $in)
{
	$self->node_of($in);
	only($in, qw(limit start vmid userfilter typefilter errors since until source statusfilter));
	my $source = one_of($in, 'source', qw(archive active all)) // 'archive';
	my ($start, $limit) = (whole($in, 'start') // 0, whole($in, 'limit') // 50);
	my $vmid = $in->{params}{vmid};
	my @all = grep { $_->{node} eq $in->{node} && (!defined $vmid || $_->{id} eq $vmid) } $self->visible_tasks($in);
	my %running = map { $_->{upid} => 1 } grep { $self->tasks->is_running($_) } @all;
	@all = grep { $source eq 'all' || ($source eq 'active') == !!$running{$_->{upid}} } @all;
	my @page = grep { defined } @all[$start .. ($start + $limit > @all ? $#all : $start + $limit - 1)];
	return data(array(map { $self->task_row($_) } @page), total => scalar @all);
}

sub visible_tasks ($self, $in)
{
	return reverse grep { $_->{owner} eq $in->{caller}{name}
		|| $self->access->may($in->{caller}, "/nodes/$_->{node}", 'Sys.Audit') } @{$self->tasks->list};
}

sub cluster_tasks ($self, $in)
{
	return data(array(map { $self->task_row($_) } ($self->visible_tasks($in))[0 .. 24]));
}

# In lists the end is the status, and the user has the token with it
sub task_row ($self, $task)
{
	return () unless $task;
	my %row = ((map { $_ => text($task->{$_}) } qw(upid node type id)), user => text($task->{owner}),
		map { $_ => $task->{$_} } qw(pid pstart starttime));
	my $exit = $self->tasks->exit_status($task);
	@row{qw(status endtime)} = (text($exit), int $task->{ends}) if defined $exit;
	return object(\%row);
}

# What goes wrong with a request: the nearest rule wins
sub trouble_for ($self, $req)
{
	my $rules = $self->misbehave;
	return undef unless %$rules;
	my $path = $req->{path} =~ s{\A/api2/json}{}r;
	my ($last) = $path =~ m{([^/]+)\z};
	my @keys = ("$req->{method} $path", $path, $last // (), (grep { /.\*\z/ } sort keys %$rules), $req->{method}, '*');
	for my $key (grep { exists $rules->{$_} } @keys) {
		my $prefix = $key =~ s/\*\z//r;
		next if $prefix ne $key && index $path, $prefix;
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

1;
