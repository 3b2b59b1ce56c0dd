/* authorized_keys: read as it is, and replaced in one step. */

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/keys_file.h"
#include "ctl/show.h"
#include "trust.h"
#include "why.h"

#define SIZE_LIMIT ((off_t)16 * 1024 * 1024)
#define PERMISSIONS ((mode_t)07777)
#define LOCK_TRIES 100 /* a tenth of a second each */

static int
fail(const struct keys_file *file, struct fault *fault)
{
	return fault_set(fault, WHY_SYSTEM, "%s: %s", file->path,
	    strerror(errno));
}

/* As sshd has it by StrictModes, and for the same reason. */
static int
check_owner(const char *path, const struct stat *st,
    const struct account *account, struct fault *fault)
{
	if (st->st_uid != 0 && st->st_uid != account->uid)
		return fault_set(fault, WHY_SYSTEM,
		    "%s belongs to neither root nor %s: chown root %s", path,
		    account->name, path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return fault_set(fault, WHY_SYSTEM,
		    "others can write %s: chmod go-w %s", path, path);
	return 0;
}

/* --- the folder ----------------------------------------------------------- */

/* The path of the folder; new. */
static char *
folder_of(const struct keys_file *file)
{
	int len = (int)(file->name - 1 - file->path);

	return show_format("%.*s", len > 0 ? len : 1, file->path);
}

/* 1; 0: it does not exist; -1. */
static int
open_folder(const char *path, const struct account *account, int *folder,
    struct fault *fault)
{
	int fd = trust_open(path, TRUST_RULE, NULL, fault), error;
	struct stat st;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	*folder = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	close(fd);
	if (*folder == -1 || fstat(*folder, &st) == -1)
		return fault_set(fault, WHY_SYSTEM, "%s: %s", path,
		    strerror(*folder == -1 ? error : errno));
	return check_owner(path, &st, account, fault) == 0 ? 1 : -1;
}

/* Another one of us may have made it just now: then that one is as good. The
 * account may put another in its place, and root changes no mode of that. */
static int
make_in(struct keys_file *file, int parent, const char *path,
    const struct account *account, struct fault *fault)
{
	const char *name = strrchr(path, '/') + 1;
	mode_t mask = umask(0);
	struct stat st;

	file->made = mkdirat(parent, name, geteuid() == 0 ? 0755 : 0700) == 0;
	umask(mask);
	if (file->made || errno == EEXIST)
		file->folder = openat(parent, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (file->folder == -1 || fstat(file->folder, &st) == -1 ||
	    fsync(parent) == -1)
		return fault_set(fault, WHY_SYSTEM, "%s: %s", path,
		    strerror(errno));
	return check_owner(path, &st, account, fault);
}

/* Only .ssh, in a home that exists: any other missing folder is a slip. */
static int
make_folder(struct keys_file *file, const char *path,
    const struct account *account, struct fault *fault)
{
	const char *name = strrchr(path, '/') + 1;
	char *home = show_format("%.*s", (int)(name - 1 - path), path);
	int fd = -1, ret = 0;

	if (strcmp(name, ".ssh") == 0)
		ret = open_folder(home, account, &fd, fault);
	if (ret == 0)
		fault_set(fault, WHY_SYSTEM,
		    "%s: there is no such folder: make it with install -d",
		    strcmp(name, ".ssh") == 0 ? home : path);
	free(home);
	if (ret == 1) {
		ret = make_in(file, fd, path, account, fault);
		close(fd);
		return ret;
	}
	if (fd != -1)
		close(fd);
	return -1;
}

/* An account could hold the lock of its own folder for ever. */
static int
lock(struct keys_file *file, struct fault *fault)
{
	const struct timespec pause = {.tv_nsec = 100000000};

	for (int i = 0; i < LOCK_TRIES; i++) {
		file->locked = flock(file->folder, LOCK_EX | LOCK_NB) == 0;
		if (file->locked)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail(file, fault);
		nanosleep(&pause, NULL);
	}
	return fault_set(fault, WHY_SYSTEM,
	    "%s: somebody has locked its folder: try again, or look with "
	    "fuser(1) who does",
	    file->path);
}

static int
enter(struct keys_file *file, const struct account *account, bool write,
    struct fault *fault)
{
	char *path = folder_of(file);
	int ret = open_folder(path, account, &file->folder, fault);

	if (ret == 0 && write)
		ret = make_folder(file, path, account, fault) == 0 ? 1 : -1;
	free(path);
	if (ret == 1 && write)
		return lock(file, fault);
	return ret == -1 ? -1 : 0;
}

/* --- the file ------------------------------------------------------------- */

/* A second name could be in a folder of somebody else. */
static int
check_file(const struct keys_file *file, const struct account *account,
    struct fault *fault)
{
	if (!S_ISREG(file->st.st_mode))
		return fault_set(fault, WHY_SYSTEM,
		    "%s is not a file: look at it, and remove it", file->path);
	if (file->st.st_nlink != 1)
		return fault_set(fault, WHY_SYSTEM,
		    "%s has a second name elsewhere (a hard link): look at "
		    "it, and put a copy in its place",
		    file->path);
	if (file->st.st_size > SIZE_LIMIT)
		return fault_set(fault, WHY_SYSTEM, "%s is too large",
		    file->path);
	return check_owner(file->path, &file->st, account, fault);
}

static int
read_all(struct keys_file *file, int fd, struct fault *fault)
{
	size_t size = (size_t)file->st.st_size;
	ssize_t n = 1;

	file->text = show_need(malloc(size + 1));
	while (file->size < size && n != 0) {
		n = read(fd, file->text + file->size, size - file->size);
		if (n == -1 && errno != EINTR)
			return fail(file, fault);
		if (n > 0)
			file->size += (size_t)n;
	}
	file->text[file->size] = '\0';
	return 0;
}

static int
read_file(struct keys_file *file, const struct account *account,
    struct fault *fault)
{
	int fd = openat(file->folder, file->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int ret = -1;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 && errno == ELOOP)
		return fault_set(fault, WHY_SYSTEM,
		    "%s is a symbolic link: put the file itself in its place",
		    file->path);
	if (fd == -1)
		return fail(file, fault);
	file->exists = true;
	if (fstat(fd, &file->st) == -1)
		fail(file, fault);
	else if (check_file(file, account, fault) == 0)
		ret = read_all(file, fd, fault);
	close(fd);
	return ret;
}

int
keys_file_open(struct keys_file *file, const char *path,
    const struct account *account, bool write, struct fault *fault)
{
	*file = (struct keys_file) {
	    .path = show_need(strdup(path)),
	    .folder = -1,
	};
	file->name = strrchr(file->path, '/') + 1;
	if (enter(file, account, write, fault) == -1)
		return -1;
	if (file->folder != -1 && read_file(file, account, fault) == -1)
		return -1;
	if (file->text == NULL)
		file->text = show_need(strdup(""));
	return 0;
}

void
keys_file_close(struct keys_file *file)
{
	char *folder;

	if (file->made && !file->exists) {
		folder = folder_of(file);
		rmdir(folder);
		free(folder);
	}
	if (file->folder != -1)
		close(file->folder);
	free(file->path);
	free(file->text);
	*file = (struct keys_file) {.folder = -1};
}

/* --- the new one ---------------------------------------------------------- */

static int
write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* The owner first: changing it takes bits off the mode. */
static int
dress(const struct keys_file *file, int fd)
{
	if (!file->exists)
		return fchmod(fd, geteuid() == 0 ? 0644 : 0600);
	if (fchown(fd, file->st.st_uid, file->st.st_gid) == -1)
		return -1;
	return fchmod(fd, file->st.st_mode & PERMISSIONS);
}

static bool
is_as_it_was(const struct keys_file *file)
{
	const struct stat *was = &file->st;
	struct stat st;

	if (fstatat(file->folder, file->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT && !file->exists;
	return file->exists && st.st_dev == was->st_dev &&
	    st.st_ino == was->st_ino && st.st_size == was->st_size &&
	    st.st_mode == was->st_mode &&
	    st.st_ctim.tv_sec == was->st_ctim.tv_sec &&
	    st.st_ctim.tv_nsec == was->st_ctim.tv_nsec;
}

/* link(2), for a new file, replaces nothing. */
static int
put(struct keys_file *file, const char *new, struct fault *fault)
{
	int ret = -1;

	if (!is_as_it_was(file))
		errno = EEXIST;
	else if (file->exists)
		ret = renameat(file->folder, new, file->folder, file->name);
	else
		ret = linkat(file->folder, new, file->folder, file->name, 0);
	if (ret == -1 && errno == EEXIST)
		return fault_set(fault, WHY_SYSTEM,
		    "%s: somebody else changed it meanwhile, and it stays as "
		    "it is: try again",
		    file->path);
	if (ret == -1)
		return fail(file, fault);
	if (!file->exists)
		unlinkat(file->folder, new, 0);
	file->exists = true;
	if (fsync(file->folder) == -1)
		return fault_set(fault, WHY_SYSTEM,
		    "%s is written, but may be lost when the power fails: %s",
		    file->path, strerror(errno));
	return 0;
}

int
keys_file_replace(struct keys_file *file, const char *text, size_t size,
    struct fault *fault)
{
	/* Under our lock: what has this name is of somebody who was killed. */
	char *new = show_format(".%s.gatekeeper", file->name);
	int ret = -1, fd;

	unlinkat(file->folder, new, 0);
	fd = openat(file->folder, new,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1) {
		fail(file, fault);
		free(new);
		return -1;
	}
	if (write_all(fd, text, size) == -1 || dress(file, fd) == -1 ||
	    fsync(fd) == -1)
		fail(file, fault);
	else
		ret = put(file, new, fault);
	close(fd);
	if (ret == -1)
		unlinkat(file->folder, new, 0);
	free(new);
	return ret;
}
