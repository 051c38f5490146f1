# The mutations of t/mutants: a patch each, under a sentence that says what breaks and lines that name the tests that
# are to notice it
package Hearth::Mutant;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
use Mojo::File 'path';

our @EXPORT_OK = qw(mutants_read patch_run);

# All of a tree, in order: [{ name, sentence, tests, file }]
sub mutants_read ($top)
{
	return [map { _read($_) } sort { $a cmp $b } glob "$top/t/mutants/*.patch"];
}

sub _read ($file)
{
	my ($head) = split /^---/m, path($file)->slurp, 2;
	my ($sentence) = $head =~ /\A(.*)/;
	return {
		name => path($file)->basename('.patch'),
		sentence => $sentence,
		tests => [$head =~ /^Noticed-by: (\S+)$/mg],
		file => $file,
	};
}

# What patch says when it cannot do it; "" when it can. Lines may have moved, but what stands around them is the same.
sub patch_run ($top, $mutant, @options)
{
	open my $said, '-|', 'sh', '-c', 'exec patch "$@" 2>&1', 'sh', '-d', $top, '-p1', '-s', '-f', '-F0',
		'--no-backup-if-mismatch', '-r', '-', '-i', $mutant->{file}, @options or die "patch: $!\n";
	my $text = do { local $/; readline $said } // '';
	close $said;
	return $? ? "$mutant->{name}: $text" : '';
}

1;
