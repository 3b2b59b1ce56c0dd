/*
 * edit: the file, its lock and its copy. The folder that all of it lies in is
 * one that nobody but root or this account can write, or nothing is done.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/edit.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "reader.h"
#include "why.h"

#define LOCK_TRIES 100
#define PERMISSIONS ((mode_t)07777)

static const char *const folders[] = {
    [EDIT_KEY] = "/keys",
    [EDIT_ROLE] = "/roles",
    [EDIT_SETTINGS] = "",
};

/* What a new file begins with: a key that may do nothing. */
static const char *const templates[] = {
    [EDIT_KEY] =
	"# What the key may do. Without a rule it may do nothing. The words\n"
	"# are in gatekeeper.ini(5); comments stand on lines of their own.\n"
	"\n"
	"[key]\n"
	"description = what this key is for\n"
	"# account   = backup\n"
	"# from      = 192.0.2.0/24\n"
	"\n"
	"# [allow upload]\n"
	"# protocol = scp\n"
	"# write    = /srv/backup\n",
    [EDIT_ROLE] =
	"# Rules for each key whose [key] section says `use`. ${key} and\n"
	"# ${account} stand for their names. The words are in\n"
	"# gatekeeper.ini(5); comments stand on lines of their own.\n"
	"\n"
	"# [allow upload]\n"
	"# protocol = scp\n"
	"# write    = /srv/${key}\n",
    [EDIT_SETTINGS] =
	"# What holds for the whole host; without a line, the default. The\n"
	"# words are in gatekeeper.ini(5); comments stand on lines of their\n"
	"# own.\n"
	"\n"
	"# [audit]\n"
	"# syslog = yes\n",
};

int
edit_fail(struct fault *fault, const char *path)
{
	return fault_set(fault, WHY_SYSTEM, "%s: %s", path, strerror(errno));
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void
edit_remove(const char *work, const char *name)
{
	char *path = show_format("%s/%s", work, name);

	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(path);
}

static int
write_all(int fd, const struct trust_text *text)
{
	for (size_t at = 0; at < text->size;) {
		ssize_t n = write(fd, text->text + at, text->size - at);

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			at += (size_t)n;
	}
	return 0;
}

/* The owner first: changing it takes set-id bits off. */
static int
dress(int fd, const struct edit *edit)
{
	if (!edit->exists)
		return fchmod(fd, 0644);
	if (fchown(fd, edit->st.st_uid, edit->st.st_gid) == -1)
		return -1;
	return fchmod(fd, edit->st.st_mode & PERMISSIONS);
}

int
edit_write(const struct edit *edit, const char *path,
    const struct trust_text *text, bool as_file)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error;

	if (fd == -1)
		return -1;
	if (write_all(fd, text) == 0 && (!as_file || dress(fd, edit) == 0) &&
	    fsync(fd) == 0)
		return close(fd);
	error = errno;
	close(fd);
	unlink(path);
	errno = error;
	return -1;
}

/* --- the lock --- */

/* The administrator behind sudo(8), for a message to the next one. */
static void
sign(int fd)
{
	const char *name = getenv("SUDO_USER");
	struct account account = {0};

	if (name == NULL && account_find_uid(&account, getuid()) == 0)
		name = account.name;
	if (ftruncate(fd, 0) == 0 && name != NULL)
		dprintf(fd, "%.64s", name);
	account_free(&account);
}

/* -1, or 0 when the holder has just gone. */
static int
blame(const struct edit *edit, int fd, struct fault *fault)
{
	struct flock holder = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char name[65] = "";
	ssize_t n = pread(fd, name, sizeof(name) - 1, 0);

	if (fcntl(fd, F_GETLK, &holder) == 0 && holder.l_type == F_UNLCK)
		return 0;
	return fault_set(fault, WHY_SYSTEM,
	    "%s is being edited by %s, process %ld: wait until that has ended",
	    edit->path, n > 0 ? name : "somebody", (long)holder.l_pid);
}

/* A folder that somebody else made could lead the editor anywhere. 1, 0 when
 * it is not there, or -1. */
static int
check_work(const struct edit *edit, struct fault *fault)
{
	struct stat st;

	if (lstat(edit->work, &st) == -1)
		return errno == ENOENT ? 0 : edit_fail(fault, edit->work);
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 1;
	return fault_set(fault, WHY_SYSTEM,
	    "%s is in the way: it is no folder of this account's own; look at "
	    "it, and remove it",
	    edit->work);
}

/* 1: locked; 0: what was there is being removed, try again; -1. */
static int
try_lock(struct edit *edit, const char *path, struct fault *fault)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat st;
	int ret, fd;

	/* Searchable: the checks look at the candidate as its account. */
	if (mkdir(edit->work, 0711) == -1 && errno != EEXIST)
		return edit_fail(fault, edit->work);
	ret = check_work(edit, fault);
	if (ret != 1)
		return ret;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return errno == ENOENT ? 0 : edit_fail(fault, path);
	if (fcntl(fd, F_SETLK, &lock) == -1)
		ret = errno == EACCES || errno == EAGAIN ?
		    blame(edit, fd, fault) :
		    edit_fail(fault, path);
	else
		ret = fstat(fd, &st) == 0 && st.st_nlink > 0;
	if (ret == 1) {
		sign(fd);
		edit->lock = fd;
		edit->keep = access(edit->copy, F_OK) == 0;
	} else {
		close(fd);
	}
	return ret;
}

static int
take_lock(struct edit *edit, struct fault *fault)
{
	char *path = show_format("%s/lock", edit->work);
	int ret = 0;

	for (int i = 0; i < LOCK_TRIES && ret == 0; i++)
		ret = try_lock(edit, path, fault);
	free(path);
	if (ret == 0)
		fault_set(fault, WHY_SYSTEM,
		    "%s: somebody else edits it all the time; try again",
		    edit->path);
	return ret == 1 ? 0 : -1;
}

/* --- the file --- */

static int
open_folder(struct edit *edit, struct fault *fault)
{
	char *path = show_format("%s%s", edit->ctl->dir, folders[edit->kind]);
	int fd = trust_open(path, TRUST_POLICY, NULL, fault);

	if (fd != -1) {
		edit->folder =
		    openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (edit->folder == -1)
			edit_fail(fault, path);
		close(fd);
	} else if (errno == ENOENT) {
		fault_set(fault, WHY_SYSTEM,
		    "%s: there is no such folder: mkdir -p -m 755 %s", path,
		    path);
	}
	free(path);
	return edit->folder != -1 ? 0 : -1;
}

static int
read_file(struct edit *edit, struct fault *fault)
{
	const char *text = templates[edit->kind];

	if (lstat(edit->path, &edit->st) == -1) {
		if (errno != ENOENT)
			return edit_fail(fault, edit->path);
		edit->text.text = show_need(strdup(text));
		edit->text.size = strlen(text);
		return 0;
	}
	edit->exists = true;
	if (S_ISLNK(edit->st.st_mode))
		return fault_set(fault, WHY_SYSTEM,
		    "%s is a symbolic link, which an edit would replace by a "
		    "file: edit what it points to, or remove it first",
		    edit->path);
	if (edit->st.st_uid != geteuid() && geteuid() != 0)
		return fault_set(fault, WHY_SYSTEM,
		    "%s belongs to somebody else, and would not any more: "
		    "chown it to this account, or edit it as root",
		    edit->path);
	return trust_read(edit->path, READER_FILE_MAX, &edit->text, fault);
}

int
edit_open(struct edit *edit, const struct ctl *ctl, enum edit_kind kind,
    const char *name, struct fault *fault)
{
	char *folder = show_format("%s%s", ctl->dir, folders[kind]);

	*edit = (struct edit) {.ctl = ctl,
	    .kind = kind,
	    .file = show_format("%s.ini", name),
	    .folder = -1,
	    .lock = -1};
	edit->path = show_format("%s/%s", folder, edit->file);
	edit->work = show_format("%s/.%s.edit", folder, edit->file);
	edit->copy = show_format("%s/copy/%s", edit->work, edit->file);
	edit->candidate = show_format("%s/policy%s/%s", edit->work,
	    folders[kind], edit->file);
	free(folder);
	if (open_folder(edit, fault) == -1 || take_lock(edit, fault) == -1)
		return -1;
	return read_file(edit, fault);
}

/* The lock last: whoever gets it next finds nothing of ours. */
static void
clear(struct edit *edit)
{
	char *lock = show_format("%s/lock", edit->work);

	edit_remove(edit->work, "policy");
	edit_remove(edit->work, "new");
	if (!edit->keep) {
		edit_remove(edit->work, "copy");
		unlink(lock);
		rmdir(edit->work);
	}
	free(lock);
}

void
edit_close(struct edit *edit)
{
	if (edit->lock != -1) {
		clear(edit);
		close(edit->lock);
	}
	if (edit->folder != -1)
		close(edit->folder);
	free(edit->file);
	free(edit->path);
	free(edit->work);
	free(edit->copy);
	free(edit->candidate);
	free(edit->text.text);
}

/* --- the copy --- */

int
edit_read(struct edit *edit, struct trust_text *text, struct fault *fault)
{
	return trust_read(edit->copy, READER_FILE_MAX, text, fault);
}

bool
edit_is_same(const struct edit *edit, const struct trust_text *text)
{
	return text->size == edit->text.size &&
	    memcmp(text->text, edit->text.text, text->size) == 0;
}

int
edit_leftover(struct edit *edit, struct timespec *when, struct fault *fault)
{
	struct trust_text text = {0};
	struct stat st;
	int ret;

	if (lstat(edit->copy, &st) == -1)
		return errno == ENOENT ? 0 : edit_fail(fault, edit->copy);
	if (edit_read(edit, &text, fault) == -1)
		return -1;
	ret = !edit_is_same(edit, &text);
	edit->keep = ret;
	*when = text.mtime;
	free(text.text);
	return ret;
}

/* Renamed when it is whole, so that a leftover never is half a file. */
int
edit_copy(struct edit *edit, struct fault *fault)
{
	char *folder = show_format("%s/copy", edit->work);
	char *path = show_format("%s/new", edit->work);
	int ret = -1;

	edit->keep = false;
	edit_remove(edit->work, "copy");
	edit_remove(edit->work, "new");
	if (mkdir(folder, 0700) == -1 ||
	    edit_write(edit, path, &edit->text, false) == -1 ||
	    rename(path, edit->copy) == -1)
		edit_fail(fault, edit->copy);
	else
		ret = 0;
	free(path);
	free(folder);
	return ret;
}

/* --- the end --- */

static bool
is_as_it_was(const struct edit *edit)
{
	const struct stat *was = &edit->st;
	struct stat st;

	if (lstat(edit->path, &st) == -1)
		return errno == ENOENT && !edit->exists;
	return edit->exists && st.st_dev == was->st_dev &&
	    st.st_ino == was->st_ino && st.st_mode == was->st_mode &&
	    st.st_uid == was->st_uid && st.st_gid == was->st_gid &&
	    st.st_size == was->st_size &&
	    st.st_mtim.tv_sec == was->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
}

/* link(2), for a new file, replaces nothing. */
int
edit_install(struct edit *edit, struct fault *fault)
{
	int ret = -1;

	if (!is_as_it_was(edit))
		errno = EEXIST;
	else if (edit->exists)
		ret = rename(edit->candidate, edit->path);
	else
		ret = link(edit->candidate, edit->path);
	if (ret == -1 && errno == EEXIST)
		return fault_set(fault, WHY_SYSTEM,
		    "%s: somebody else changed it meanwhile, and it stays as "
		    "it is: diff -u %s %s",
		    edit->path, edit->path, edit->copy);
	if (ret == -1)
		return edit_fail(fault, edit->path);
	return 0;
}

int
edit_sync(const struct edit *edit, struct fault *fault)
{
	if (fsync(edit->folder) == 0)
		return 0;
	return fault_set(fault, WHY_SYSTEM,
	    "%s is installed, but may be lost when the power fails: %s",
	    edit->path, strerror(errno));
}
