# What tests need of Node.js: version 20 or newer, and the packages that a lock file names. Debian 12 brings 18; then a
# newer one comes from the npm registry, into the build folder.
package Hearth::Node;
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Path 'make_path';

use constant { MAJOR => 20, VERSION => '20.20.2' };

my $TOP = abs_path(dirname(__FILE__) . '/../../..');
my $NPM = ($ENV{HEARTH_BUILD} // "$TOP/build") . '/npm';

# Puts a fitting node first into PATH. Returns nothing when all is well, else why there is none.
sub missing
{
	return 'npm is not installed' if system('npm --version >/dev/null 2>&1') != 0;
	return if (qx(node --version 2>/dev/null) =~ /^v(\d+)/ ? $1 : 0) >= MAJOR;
	my %machines = (x86_64 => 'x64', aarch64 => 'arm64');
	my ($machine) = map { $machines{$_} // () } qx(uname -m) =~ /(\S+)/ or return 'there is no newer node for this machine';
	my $package = "node-linux-$machine";
	my $bin = "$NPM/node/node_modules/$package/bin";
	make_path("$NPM/node");
	-x "$bin/node"
		|| system("cd '$NPM/node' && echo '{\"private\":true}' >package.json && npm install --silent --no-package-lock "
			. "$package\@@{[VERSION]} >npm.log 2>&1") == 0
		or return 'node 20 is needed, and cannot be had here';
	$ENV{PATH} = abs_path($bin) . ":$ENV{PATH}";
	return;
}

# Copies a folder of the source tree that has a package-lock.json, and installs what that names, once a version of it.
# Returns the copy, or nothing.
sub install
{
	my ($folder) = @_;
	my $copy = "$NPM/$folder";

	make_path($copy);
	# what the sources no longer have must not be compiled either
	system("find '$copy' -mindepth 1 -maxdepth 1 ! -name node_modules ! -name installed -exec rm -rf {} +");
	system("cp -R '$TOP/$folder/.' '$copy/'") == 0 or return;
	return $copy if system("cmp -s '$copy/package-lock.json' '$copy/installed'") == 0;
	system("cd '$copy' && npm ci --silent >npm.log 2>&1 && cp package-lock.json installed") == 0 or return;
	return $copy;
}

1;
