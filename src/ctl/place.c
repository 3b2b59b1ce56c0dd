/*
 * The folders and files that sessions write to, made as the forced command
 * wants them. Root works here where an account may have put something in the
 * way: nothing is followed, and what was looked at is what is changed.
 */

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/fs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "ctl/above.h"
#include "ctl/account.h"
#include "ctl/place.h"
#include "ctl/show.h"
#include "list.h"
#include "settings.h"

#define ACCOUNT "${account}"

enum { PERMISSIONS = 07777 };

/* One place at work. */
struct work {
	const struct places *places;
	const struct place *place;
	bool change;
	int above; /* the folder that it lies in */
	const char *name; /* its name there */
	bool missing; /* the folder, that is */
	struct list made; /* folders above */
	char *said;
	char *note;
};

static void
add(struct places *places, const struct place *place)
{
	places->v[places->n++] = *place;
}

void
places_of(struct places *places, const struct settings *settings,
    const struct account *account)
{
	const uid_t uid = geteuid();
	const bool own = uid != 0;
	const gid_t gid = own ? account->gid : 0;
	const struct place folder = {
	    .folder = true,
	    .uid = uid,
	    .gid = gid,
	    .mode = own ? 0700 : 01733,
	};
	struct place place = folder;

	*places = (struct places) {.account = account, .own = own};
	place.what = "state folder";
	place.path = show_need(strdup(settings->state));
	add(places, &place);
	if (settings->audit_file != NULL)
		add(places,
		    &(struct place) {
			.what = "record file",
			.path = show_need(
			    audit_path(settings->audit_file, account->name)),
			.append = true,
			.shared = strstr(settings->audit_file, ACCOUNT) == NULL,
			.uid = uid,
			.gid = account->gid,
			.mode = own ? 0600 : 0660,
		    });
	place.what = "transcripts folder";
	place.path = show_need(strdup(settings->transcripts));
	add(places, &place);
}

void
places_free(struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		free(places->v[i].path);
	*places = (struct places) {0};
}

/* --- what there is to say ------------------------------------------------- */

static enum place_state
say(struct work *w, enum place_state state, char *said)
{
	free(w->said);
	w->said = said;
	return state;
}

static enum place_state
refuse(struct work *w, char *said)
{
	return say(w, PLACE_REFUSED, said);
}

static enum place_state
failed(struct work *w, const char *doing)
{
	return refuse(w, show_format("%s: %s", doing, strerror(errno)));
}

/* What is changed, or would be. */
static void
also(struct work *w, char *what)
{
	char *both = w->said == NULL ? show_need(strdup(what)) :
				       show_format("%s, %s", w->said, what);

	free(what);
	free(w->said);
	w->said = both;
}

static enum place_state settle(struct work *);

/* --- the folders above ---------------------------------------------------- */

/* Folders above are for the account to enter, and for nobody to write. */
static int
make_folder(struct work *w, const char *path)
{
	const struct place place = {
	    .path = show_need(strdup(path)),
	    .folder = true,
	    .uid = geteuid(),
	    .gid = w->places->own ? w->places->account->gid : 0,
	    .mode = w->places->own ? 0700 : 0755,
	};
	struct work above = {
	    .places = w->places,
	    .place = &place,
	    .change = true,
	};
	enum place_state state = settle(&above);

	if (state == PLACE_REFUSED)
		refuse(w, show_format("%s: %s", path, above.said));
	else
		show_add(&above.made, show_need(strdup(path)));
	w->made = above.made;
	free(above.said);
	free(above.note);
	free(place.path);
	return state == PLACE_REFUSED ? -1 : 0;
}

static int
open_above(struct work *w)
{
	const char *path = w->place->path;
	char *problem = NULL, *folder;
	int fd = above_open(path, w->places->account, &problem), ret;

	w->name = strrchr(path, '/') + 1;
	if (fd == -1 && errno == ENOENT && w->change) {
		free(problem);
		problem = NULL;
		folder = show_need(strndup(path, (size_t)(w->name - path) - 1));
		ret = make_folder(w, folder);
		free(folder);
		if (ret == -1)
			return -1;
		fd = above_open(path, w->places->account, &problem);
	}
	w->missing = fd == -1 && errno == ENOENT;
	if (fd == -1)
		refuse(w, problem);
	return fd;
}

/* --- the place itself ----------------------------------------------------- */

static int
flags_get(int fd, unsigned *flags)
{
	*flags = 0;
	return ioctl(fd, FS_IOC_GETFLAGS, flags);
}

static int
flags_set(int fd, unsigned flags)
{
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* The attribute is more than gatekeeper needs: where it is not to be had, a
 * note says so. */
static void
set_append(struct work *w, int fd)
{
	unsigned flags;

	if (!w->place->append)
		return;
	if (flags_get(fd, &flags) == -1) {
		w->note = show_format("without the append-only attribute, "
				      "which this file system does not have");
		return;
	}
	if (flags & FS_APPEND_FL)
		return;
	if (w->places->own) {
		w->note = show_format("root alone can make it append-only: "
				      "chattr +a %s",
		    w->place->path);
		return;
	}
	if (w->change && flags_set(fd, flags | FS_APPEND_FL) == -1) {
		w->note = show_format("without the append-only attribute: %s",
		    strerror(errno));
		return;
	}
	also(w, show_format("append-only attribute"));
}

/* An attribute of root's that a change of owner or mode would stumble over. */
static int
lift_append(int fd)
{
	unsigned flags;

	if (flags_get(fd, &flags) == -1 || !(flags & FS_APPEND_FL))
		return 0;
	return flags_set(fd, flags & ~(unsigned)FS_APPEND_FL);
}

static enum place_state
change_owner(struct work *w, int fd, const struct stat *st)
{
	const struct place *place = w->place;
	const bool group = place->gid != st->st_gid &&
	    !(place->shared &&
		account_has_group(w->places->account, st->st_gid));
	const bool mode = (st->st_mode & PERMISSIONS) != place->mode;

	if (group && place->shared)
		return refuse(w,
		    show_format(
			"its group is that of other accounts: write " ACCOUNT
			" into the name, in gatekeeper.ini, or "
			"make %s a member of group %lu",
			w->places->account->name, (unsigned long)st->st_gid));
	if (w->change && (group || mode) &&
	    (lift_append(fd) == -1 ||
		(group && fchown(fd, (uid_t)-1, place->gid) == -1) ||
		fchmod(fd, place->mode) == -1))
		return failed(w, "changing it");
	if (group)
		also(w,
		    show_format("group %lu, which %s %lu",
			(unsigned long)place->gid, w->change ? "was" : "is",
			(unsigned long)st->st_gid));
	if (mode)
		also(w,
		    show_format("mode %04o, which %s %04o", place->mode,
			w->change ? "was" : "is",
			(unsigned)(st->st_mode & PERMISSIONS)));
	return PLACE_RIGHT;
}

static enum place_state
judge(struct work *w, int fd, const struct stat *st)
{
	enum place_state state;
	char *owner;

	/* Root may have prepared it. */
	if (w->places->own && st->st_uid == 0 &&
	    faccessat(w->above, w->name, W_OK, AT_EACCESS) == 0)
		return say(w, PLACE_RIGHT, show_format("right already"));
	if (st->st_uid != w->place->uid) {
		owner = account_name(st->st_uid);
		state = refuse(w,
		    show_format("it belongs to %s: move it away (mv %s %s.old)",
			owner, w->place->path, w->place->path));
		free(owner);
		return state;
	}
	if (!w->place->folder && st->st_nlink != 1)
		return refuse(w,
		    show_format("it has another name elsewhere: move it away "
				"(mv %s %s.old)",
			w->place->path, w->place->path));
	state = change_owner(w, fd, st);
	if (state == PLACE_REFUSED)
		return state;
	set_append(w, fd);
	if (w->said == NULL)
		return say(w, PLACE_RIGHT, show_format("right already"));
	return w->change ? PLACE_CHANGED : PLACE_OPEN;
}

static enum place_state
look(struct work *w)
{
	const struct place *place = w->place;
	const int kind = place->folder ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY;
	enum place_state state;
	struct stat st;
	int fd;

	if (fstatat(w->above, w->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return failed(w, "looking at it");
	if (S_ISLNK(st.st_mode))
		return refuse(w,
		    show_format("it is a symbolic link: remove it (rm %s)",
			place->path));
	if (place->folder ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
		return refuse(w,
		    show_format("it is no %s: move it away (mv %s %s.old)",
			place->folder ? "folder" : "regular file", place->path,
			place->path));
	fd =
	    openat(w->above, w->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind);
	if (fd == -1 || fstat(fd, &st) == -1)
		state = failed(w, "opening it");
	else
		state = judge(w, fd, &st);
	if (fd != -1)
		close(fd);
	return state;
}

/* Closed to everybody until it is whole. */
static enum place_state
make(struct work *w)
{
	const struct place *place = w->place;
	int fd = -1;

	if (!w->change)
		return say(w, PLACE_OPEN, show_format("missing"));
	if (place->folder && mkdirat(w->above, w->name, 0700) == -1)
		return failed(w, "making it");
	fd = openat(w->above, w->name,
	    (place->folder ? O_DIRECTORY : O_CREAT | O_EXCL) | O_RDONLY |
		O_NOFOLLOW | O_CLOEXEC,
	    0);
	if (fd == -1)
		return failed(w, "making it");
	if (fchown(fd, place->uid, place->gid) == -1 ||
	    fchmod(fd, place->mode) == -1) {
		enum place_state state = failed(w, "making it");

		close(fd);
		return state;
	}
	also(w, show_format("made, mode %04o", place->mode));
	set_append(w, fd);
	close(fd);
	return PLACE_CHANGED;
}

static enum place_state
settle(struct work *w)
{
	enum place_state state = PLACE_REFUSED;
	struct stat st;

	w->above = open_above(w);
	if (w->above != -1) {
		if (fstatat(w->above, w->name, &st, AT_SYMLINK_NOFOLLOW) ==
			-1 &&
		    errno == ENOENT)
			state = make(w);
		else
			state = look(w);
		close(w->above);
	} else if (w->missing && !w->change) {
		state = say(w, PLACE_OPEN, show_format("missing"));
	}
	return state;
}

enum place_state
place_settle(const struct places *places, const struct place *place,
    bool change, char **said, char **note)
{
	struct work w = {.places = places, .place = place, .change = change};
	enum place_state state = settle(&w);

	for (size_t i = 0; i < w.made.n; i++)
		also(&w, show_format("folder %s made", w.made.v[i]));
	list_free(&w.made);
	*said = w.said;
	*note = w.note;
	return state;
}
