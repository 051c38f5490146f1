# The kinds of boxes the stand-in can be, and where they differ
package Fritzbox::Model;
use Mojo::Base -strict, -signatures;
use Exporter 'import';
our @EXPORT_OK = qw(model model_names);

# unused: what the WAN service that is not in use does, a fault code or 'unconfigured'
# sync: name and mode of each group of the online monitor; igd_rates, bit/s, where they differ from the line
my %MODEL = (
	dsl => {
		name => 'FRITZ!Box 7590', version => '154.08.02', class => 'AVMFB7590', default => 'WANPPPConnection',
		access => 'DSL', igd_access => 'DSL', up_bps => 46_720_000, down_bps => 266_848_000,
		unused => 'unconfigured', sync => [['sync_dsl', 'VDSL']], max => 'line', fields64 => 1,
	},
	cable => {
		name => 'FRITZ!Box 6690 Cable', version => '267.08.10', class => 'AVMFB6690',
		default => 'WANIPConnection', access => 'X_AVM-DE_Cable', igd_access => 'Cable', up_bps => 53_760_000,
		down_bps => 1_100_000_000, unused => 'unconfigured', max => 'nonsense', fields64 => 1,
		sync => [['sync_cable', 'CABLE'], ['sync_cable_ds', 'CABLE']], has_empty_layer1_64 => 1,
	},
	fibre => {
		name => 'FRITZ!Box 5590 Fiber', version => '259.08.25', class => 'AVMFB5590',
		default => 'WANIPConnection', access => 'X_AVM-DE_Fiber', igd_access => 'X_AVM-DE_Fiber',
		up_bps => 1_000_000_000, down_bps => 2_400_000_000, shown_bps => 1_000_000, unused => 820,
		max => 'measured', sync => [['sync_fiber', 'FIBER']], fields64 => 1, has_layer1_64 => 1,
	},
	lan1 => {
		name => 'FRITZ!Box 7530 AX', version => '256.07.90', class => 'AVMFB7530AX', default => '',
		in_use => 'WANIPConnection', access => 'Ethernet', igd_access => 'Ethernet', up_bps => 20_000_000,
		down_bps => 100_000_000, unused => 402, max => 'none', sync => [['sync_lan', 'IP-Client']],
		fields64 => 0, ip => '192.168.1.37', has_mixed_fault_case => 1,
	},
	repeater => {
		name => 'FRITZ!Repeater 2400', version => '206.07.58', class => 'FRITZ!WLANRepeater', default => '',
		access => '', igd_access => '', up_bps => 0, down_bps => 0, unused => 401, sync => [], max => 'none',
		fields64 => 0, has_no_wan => 1,
	},
);

sub model ($name) { return $MODEL{$name} }

sub model_names { return sort keys %MODEL }

1;
