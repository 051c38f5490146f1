# What start, check and .ci/run share: words to the user, Debian packages, the build.
# Sourced by a POSIX shell with $top set to the top of the source tree.
# shellcheck shell=sh

say()
{
	printf '%s\n' "$*"
}

# die STATUS LINE...: says each line on stderr and ends with STATUS.
die()
{
	_status=$1
	shift
	printf 'hearth: %s\n' "$1" >&2
	shift
	[ $# -eq 0 ] || printf '        %s\n' "$@" >&2
	exit "$_status"
}

# packages_missing KIND...: prints the names of the packages of these kinds that are not installed.
packages_missing()
{
	_wanted=
	while read -r _kind _name _unless _command; do
		case " $* " in *" $_kind "*) ;; *) continue ;; esac
		[ "$_unless" = unless ] && command -v "$_command" >/dev/null && continue
		_wanted="$_wanted $_name"
	done <"$top/build-aux/packages"
	# shellcheck disable=SC2086 # a list of names
	_have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $_wanted 2>/dev/null)
	for _name in $_wanted; do
		case "
$_have
" in *"
installed $_name
"*) ;; *) printf '%s\n' "$_name" ;; esac
	done | sort -u
}

# packages_need KIND...: installs what is missing when root; otherwise says how, and ends with 2.
packages_need()
{
	command -v dpkg-query >/dev/null || {
		say "Not a Debian system: build-aux/packages lists what must be there."
		return
	}
	# shellcheck disable=SC2046 # one word a package
	set -- $(packages_missing "$@")
	[ $# -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] || die 2 "some Debian packages are missing; install them with this line:" \
		"sudo apt-get install -y --no-install-recommends $*"

	say "Installing $# Debian packages: $*"
	_log=$(mktemp)
	export DEBIAN_FRONTEND=noninteractive
	packages_apt "$@" >"$_log" 2>&1 </dev/null || {
		tail -n 20 "$_log" >&2
		die 1 "the packages could not be installed; all that apt-get said is in $_log"
	}
	rm -f "$_log"
	# Hearth runs its own nginx and mosquitto; the system's, which their packages begin, are not wanted.
	for _name in nginx mosquitto; do
		case " $* " in *" $_name "*)
			[ ! -d /run/systemd/system ] || systemctl disable --now --quiet "$_name" || : ;;
		esac
	done
}

packages_apt()
{
	apt-get install -y --no-install-recommends "$@" && return
	apt-get update && apt-get install -y --no-install-recommends "$@"
}

# build [DIR [CONFIGURE-ARGUMENT...]]: brings the out-of-tree build in DIR (default build) up to date.
# Root builds as the owner of the source tree, who can then still build alone; who may not write there
# takes what the owner has built.
build()
{
	_dir=$top/${1:-build}
	[ $# -eq 0 ] || shift
	if [ -x "$_dir/hearth-api" ]; then
		[ -w "$top" ] || return 0
	else
		say "Building Hearth, which takes a minute or two the first time"
	fi
	set -- sh "$top/build-aux/build.sh" "$_dir" "$@"
	_owner=$(stat -c %u "$top")
	if [ "$(id -u)" -eq 0 ] && [ "$_owner" -ne 0 ]; then
		set -- setpriv "--reuid=$_owner" "--regid=$(stat -c %g "$top")" --clear-groups -- "$@"
	fi
	if ! "$@" </dev/null; then
		[ ! -r "$_dir/build.log" ] || tail -n 20 "$_dir/build.log" >&2
		die 1 "the build failed; the whole log is $_dir/build.log"
	fi
}
