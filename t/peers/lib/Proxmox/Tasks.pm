# Power actions and the tasks they become: accepted at once, done later, or refused
package Proxmox::Tasks;
use Mojo::Base -base, -signatures;
use Peer::Noise 'noise';

has 'cluster';
has list => sub { [] };           # oldest first
has by_upid => sub { {} };
has count => 0;
has set => sub { default_settings() };

use constant KEPT => 500;

my %TYPE = (
	qemu => { start => 'qmstart', stop => 'qmstop', shutdown => 'qmshutdown', reboot => 'qmreboot', reset => 'qmreset',
		suspend => 'qmpause', resume => 'qmresume' },
	lxc => { start => 'vzstart', stop => 'vzstop', shutdown => 'vzshutdown', reboot => 'vzreboot',
		suspend => 'vzsuspend', resume => 'vzresume' },
);

# task_ms: how long a task takes, one number or by action; timeout_ms: in vain waiting for a shutdown (60 s in
# reality); ha_ms: from the end of a request to the HA manager to the change of the guest
sub default_settings
{
	return { task_ms => 200, task_exit => {}, timeout_ms => 1000, ha_ms => 500, unexpected_ms => 0, fail_actions => {},
		no_upid => 0 };
}

sub knows ($type, $action) { return exists $TYPE{$type}{$action} }

# Why the call itself is turned down, or nothing
sub refusal ($self, $guest, $action)
{
	my ($id, $state) = @$guest{qw(vmid state)};
	my $runs = $state ne 'stopped';
	if ($guest->{type} eq 'lxc') {
		return "CT $id already running" if $runs && $action =~ /\A(?:start|resume)\z/;
		return "VM $id not running" if !$runs && $action eq 'reboot';
		return "CT $id not running" if !$runs && $action =~ /\A(?:stop|shutdown|suspend)\z/;
		return undef;
	}
	return undef if !$runs && $action eq 'resume' && ($guest->{lock} // '') eq 'suspended';
	return "VM $id not running" if !$runs && $action =~ /\A(?:reset|reboot|suspend|resume)\z/;
	return 'VM is paused - cannot shutdown' if $state eq 'paused' && $action =~ /\A(?:shutdown|reboot)\z/;
	return undef;
}

# The UPID of a new task
sub begin ($self, $guest, $action, $caller, $params)
{
	my $type = $TYPE{$guest->{type}}{$action};
	$type = 'qmsuspend' if $type eq 'qmpause' && $params->{todisk};
	my $is_ha = $guest->{ha} && $action =~ /\A(?:start|stop|shutdown)\z/;
	$type = $action eq 'start' ? 'hastart' : 'hastop' if $is_ha;
	my $task = $self->new_task($guest->{node}, $type, $guest->{vmid}, $caller);
	@$task{qw(guest action params is_ha)} = ($guest->{vmid}, $action, $params, $is_ha);
	my ($exit, $ms) = $self->outcome($guest, $action, $params);
	@$task{qw(exitstatus ends)} = ($exit, $ms < 0 ? undef : $task->{at} + $ms / 1000);
	return $task->{upid};
}

sub new_task ($self, $node, $type, $id, $caller)
{
	$self->count($self->count + 1);
	my $now = $self->cluster->now->();
	my $pid = 10000 + ($self->count * 7919) % 4_000_000;
	my $pstart = int(($now - $self->cluster->node($node)->{booted}) * 100);
	my $task = { node => $node, type => $type, id => $id, pid => $pid, pstart => $pstart < 0 ? 0 : $pstart, at => $now,
		starttime => int $now, owner => $caller->{name}, user => $caller->{user}, tokenid => $caller->{tokenid} };
	$task->{upid} = sprintf 'UPID:%s:%08X:%08X:%08X:%s:%s:%s:', $node, @$task{qw(pid pstart starttime type id owner)};
	push @{$self->list}, $task;
	$self->by_upid->{$task->{upid}} = $task;
	delete $self->by_upid->{(shift @{$self->list})->{upid}} if @{$self->list} > KEPT;
	return $task;
}

# Exit status and milliseconds; less than 0 is a task that never ends
sub outcome ($self, $guest, $action, $params)
{
	my $set = $self->set;
	my $ms = ref $set->{task_ms} ? $set->{task_ms}{$action} // 200 : $set->{task_ms};
	my $wanted = $self->wanted_exit($guest, $action);
	return ($wanted, $ms) if defined $wanted;
	return $self->in_vain($params) if $action =~ /\A(?:shutdown|reboot)\z/ && $guest->{ignores_shutdown}
		&& $guest->{state} eq 'running';
	return ($self->natural_exit($guest, $action), $ms);
}

sub in_vain ($self, $params)
{
	my $ms = exists $params->{timeout} ? $params->{timeout} * 1000 : $self->set->{timeout_ms};
	return ($params->{forceStop} ? 'OK' : 'VM quit/powerdown failed - got timeout', $ms);
}

# What a control wants: a text for all, or by action, vmid, or vmid/action
sub wanted_exit ($self, $guest, $action)
{
	my $exit = $self->set->{task_exit};
	return $exit unless ref $exit;
	my ($found) = grep { defined } @$exit{"$guest->{vmid}/$action", $guest->{vmid}, $action, '*'};
	return $found;
}

sub natural_exit ($self, $guest, $action)
{
	my ($id, $lock, $runs) = (@$guest{qw(vmid lock)}, $guest->{state} ne 'stopped');
	my $kind = $guest->{type} eq 'qemu' ? 'VM' : 'CT';
	return "$kind is locked ($lock)" if defined $lock && $lock !~ /\A(?:suspended)?\z/;
	return "you can't start a " . ($kind eq 'VM' ? 'vm' : 'CT') . " if it's a template"
		if $guest->{template} && $action eq 'start';
	return "VM $id already running" if $kind eq 'VM' && $action eq 'start' && $runs;
	return "command 'lxc-checkpoint -s -n $id -D /var/lib/vz/dump' failed: exit code 1"
		if $kind eq 'CT' && $action =~ /\A(?:suspend|resume)\z/;
	return 'OK';
}

# Ends what is due; guests change when their task has done its work
sub settle ($self)
{
	my $now = $self->cluster->now->();
	my $changed = 0;
	for my $task (@{$self->list}) {
		next if $task->{is_settled} || !defined $task->{ends};
		my $due = $task->{ends} + ($task->{is_ha} ? $self->set->{ha_ms} / 1000 : 0);
		next if $due > $now;
		$task->{is_settled} = 1;
		next unless ($task->{exitstatus} // '') =~ /\A(?:OK|WARNINGS: \d+)\z/;
		$self->apply($task);
		$changed = 1;
	}
	return $changed;
}

# A reset keeps the process, its uptime and its counters
sub apply ($self, $task)
{
	my $guest = defined $task->{guest} ? $self->cluster->guests->{$task->{guest}} : undef;
	return unless $guest;
	my $action = $task->{action};
	my $set = sub ($state) { $self->cluster->set_state($guest, $state) };
	delete $guest->{lock} if $action =~ /\A(?:start|resume)\z/ && ($guest->{lock} // '') eq 'suspended';
	return suspend($guest, $task, $set) if $action eq 'suspend';
	$set->('stopped') if $action =~ /\A(?:stop|shutdown|reboot)\z/;
	$set->('running') if $action =~ /\A(?:start|resume|reboot)\z/;
}

sub suspend ($guest, $task, $set)
{
	return $set->('paused') unless $task->{params}{todisk};
	$guest->{lock} = 'suspended';
	return $set->('stopped');
}

sub is_running ($self, $task)
{
	return !defined $task->{ends} || $task->{ends} > $self->cluster->now->();
}

# Undef while it runs
sub exit_status ($self, $task)
{
	return undef if $self->is_running($task);
	return 'unexpected status' if $self->cluster->now->() < $task->{ends} + $self->set->{unexpected_ms} / 1000;
	return $task->{exitstatus};
}

sub forget ($self)
{
	@{$self->list} = ();
	%{$self->by_upid} = ();
}

1;
