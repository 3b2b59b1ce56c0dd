/*
 * Who could have changed what a path names. Paths are walked component by
 * component on open descriptors; links are followed by hand, so that each
 * one is judged together with the folder that it stands in.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trust.h"
#include "why.h"

#define LINKS_MAX 40

struct walk {
	enum trust trust;
	uid_t account;
	int fd; /* the folder reached, or the end */
	struct stat st; /* of fd */
	char path[PATH_MAX]; /* fd's path, without links; "" is / */
	char rest[2 * PATH_MAX]; /* still to walk */
	unsigned links;
	struct fault *fault;
};

static int
refuse(struct walk *w, const char *name, const char *what, int error)
{
	fault_set(w->fault, WHY_DIRECTORY, "%s%s%s: %s", w->path,
	    *name == '\0' && w->path[0] != '\0' ? "" : "/", name,
	    what != NULL ? what : strerror(error));
	errno = error;
	return -1;
}

/* Whether nobody but root (and for a policy the account itself) can write. */
static bool
is_guarded(const struct walk *w, const struct stat *st)
{
	if (st->st_uid != 0 &&
	    (w->trust != TRUST_POLICY || st->st_uid != w->account))
		return false;
	return (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int
check_guarded(struct walk *w)
{
	if (w->trust != TRUST_POLICY || is_guarded(w, &w->st))
		return 0;
	if (w->st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(w, "", "others can write it: chmod go-w", EPERM);
	return refuse(w, "",
	    "belongs to neither root nor this account: "
	    "chown root",
	    EPERM);
}

/* Moves on to an opened component, under its canonical path. */
static int
arrive(struct walk *w, int fd)
{
	close(w->fd);
	w->fd = fd;
	if (fstat(fd, &w->st) == -1)
		return refuse(w, "", NULL, errno);
	return check_guarded(w);
}

static int
walk_root(struct walk *w)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	w->path[0] = '\0';
	if (fd == -1)
		return refuse(w, "", NULL, errno);
	return arrive(w, fd);
}

/* `..` comes from link targets only; fd is no link, so it is lexical. */
static int
walk_up(struct walk *w)
{
	char *slash = strrchr(w->path, '/');
	int fd = openat(w->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return refuse(w, "..", NULL, errno);
	if (slash != NULL)
		*slash = '\0';
	return arrive(w, fd);
}

/* Puts the target of the link before what is left of the path. */
static int
walk_link(struct walk *w, const char *name, int link, const struct stat *st)
{
	char target[PATH_MAX], rest[sizeof(w->rest)];
	ssize_t n;
	int len;

	if (!is_guarded(w, &w->st))
		return refuse(w, name,
		    "a symbolic link in a folder that "
		    "others than root can write: name its target",
		    EPERM);
	if (st->st_uid != 0 &&
	    !(w->trust == TRUST_POLICY && st->st_uid == w->account))
		return refuse(w, name,
		    "a symbolic link that is not root's: "
		    "name its target",
		    EPERM);
	if (++w->links > LINKS_MAX)
		return refuse(w, name, NULL, ELOOP);
	n = readlinkat(link, "", target, sizeof(target) - 1);
	if (n == -1)
		return refuse(w, name, NULL, errno);
	target[n] = '\0';
	len = snprintf(rest, sizeof(rest), "%s/%s", target, w->rest);
	if (n == 0 || len < 0 || (size_t)len >= sizeof(rest))
		return refuse(w, name, NULL, ENAMETOOLONG);
	memcpy(w->rest, rest, (size_t)len + 1);
	return target[0] == '/' ? walk_root(w) : 0;
}

static int
walk_into(struct walk *w, const char *name)
{
	struct stat st;
	size_t len = strlen(w->path);
	int fd, ret;

	fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return refuse(w, name, NULL, errno);
	if (fstat(fd, &st) == -1) {
		close(fd);
		return refuse(w, name, NULL, errno);
	}
	if (S_ISLNK(st.st_mode)) {
		ret = walk_link(w, name, fd, &st);
		close(fd);
		return ret;
	}
	if (len + 1 + strlen(name) >= sizeof(w->path)) {
		close(fd);
		return refuse(w, name, NULL, ENAMETOOLONG);
	}
	w->path[len] = '/';
	memcpy(w->path + len + 1, name, strlen(name) + 1);
	return arrive(w, fd);
}

/* Cuts the first component off the rest; false at the end. */
static bool
next_name(struct walk *w, char name[NAME_MAX + 2])
{
	const char *p = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(p, "/");

	if (len == 0)
		return false;
	if (len > NAME_MAX)
		len = NAME_MAX + 1; /* openat(2) says ENAMETOOLONG */
	memcpy(name, p, len);
	name[len] = '\0';
	p += len;
	memmove(w->rest, p, strlen(p) + 1);
	return true;
}

static int
walk(struct walk *w, const char *path)
{
	char name[NAME_MAX + 2];

	if (path[0] != '/') {
		fault_set(w->fault, WHY_DIRECTORY, "%s: not an absolute path",
		    path);
		errno = EINVAL;
		return -1;
	}
	if (strlen(path) >= PATH_MAX)
		return refuse(w, path, NULL, ENAMETOOLONG);
	memcpy(w->rest, path, strlen(path) + 1);
	if (walk_root(w) == -1)
		return -1;
	while (next_name(w, name)) {
		int ret = 0;

		if (strcmp(name, "..") == 0)
			ret = walk_up(w);
		else if (strcmp(name, ".") != 0)
			ret = walk_into(w, name);
		if (ret == -1)
			return -1;
	}
	return 0;
}

static int
walk_start(struct walk *w, enum trust trust, const char *path,
    struct fault *fault)
{
	*w = (struct walk) {.trust = trust,
	    .account = geteuid(),
	    .fd = -1,
	    .fault = fault};
	if (walk(w, path) == -1) {
		int error = errno;

		if (w->fd != -1)
			close(w->fd);
		errno = error;
		return -1;
	}
	return 0;
}

int
trust_open(const char *path, enum trust trust, char **canonical,
    struct fault *fault)
{
	struct walk w;

	if (walk_start(&w, trust, path, fault) == -1)
		return -1;
	if (canonical == NULL)
		return w.fd;
	*canonical = strdup(w.path[0] != '\0' ? w.path : "/");
	if (*canonical == NULL) {
		close(w.fd);
		errno = ENOMEM;
		return fault_set(fault, WHY_MEMORY, "out of memory");
	}
	return w.fd;
}

/* Root prepares the folder for all accounts; an account that guards its own
 * keys, for itself. Whether there is one then, the walk sees. */
static void
make_shared(const char *dir)
{
	mode_t mask = umask(0);

	mkdir(dir, geteuid() == 0 ? 01733 : 0700);
	umask(mask);
}

static int
check_shared(struct walk *w)
{
	if (!S_ISDIR(w->st.st_mode))
		return refuse(w, "", "not a directory", ENOTDIR);
	if (w->st.st_uid != 0 && w->st.st_uid != w->account)
		return refuse(w, "",
		    "belongs to neither root nor the account: chown root",
		    EPERM);
	if ((w->st.st_mode & (S_IWGRP | S_IWOTH)) && !(w->st.st_mode & S_ISVTX))
		return refuse(w, "", "others can write it: chmod 1733", EPERM);
	return 0;
}

int
trust_shared(const char *dir, struct fault *fault)
{
	struct walk w;

	make_shared(dir);
	if (walk_start(&w, TRUST_RULE, dir, fault) == -1)
		return -1;
	if (check_shared(&w) == 0)
		return w.fd;
	close(w.fd);
	return -1;
}

/* The walk holds no descriptor that can be read: open the same file again
 * by its canonical path, and make sure that it is the same. */
static int
reopen(struct walk *w)
{
	struct stat st;
	int fd;

	if (!S_ISREG(w->st.st_mode))
		return refuse(w, "", "not a regular file", EINVAL);
	fd = open(w->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return refuse(w, "", NULL, errno == ENOENT ? EAGAIN : errno);
	if (fstat(fd, &st) == -1 || st.st_dev != w->st.st_dev ||
	    st.st_ino != w->st.st_ino) {
		close(fd);
		return refuse(w, "", "changed while it was opened", EAGAIN);
	}
	return fd;
}

static int
read_all(struct walk *w, int fd, size_t max, struct trust_text *text)
{
	size_t size = 0;
	ssize_t n;
	char *buf = malloc(max + 2);

	if (buf == NULL)
		return fault_set(w->fault, WHY_MEMORY, "out of memory");
	while (size <= max && (n = read(fd, buf + size, max + 1 - size)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			free(buf);
			return refuse(w, "", NULL, errno);
		}
		size += (size_t)n;
	}
	if (size > max) {
		free(buf);
		return refuse(w, "", "too large", EFBIG);
	}
	buf[size] = '\0';
	*text = (struct trust_text) {.text = buf,
	    .size = size,
	    .mtime = w->st.st_mtim};
	return 0;
}

int
trust_read(const char *path, size_t max, struct trust_text *text,
    struct fault *fault)
{
	struct walk w;
	int fd, ret;

	if (walk_start(&w, TRUST_POLICY, path, fault) == -1) {
		/* Only the file itself may be missing: a folder that is not
		 * there, or a link to nowhere, is no empty file. */
		if (errno == ENOENT &&
		    (w.links != 0 || strchr(w.rest, '/') != NULL))
			errno = ENOTDIR;
		return -1;
	}
	fd = reopen(&w);
	ret = fd == -1 ? -1 : read_all(&w, fd, max, text);
	if (fd != -1)
		close(fd);
	close(w.fd);
	return ret;
}
