# Keeps the state of the box in a file, so that the same box is back after a restart
package Fritzbox::Store;
use Mojo::Base -base, -signatures;
use Mojo::File 'path';
use Mojo::JSON qw(decode_json encode_json);

has 'file';
has 'box';
has 'pem';

my @LINE = qw(link connection error ip ipv6 up_bps down_bps sent received since at rate reconnects);
my @HOME = qw(is_lively hosts changes next_index);
my @DIGEST = qw(user password);

sub save ($self)
{
	return unless defined $self->file;
	my $box = $self->box;
	$box->line->settle;
	my %state = (
		type => $box->type, seed => $box->seed, ahead => $box->ahead, booted => $box->booted, set => $box->set,
		line => take($box->line, @LINE), home => take($box->home, @HOME), pem => $self->pem,
		digest => take($box->digest, @DIGEST),
	);
	path($self->file . '.tmp')->spurt(encode_json(\%state))->move_to($self->file);
}

sub take ($from, @names) { return { map { $_ => $from->$_ } @names } }

sub give ($to, $values)
{
	$to->$_($values->{$_}) for keys %$values;
}

# Returns false when there is nothing to load, or another kind of box was kept there
sub load ($self)
{
	return 0 unless defined $self->file && -s $self->file;
	my $box = $self->box;
	my $state = decode_json(path($self->file)->slurp);
	return 0 if $state->{type} ne $box->type || $state->{seed} ne $box->seed;
	$box->ahead($state->{ahead})->booted($state->{booted});
	$box->set({ %{$box->set}, %{$state->{set}} });
	give($box->line, $state->{line});
	give($box->home, $state->{home});
	give($box->digest, $state->{digest});
	$self->pem($state->{pem});
	return 1;
}

1;
