/* owner.c: see owner.h */
#include "base/owner.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

bool owner_become(const char **dir)
{
	static char real[PATH_MAX];
	const struct passwd *user;
	struct stat st;

	if (geteuid() != 0 || !realpath(*dir, real) || stat(real, &st) || st.st_uid == 0)
		return true;
	*dir = real;
	user = getpwuid(st.st_uid);
	if (user ? initgroups(user->pw_name, st.st_gid) : setgroups(0, NULL))
		return false;
	return setgid(st.st_gid) == 0 && setuid(st.st_uid) == 0;
}
