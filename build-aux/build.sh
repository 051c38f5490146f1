#!/bin/sh
# build.sh DIR [CONFIGURE-ARGUMENT...]: configures DIR once and runs make there, one at a time; all that
# is said goes to DIR/build.log.
set -eu
dir=$1
shift
top=$(cd "$(dirname "$0")/.." && pwd -P)

mkdir -p "$dir"
exec 9>"$top/build-aux/.lock"
flock 9
exec >"$dir/build.log" 2>&1
[ -x "$top/configure" ] || (cd "$top" && autoreconf -i)
cd "$dir"
[ -f Makefile ] || "$top/configure" "$@"
make -j"$(nproc)"
