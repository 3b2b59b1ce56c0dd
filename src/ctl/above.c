/* The way to a file that root is to make, or to trust. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/above.h"
#include "ctl/account.h"
#include "ctl/show.h"

/* A sticky bit keeps others' hands off what is not theirs. */
const char *
above_problem(const struct stat *st, const struct account *account)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs to somebody who could put another file in "
		       "that place: chown root";
	if (st->st_mode & S_ISVTX)
		return NULL;
	if (st->st_mode & S_IWOTH)
		return "others can write it: chmod o-w";
	if ((st->st_mode & S_IWGRP) && geteuid() == 0 && account->uid != 0 &&
	    account_has_group(account, st->st_gid))
		return "the account's group can write it: chmod g-w";
	return NULL;
}

/* One folder further; closes the one before. */
static int
step(int above, const char *name, const char *path,
    const struct account *account, char **problem)
{
	const char *text;
	struct stat st;
	int fd =
	    openat(above, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	close(above);
	if (fd == -1 || fstat(fd, &st) == -1) {
		*problem = show_format("%s: %s", path, strerror(errno));
		return -1;
	}
	text = above_problem(&st, account);
	if (text == NULL)
		return fd;
	*problem = show_format("%s: %s", path, text);
	close(fd);
	errno = EPERM;
	return -1;
}

/* A path without links, walked so that none can appear in it. */
static int
walk(char *path, const struct account *account, char **problem)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (char *p = path; fd != -1 && *p != '\0';) {
		char *name = ++p, end;

		p += strcspn(p, "/");
		end = *p;
		*p = '\0';
		if (*name != '\0')
			fd = step(fd, name, path, account, problem);
		*p = end;
	}
	return fd;
}

int
above_open(const char *path, const struct account *account, char **problem)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == path ?
	    show_need(strdup("/")) :
	    show_need(strndup(path, (size_t)(slash - path)));
	char *real = realpath(folder, NULL);
	int fd = -1, error;

	if (real != NULL)
		fd = walk(real, account, problem);
	else
		*problem = show_format("%s: %s", folder, strerror(errno));
	error = errno;
	free(real);
	free(folder);
	errno = error;
	return fd;
}
