# SOAP as a Fritz!Box speaks it: reading a call, writing answers and faults
package Fritzbox::Soap;
use Mojo::Base -strict, -signatures;
use Mojo::Util qw(decode encode);
use Exporter 'import';
our @EXPORT_OK = qw(parse_call write_answer write_fault escape element fault_text);

my %FAULT = (
	401 => 'Invalid Action', 402 => 'Invalid Args', 501 => 'Action Failed', 600 => 'Argument Value Invalid',
	603 => 'Out of Memory', 606 => 'Action not authorized', 713 => 'SpecifiedArrayIndexInvalid',
	714 => 'NoSuchEntryInArray', 801 => 'String too short', 802 => 'String too long',
	803 => 'Invalid characters', 820 => 'Internal error', 866 => 'Second factor authentication required',
	867 => 'Second factor authentication blocked', 868 => 'Second factor authentication busy',
);
my %NAMED = (lt => '<', gt => '>', amp => '&', quot => '"', apos => "'");

sub fault_text ($code) { return $FAULT{$code} // 'Unknown error' }

# Returns { type, action, args } from the SOAPAction header and the body, or nothing if they make no sense
sub parse_call ($req)
{
	my $header = $req->{headers}{soapaction} // '';
	my ($type, $action) = $header =~ /\A"?([^"#\s]+)#([\w.-]+)"?\z/ or return undef;
	my $body = $req->{body} =~ s/<!--.*?-->//gsr;
	my ($inner) = $body =~ m{<((?:[\w-]+:)?Body)\b[^>]*>(.*)</\g1\s*>}s ? $2 : return undef;
	return undef unless $inner =~ m{\A\s*<((?:([\w-]+):)?([\w.-]+))\b([^>]*?)(?:/>|>(.*)</\g1\s*>)\s*\z}s;
	my ($prefix, $name, $attributes, $args) = ($2, $3, $4, $5 // '');
	my $xmlns = defined $prefix ? "xmlns:$prefix" : 'xmlns';
	my ($space) = ($attributes . ' ' . $body) =~ /\b\Q$xmlns\E\s*=\s*["']([^"']*)["']/;
	return undef if $name ne $action || ($space // '') ne $type;
	return { type => $type, action => $action, args => parse_args($args) };
}

sub parse_args ($xml)
{
	my %args;
	while ($xml =~ m{<([\w.-]+)(?:\s[^>]*)?(?:/>|>([^<]*)</\g1\s*>)}g) {
		$args{$1} = unescape($2 // '');
	}
	return \%args;
}

sub unescape ($text)
{
	$text =~ s/&(?:(lt|gt|amp|quot|apos)|#(\d+)|#x([0-9a-f]+));/$1 ? $NAMED{$1} : chr($2 \/\/ hex $3)/gie;
	return decode('UTF-8', $text) // $text;
}

sub escape ($text)
{
	$text =~ s/&/&amp;/g;
	$text =~ s/</&lt;/g;
	$text =~ s/>/&gt;/g;
	$text =~ s/"/&quot;/g;
	return encode 'UTF-8', $text;
}

# One element; a reference to a string is written byte for byte
sub element ($name, $value, $set)
{
	my $text = ref $value ? $$value : escape($value // '');
	return $set->{short_empty} ? "<$name/>\n" : "<$name></$name>\n" unless length $text;
	$text = "\n  $text \n" if $set->{padded_values};
	return "<$name>$text</$name>\n";
}

sub envelope ($type, $inner)
{
	my $is_igd = $type =~ /\Aurn:schemas-upnp-org:/;
	my $encoding = $is_igd ? ' encoding="utf-8"' : '';
	return qq(<?xml version="1.0"$encoding?>\n)
		. qq(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" )
		. qq(s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">\n<s:Body>\n)
		. $inner . "</s:Body>\n</s:Envelope>\n";
}

# $values: [name, value, name, value, …]
sub write_answer ($call, $values, $set)
{
	my @values = @$values;
	my $inner = qq(<u:$call->{action}Response xmlns:u="$call->{type}">\n);
	while (my ($name, $value) = splice @values, 0, 2) {
		$inner .= element($name, $value, $set);
	}
	return envelope($call->{type}, $inner . "</u:$call->{action}Response>\n");
}

sub write_fault ($type, $code, $set)
{
	my $space = $type =~ /\Aurn:schemas-upnp-org:/ ? 'schemas-upnp-org' : 'dslforum-org';
	my $text = fault_text($code);
	$text = lc $text if $set->{lower_faults};
	my ($code_text, $pad) = ($code, '');
	($code_text, $text) = ("\n   $code \n", "\n   $text \n") if $set->{padded_faults};
	return envelope($type, "<s:Fault>\n<faultcode>s:Client</faultcode>\n<faultstring>UPnPError</faultstring>\n"
		. qq(<detail>\n<UPnPError xmlns="urn:$space:control-1-0">\n<errorCode>$code_text</errorCode>\n)
		. "<errorDescription>$text</errorDescription>\n</UPnPError>\n</detail>\n</s:Fault>\n");
}

1;
