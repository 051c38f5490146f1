#!/usr/bin/perl
# The OpenAPI documents are sound, and a client made from one of them by a tool that knows nothing of Hearth works
use Mojo::Base -strict, -signatures;
use Cwd 'abs_path';
use File::Basename 'dirname';
use lib dirname(__FILE__) . '/lib';
use Hearth::Instance;
use Hearth::Node;
use Mojo::File 'path';
use Mojo::JSON 'decode_json';
use Test::More;

my $TOP = abs_path(dirname(__FILE__) . '/..');
my $missing = Hearth::Node::missing();
my $TOOLS = $missing ? undef : Hearth::Node::install('t/tools');
$missing //= 'the tools of t/tools cannot be installed here' unless $TOOLS;
$TOOLS = path($TOOLS) if $TOOLS;

$ENV{REDOCLY_TELEMETRY} = 'off';
$ENV{REDOCLY_SUPPRESS_UPDATE_NOTICE} = 'true';
subtest 'documents' => \&test_documents;
subtest 'served documents' => \&test_served;
subtest 'generated client' => \&test_client;
done_testing;

# Runs a line of shell in the folder of the tools; says what it said when it failed.
sub run ($line)
{
	my $dir = $TOOLS // $TOP;
	open my $out, '-|', 'sh', '-c', "cd \"\$1\" && { $line ; } 2>&1", 'sh', $dir or die "sh: $!\n";
	my $said = do { local $/; readline $out };
	return 1 if close $out;
	diag "$line\n$said";
	return 0;
}

sub write_file ($file, $text)
{
	open my $out, '>', $file or die "$file: $!\n";
	print $out $text;
	close $out or die "$file: $!\n";
}

# Words of its own are no matter of these rules: the licence lies beside the program, tags are the families' words,
# and some operations cannot be refused.
sub test_documents
{
	plan skip_all => $missing if $missing;
	my @documents = glob "$TOP/schema/openapi/*.json";
	cmp_ok(scalar @documents, '>', 2, 'there are documents');
	my $skip = join ' ', map { "--skip-rule $_" } qw(info-license tag-description operation-4xx-response);
	for my $document (@documents) {
		ok(run("npx --no-install redocly lint '$document' --max-problems 20 $skip"), path($document)->basename);
	}
}

sub instance
{
	state $hearth = Hearth::Instance->new(config => { AUTH_NETWORK_RATE_PER_MINUTE => 100,
		APP_PUBLIC_URL => 'https://home.example.org' });
	return $hearth;
}

sub test_served
{
	for my $family (qw(all network recorder)) {
		my $mount = $family eq 'all' ? '' : "/$family";
		my $res = instance()->get("$mount/openapi.json");
		is($res->code, 200, "$mount/openapi.json");
		my $served = $res->json;
		my $kept = decode_json(path($TOP, 'schema', 'openapi', "$family.json")->slurp);
		is($served->{servers}[0]{url}, instance()->url($mount), 'says where it was fetched from');
		delete @$_{servers} for $served, $kept;
		is_deeply($served, $kept, 'is the document that is checked in');
		my $tag = $res->headers->etag;
		like($tag // '', qr/"/, 'has an ETag');
		is(instance()->get("$mount/openapi.json", { 'If-None-Match' => $tag })->code, 304, 'which saves the rest');
		my $docs = instance()->get("$mount/docs");
		is($docs->code, 200, "$mount/docs");
		like($docs->headers->content_type, qr{\Atext/html}, 'is a page');
		unlike($docs->body, qr{(?:src|href)="(?:https?:)?//}, 'that loads nothing from elsewhere');
		like($docs->headers->header('Content-Security-Policy') // '', qr/default-src 'none'/, 'and may not');
		for my $file ($docs->body =~ /(?:src|href)="(\/[^"]+)"/g) {
			is(instance()->get($file)->code, 200, "$file is there");
		}
	}
	my $outside = instance()->get('/network/openapi.json', { Host => 'home.example.org' });
	is($outside->json('/servers/0/url'), 'https://home.example.org/network', 'behind a proxy that ends TLS, too');
	my $hostile = instance()->get('/network/openapi.json', { Host => 'a"b' })->json;
	ok(!$hostile || $hostile->{openapi}, 'a strange host does not break it');
}

sub test_client
{
	plan skip_all => $missing if $missing;
	my $password = instance()->user('client', 'member');
	my $url = instance()->url('/network');
	my ($generated, $program) = ($TOOLS->child('generated'), $TOOLS->child('program'));
	$_->remove_tree for $generated, $program;
	ok(run("npx --no-install openapi-ts -i '$url/openapi.json' -o generated -c \@hey-api/client-fetch"), 'generated')
		or return;
	like($generated->child('client.gen.ts')->slurp, qr/\Q$url\E/, 'knows its server');
	ok(run('npx --no-install tsc --strict --target es2022 --lib es2022,dom,dom.iterable --module commonjs '
		. '--moduleResolution node10 --skipLibCheck --outDir program client.ts'), 'compiled') or return;
	write_file($program->child('package.json'), '{"type": "commonjs"}');
	open my $out, '-|', 'node', $program->child('client.js'), $url, 'client', $password or die "node: $!\n";
	my $said = do { local $/; readline $out };
	ok(close $out, 'ran');
	is_deeply(eval { decode_json($said) } // $said, {
		health => 200,
		refused => [401, 'Unauthorized'],
		login => [200, 'bearer'],
		made => [201, 'client'],
		history => [200, Mojo::JSON::true, 5],
		invalid => [422, 'Invalid input: limit must be between 1 and 1000'],
		revoked => 204,
	}, 'its calls do what the document says');
}
