# Who calls, and what they may see and do: users, API tokens, tickets, privileges by path
package Proxmox::Access;
use Mojo::Base -base, -signatures;
use Digest::SHA qw(hmac_sha256_base64 sha256_hex);
use Mojo::Util qw(url_unescape);

use constant TICKET_SECONDS => 7200;

my @AUDIT = qw(Datastore.Audit Mapping.Audit Pool.Audit SDN.Audit Sys.Audit VM.Audit);
my %ROLES = (
	none => [], NoAccess => [], PVEAuditor => \@AUDIT, auditor => \@AUDIT, power => [@AUDIT, 'VM.PowerMgmt'],
	PVEVMUser => [qw(VM.Audit VM.Backup VM.Config.CDROM VM.Config.Cloudinit VM.Console VM.GuestAgent.Audit VM.PowerMgmt)],
	admin => [@AUDIT, qw(Datastore.Allocate Datastore.AllocateSpace Permissions.Modify Sys.Console Sys.Modify
		Sys.PowerMgmt Sys.Syslog VM.Allocate VM.Config.Disk VM.Config.Options VM.Console VM.Migrate VM.PowerMgmt)],
);
$ROLES{Administrator} = $ROLES{admin};

has 'now';
has users => sub { {} };      # name => { password, acl, is_enabled }
has tokens => sub { {} };     # "user!id" => { secret, acl, privsep, expire }
has secret => sub { sha256_hex(join ' ', map { rand } 1 .. 8) };
has wording => 'new';         # of refusals: new or old
has counters => sub { new_counters() };

sub new_counters
{
	return { failed_logins => 0, logins => 0, tickets_issued => 0, token_calls => 0, ticket_calls => 0,
		csrf_failures => 0, no_credentials => 0 };
}

# A role, a list of privileges, or { path: role or list } as rights by path
sub acl ($given)
{
	$given = { '/' => $given } if ref $given ne 'HASH';
	return { map { $_ => { map { $_ => 1 } privileges($given->{$_}) } } keys %$given };
}

sub privileges ($given)
{
	return @$given if ref $given eq 'ARRAY';
	return @{$ROLES{$given} // die "no such role: $given; there are: @{[sort keys %ROLES]}\n"};
}

# The caller of a request, or { refused: reason }
sub caller_of ($self, $req)
{
	my $header = $req->{headers}{authorization} // '';
	return $self->by_token($1) if $header =~ /\APVEAPIToken[= ]([^;]*)/;
	return $self->by_ticket($req, url_unescape $1)
		if ($req->{headers}{cookie} // '') =~ /(?:\A|;\s*)PVEAuthCookie=([^;]*)/;
	$self->counters->{no_credentials}++;
	return { refused => 'No ticket' };
}

sub by_token ($self, $text)
{
	$text = url_unescape $text;
	return $self->refuse('invalid token value!') unless $text =~ /\A([^\s!=]+\@[^\s!=]+)!([^\s!=]+)=(.*)\z/s;
	my ($user, $id, $secret) = ($1, $2, $3);
	my $token = $self->tokens->{"$user!$id"};
	return $self->refuse("no such token '$id' for user '$user'") if !$token || !$self->is_active($user);
	return $self->refuse("token '$id' access expired") if $token->{expire} && $token->{expire} <= $self->now->();
	return $self->refuse('invalid token value!') if $secret ne $token->{secret};
	$self->counters->{token_calls}++;
	return { name => "$user!$id", user => $user, tokenid => $id, acls => [($token->{privsep} ? $token->{acl} : ()),
		$self->users->{$user}{acl}] };
}

sub is_active ($self, $user)
{
	my $entry = $self->users->{$user};
	return $entry && ($entry->{is_enabled} // 1);
}

sub refuse ($self, $old)
{
	$self->counters->{failed_logins}++;
	return { refused => $self->wording eq 'old' ? $old : 'Authentication failed!' };
}

sub by_ticket ($self, $req, $ticket)
{
	my $user = $self->ticket_user($ticket) // return $self->refuse('permission denied - invalid PVE ticket');
	my $csrf = $req->{headers}{csrfpreventiontoken} // '';
	if ($req->{method} ne 'GET' && !$self->is_csrf($csrf, $user)) {
		$self->counters->{csrf_failures}++;
		return { refused => 'Permission denied - invalid csrf token' };
	}
	$self->counters->{ticket_calls}++;
	return { name => $user, user => $user, acls => [$self->users->{$user}{acl}] };
}

sub ticket_user ($self, $ticket)
{
	return undef unless $ticket =~ /\APVE:([^:]+):([0-9A-F]{8})::(.+)\z/s;
	my ($user, $at, $signature) = ($1, hex $2, $3);
	my $age = $self->now->() - $at;
	return undef if $signature ne $self->sign("$user:$2") || $age > TICKET_SECONDS || $age < -300;
	return $self->is_active($user) ? $user : undef;
}

# Some 400 bytes, as a real signature makes them
sub sign ($self, $text)
{
	return join '', (map { hmac_sha256_base64("$_ $text", $self->secret) } 1 .. 7), 'qz==';
}

sub is_csrf ($self, $given, $user)
{
	return $given =~ /\A([0-9A-F]{8}):(.+)\z/s && $2 eq hmac_sha256_base64("csrf $1 $user", $self->secret);
}

# A password, or a ticket that is still good. Nothing when it is wrong
sub issue_ticket ($self, $user, $password)
{
	my $entry = $self->is_active($user) ? $self->users->{$user} : undef;
	my $is_good = $entry && (defined $entry->{password} && $password eq $entry->{password}
		|| ($self->ticket_user($password) // '') eq $user);
	if (!$is_good) {
		$self->counters->{failed_logins}++;
		return undef;
	}
	$self->counters->{tickets_issued}++;
	$self->counters->{logins}++;
	my $at = sprintf '%08X', $self->now->();
	return { ticket => "PVE:$user:${at}::" . $self->sign("$user:$at"), username => $user,
		CSRFPreventionToken => "$at:" . hmac_sha256_base64("csrf $at $user", $self->secret) };
}

# What the nearest rule above the path says, in every list that counts for the caller
sub may ($self, $caller, $path, $privilege, $pool = undef)
{
	for my $acl (@{$caller->{acls}}) {
		next if $self->allows($acl, $path, $privilege);
		return 0 unless defined $pool && $self->allows($acl, "/pool/$pool", $privilege);
	}
	return 1;
}

sub allows ($self, $acl, $path, $privilege)
{
	while (1) {
		return $acl->{$path}{$privilege} if exists $acl->{$path};
		return 0 if $path eq '/';
		$path =~ s{/[^/]*\z}{};
		$path = '/' if $path eq '';
	}
}

# True when no rule is about a single machine, so that one look answers for all
sub is_flat ($caller, $kind)
{
	return !grep { grep { m{\A/(?:\Q$kind\E|pool)/} } keys %$_ } @{$caller->{acls}};
}

# { path: { privilege: 1 } } as the caller has them
sub effective ($self, $caller, @paths)
{
	my %all = map { $_ => 1 } map { keys %$_ } @{$caller->{acls}};
	@paths = (qw(/ /access /nodes /pool /sdn /storage /vms), keys %all) unless @paths;
	my %result;
	for my $path (@paths) {
		my @names = map { map { keys %$_ } values %$_ } @{$caller->{acls}};
		my @held = grep { $self->may($caller, $path, $_) } @names;
		$result{$path} = { map { $_ => 1 } @held } if @held;
	}
	return \%result;
}

1;
