# The ways in which a peer can misbehave; every function returns true when it took the request over
package Peer::Trouble;
use Mojo::Base -strict, -signatures;
use Mojo::IOLoop;

my %BEFORE = (
	slow => \&slow, hang => \&hang, close => \&cut, reset => \&reset, status => \&status, raw => \&raw,
	endless_header => \&endless_header,
);
my %AFTER = (
	drip => \&drip, half => \&half, endless => \&endless, garbage => \&garbage, html => \&html,
	wrong_type => \&wrong_type, doctype => \&doctype, external => \&external, huge => \&huge,
	deep => \&deep, empty => \&empty, redirect => \&redirect, truncated => \&truncated,
	no_length => \&no_length, chunked => \&chunked, bomb => \&doctype, unclosed => \&unclosed,
	body => \&body,
);

sub is_kind ($kind) { return exists $BEFORE{$kind} || exists $AFTER{$kind} }

sub kinds { return sort keys %BEFORE, keys %AFTER }

# Trouble that needs no answer, or comes before one
sub before ($http, $link, $req, $wrong)
{
	my $do = $BEFORE{$wrong->{kind}} or return 0;
	note($http, $req, $wrong);
	return $do->($http, $link, $req, $wrong);
}

# Trouble with the answer itself
sub after ($http, $link, $req, $answer, $wrong)
{
	my $do = $AFTER{$wrong->{kind}} or return 0;
	note($http, $req, $wrong);
	return $do->($http, $link, $req, $answer, $wrong);
}

sub note ($http, $req, $wrong)
{
	$http->counters->{misbehaved}{$wrong->{kind}}++;
	$wrong->{used}->() if $wrong->{used};
	$req->{row}{misbehaved} = $wrong->{kind};
}

sub slow ($http, $link, $req, $wrong)
{
	$http->later($link, $wrong->{seconds} // 2, sub { $http->answer($link, $req) });
	return 1;
}

sub hang ($http, $link, $req, $wrong)
{
	$req->{is_planned} = 1;
	return 1;
}

sub cut ($http, $link, $req, $wrong)
{
	$http->cut($link, $req, 0);
	return 1;
}

sub reset ($http, $link, $req, $wrong)
{
	$http->cut($link, $req, 1);
	return 1;
}

sub status ($http, $link, $req, $wrong)
{
	my $status = $wrong->{status} // 503;
	delete $req->{trouble};
	$http->send($link, $req, { status => $status, body => bytes($wrong->{body} // ''), close => 1,
		reason => defined $wrong->{reason} ? bytes($wrong->{reason}) : undef,
		headers => ['CONTENT-TYPE: ' . ($wrong->{type} // 'text/html')] });
	return 1;
}

# Not HTTP at all
sub raw ($http, $link, $req, $wrong)
{
	$req->{is_planned} = 1;
	$link->{stream}->write(pack 'C*', map { $_ * 7 % 256 } 1 .. 512);
	$link->{stream}->close_gracefully;
	return 1;
}

sub endless_header ($http, $link, $req, $wrong)
{
	$req->{is_planned} = 1;
	pour($http, $link, "HTTP/1.1 200 OK\r\n", sub ($n) { join '', map { "X-$n-$_: " . 'x' x 100 . "\r\n" } 1 .. 64 });
	return 1;
}

sub endless ($http, $link, $req, $answer, $wrong)
{
	$http->note_status($req, $answer->{status});
	$req->{is_planned} = 1;
	my $head = $http->head($answer, 1, undef) . $answer->{body};
	my $is_json = is_json($answer);
	$is_json ? $head =~ s/\]?\}\s*\z// : $head =~ s{</(?:List|s:Envelope)>\s*\z}{};
	my $item = $is_json ? ',{"id":"padding/%d","type":"padding"}' : "<Item><Index>%d</Index></Item>\n";
	pour($http, $link, $head, sub ($n) { sprintf($item, $n) x 1024 });
	return 1;
}

# Writes for ever, about 3 MB/s, waiting for the other side to take it
sub pour ($http, $link, $start, $next)
{
	my $n = 0;
	my $step;
	$step = sub {
		return unless $link->{stream};
		$link->{stream}->write($next->(++$n) => sub { $http->later($link, 0.01, $step) });
	};
	$link->{stream}->on(close => sub { undef $step });
	$link->{stream}->write($start => sub { $step->() });
}

# One byte at a time, the status line too
sub drip ($http, $link, $req, $answer, $wrong)
{
	$http->note_status($req, $answer->{status});
	my $bytes = $http->head($answer, 1, length $answer->{body}) . $answer->{body};
	my $size = $wrong->{bytes} // 1;
	my $step;
	$step = sub {
		return unless $link->{stream};
		return $http->finish($link, $req, 1) unless length $bytes;
		$link->{stream}->write(substr $bytes, 0, $size, '');
		$http->later($link, $wrong->{seconds} // 1, $step);
	};
	$link->{stream}->on(close => sub { undef $step });
	$step->();
	return 1;
}

# Announces everything and sends half
sub half ($http, $link, $req, $answer, $wrong)
{
	$http->note_status($req, $answer->{status});
	$req->{is_planned} = 1;
	my $head = $http->head($answer, 1, length $answer->{body});
	$link->{stream}->write($head . substr $answer->{body}, 0, int(length($answer->{body}) / 2));
	$link->{stream}->close_gracefully;
	return 1;
}

# A whole answer whose document stops in the middle
sub truncated ($http, $link, $req, $answer, $wrong)
{
	substr $answer->{body}, int(length($answer->{body}) * ($wrong->{part} // 0.6)), length $answer->{body}, '';
	return 0;
}

# Only the last closing tag is missing
sub unclosed ($http, $link, $req, $answer, $wrong)
{
	is_json($answer) ? $answer->{body} =~ s/\}\s*\z// : $answer->{body} =~ s{</[^<>]+>\s*\z}{};
	return 0;
}

sub garbage ($http, $link, $req, $answer, $wrong)
{
	my $x = 12345;
	$answer->{body} = pack 'C*', map { $x = ($x * 1103515245 + 12345) & 0x7fffffff; $x >> 16 & 255 } 1 .. 4096;
	@$answer{qw(status headers)} = (200, [type($answer)]);
	return 0;
}

sub html ($http, $link, $req, $answer, $wrong)
{
	my $page = is_json($answer) ? proxy_page() : login_page();
	@$answer{qw(status body headers)} = (200, $page, ['CONTENT-TYPE: text/html; charset=utf-8']);
	return 0;
}

sub is_json ($answer) { return type($answer) =~ /json/i }

# Any text a test wants to see answered
sub body ($http, $link, $req, $answer, $wrong)
{
	$answer->{body} = bytes($wrong->{body} // '');
	$answer->{status} = $wrong->{status} if defined $wrong->{status};
	$answer->{reason} = bytes($wrong->{reason}) if defined $wrong->{reason};
	return defined $wrong->{type} ? wrong_type($http, $link, $req, $answer, $wrong) : 0;
}

sub bytes ($text)
{
	my $bytes = $text;
	utf8::encode($bytes) if utf8::is_utf8($bytes);
	return $bytes;
}

sub proxy_page
{
	return <<~'END';
		<!DOCTYPE html>
		<html><head><meta charset="utf-8"><title>Sign in</title></head>
		<body><h1>Sign in</h1><p>This page is guarded by a proxy.<br>
		<form method="post" action="/oauth2/start"><button>Sign in</button></form></body></html>
		END
}

sub login_page
{
	return <<~'END';
		<!DOCTYPE html>
		<html><head><meta charset="utf-8"><title>FRITZ!Box</title>
		<link rel="stylesheet" href="/css/login.css"></head>
		<body><noscript><p>Please switch on JavaScript.<br></noscript>
		<form method="post" action="/login.lua"><input name="username"><input type="password" name="pass">
		<button>Log in</button></form></body></html>
		END
}

sub wrong_type ($http, $link, $req, $answer, $wrong)
{
	$answer->{headers} = [grep { !/\Acontent-type:/i } @{$answer->{headers} // []}];
	push @{$answer->{headers}}, 'CONTENT-TYPE: ' . ($wrong->{type} // 'application/octet-stream');
	return 0;
}

sub type ($answer)
{
	my ($type) = grep { /\Acontent-type:/i } @{$answer->{headers} // []};
	return $type // 'CONTENT-TYPE: text/xml; charset="utf-8"';
}

# Puts a document type before the root element
sub with_doctype ($answer, $doctype, $entity)
{
	$answer->{body} =~ s{\A(?:<\?xml[^>]*\?>)?\s*}{<?xml version="1.0"?>\n$doctype\n};
	$answer->{body} =~ s{<(New\w[^<>/]*|HostName)>[^<]*</}{<$1>$entity</};
}

sub doctype ($http, $link, $req, $answer, $wrong)
{
	my @rows = ('<!ENTITY l0 "ha">');
	push @rows, sprintf '<!ENTITY l%d "%s">', $_, sprintf('&l%d;', $_ - 1) x 10 for 1 .. 9;
	with_doctype($answer, "<!DOCTYPE bomb [\n" . join("\n", @rows) . "\n]>", '&l9;');
	return 0;
}

sub external ($http, $link, $req, $answer, $wrong)
{
	my $from = $wrong->{url} // 'file:///etc/passwd';
	with_doctype($answer, qq(<!DOCTYPE x [<!ENTITY ext SYSTEM "$from">]>), '&ext;');
	return 0;
}

# Well-formed, but larger than anyone should read
sub huge ($http, $link, $req, $answer, $wrong)
{
	my $bytes = $wrong->{bytes} // 3 * 1048576;
	my $row = is_json($answer) ? ',{"padding":"' . '0123456789abcdef' x 8 . '"}'
		: "<Padding>" . '0123456789abcdef' x 8 . "</Padding>\n";
	my $padding = $row x (1 + int $bytes / length $row);
	return into_json($answer, $padding) if is_json($answer);
	$answer->{body} =~ s{(</[^<>]+>\s*)\z}{$padding$1} or $answer->{body} .= $padding;
	return 0;
}

# More rows for the outermost list, or a member of its own
sub into_json ($answer, $rows)
{
	my $body = \$answer->{body};
	my $is_list = $$body =~ /\]\s*\}\s*\z/;
	$rows = substr $rows, 1 if !$is_list || $$body =~ /\[\s*\]\s*\}\s*\z/;
	$is_list ? $$body =~ s/\]\s*\}\s*\z/$rows]}/ : $$body =~ s/\}\s*\z/,"padding":[$rows]}/;
	return 0;
}

sub deep ($http, $link, $req, $answer, $wrong)
{
	my $depth = $wrong->{depth} // 50000;
	return into_json($answer, ',' . '[' x $depth . ']' x $depth) if is_json($answer);
	my $nest = '<a>' x $depth . '</a>' x $depth;
	$answer->{body} =~ s{(</[^<>]+>\s*)\z}{$nest$1} or $answer->{body} .= $nest;
	return 0;
}

sub empty ($http, $link, $req, $answer, $wrong)
{
	$answer->{body} = '';
	return 0;
}

sub redirect ($http, $link, $req, $answer, $wrong)
{
	my $to = $wrong->{url} // '/trap/redirected';
	@$answer{qw(status body headers)} = ($wrong->{status} // 302, '', ["LOCATION: $to"]);
	return 0;
}

# Ends where the connection ends
sub no_length ($http, $link, $req, $answer, $wrong)
{
	$http->note_status($req, $answer->{status});
	$link->{stream}->write($http->head($answer, 1, undef) . $answer->{body});
	$http->finish($link, $req, 1);
	return 1;
}

# Legal, but not what a box usually sends
sub chunked ($http, $link, $req, $answer, $wrong)
{
	$http->note_status($req, $answer->{status});
	push @{$answer->{headers}}, 'TRANSFER-ENCODING: chunked';
	my $close = $http->wants_close($req, $answer);
	my $bytes = $http->head($answer, $close, undef);
	$bytes .= sprintf "%x\r\n%s\r\n", length $_, $_ for unpack '(a100)*', $answer->{body};
	$link->{stream}->write($bytes . "0\r\n\r\n");
	$http->finish($link, $req, $close);
	return 1;
}

1;
