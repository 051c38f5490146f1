/* wake.c: see wake.h; a named pipe, because its path may have any length */
#include "collect/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_pipe(const char *dir, int flags)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/run/collect.wake", dir);
	if (flags == O_RDWR && mkfifo(path, 0600) != 0 && errno != EEXIST)
		return -1;
	fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

int wake_listen(const char *dir)
{
	return open_pipe(dir, O_RDWR); /* as its own writer it never sees the end of the file */
}

void wake_clear(int fd)
{
	char calls[64];

	while (read(fd, calls, sizeof(calls)) == (long)sizeof(calls))
		continue;
}

void wake_send(const char *dir)
{
	int fd = open_pipe(dir, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "!", 1) < 0) /* full: it has been called often enough */
		errno = 0;
	close(fd);
}
