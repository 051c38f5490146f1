# /cluster/resources: the whole cluster in one text, kept for ten seconds as the status cache of the real one is
package Proxmox::Resources;
use Mojo::Base -base, -signatures;
use IO::Compress::Gzip ();
use Proxmox::Access;
use Proxmox::Json qw(object array);
use Proxmox::Rows qw(node_resource guest_resource storage_resource sdn_resource pool_resource);

has 'api', undef, weak => 1;
has until => 0;
has rows => sub { [] };        # [kind, path, pool, text, node]
has texts => sub { {} };       # rights and type => body

my %KINDS = (vm => { vm => 1 }, node => { node => 1 }, storage => { storage => 1 }, sdn => { sdn => 1 });
my %NEEDS = (vm => 'VM.Audit', storage => 'Datastore.Audit', sdn => 'SDN.Audit', pool => 'Pool.Audit');

# Forget what is known: something changed
sub renew ($self)
{
	$self->until(0);
	delete @$self{qw(sorted lasting)};
	delete $_->{kept} for values %{$self->api->cluster->guests};
}

sub text ($self, $caller, $type, $wants_gzip)
{
	$self->collect if $self->api->now >= $self->until;
	my $key = join ' ', $type // '', ref $caller ? map { acl_key($_) } @{$caller->{acls}} : '';
	my $text = $self->texts->{$key} //= '{"data":' . array($self->visible($caller, $type)) . '}';
	return $text if !$wants_gzip || length $text < 1024;
	return $self->texts->{"gzip $key"} //= packed($text);
}

sub packed ($text)
{
	IO::Compress::Gzip::gzip(\$text => \my $packed, -Level => 1);
	return $packed;
}

sub acl_key ($acl)
{
	return join ';', map { "$_:" . join ',', sort keys %{$acl->{$_}} } sort keys %$acl;
}

sub collect ($self)
{
	my $api = $self->api;
	my ($cluster, $pve) = ($api->cluster, $api->pve);
	$self->until($api->now + $api->set->{cache_seconds});
	%{$self->texts} = ();
	my $sorted = $self->{sorted} //= [sort { $a->{order} <=> $b->{order} } values %{$cluster->guests}];
	my @rows = map { ['vm', "/vms/$_->{vmid}", $_->{pool}, guest_resource($cluster, $_, $pve)] } @$sorted;
	push @rows, map { ['node', "/nodes/$_->{name}", undef, object(node_resource($cluster, $_, $pve, 1)), $_] }
		@{$cluster->nodes};
	$self->rows([@rows, @{$self->{lasting} //= $self->lasting}]);
}

# Rows that change only when the cluster is changed
sub lasting ($self)
{
	my ($cluster, $pve) = ($self->api->cluster, $self->api->pve);
	my %pools = map { $_->{pool} => 1 } grep { defined $_->{pool} } values %{$cluster->guests};
	my @rows = map { ['pool', "/pool/$_", undef, object(pool_resource($_))] } sort keys %pools;
	push @rows, map { ['sdn', '/sdn', undef, object(sdn_resource($_, $pve))] } @{$cluster->nodes} if $pve->{major} >= 7;
	push @rows, map { ['storage', "/storage/$_->{name}", undef,
		object(storage_resource($_, $cluster->by_name->{$_->{node}}{status} ne 'online'))] } @{$cluster->storages};
	return \@rows;
}

sub visible ($self, $caller, $type)
{
	my $api = $self->api;
	my $access = $api->access;
	my $wanted = defined $type ? $KINDS{$type} : undef;
	my %flat = map { $_ => Proxmox::Access::is_flat($caller, $_) ? 1 : 0 } qw(vms nodes storage sdn);
	my %known;
	my @texts;
	for my $row (@{$self->rows}) {
		my ($kind, $path, $pool, $text, $node) = @$row;
		next if $wanted && !$wanted->{$kind};
		my $top = $flat{substr $path, 1, index($path, '/', 1) - 1} ? $kind : $path;
		my $may = $known{$top} //= $access->may($caller, $path, $NEEDS{$kind} // 'Sys.Audit', $pool) ? 1 : 0;
		push @texts, $may ? $text : $node ? object(node_resource($api->cluster, $node, $api->pve, 0)) : ();
	}
	return @texts;
}

1;
