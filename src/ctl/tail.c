/* Log files while they are written to, over their rotation. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/log.h"
#include "ctl/show.h"
#include "ctl/tail.h"

#define BLOCK ((size_t)64 * 1024)

struct stream {
	int fd; /* -1: there is none */
	off_t at;
	struct log *log;
};

struct tail {
	char *path;
	bool found;
	struct stream now;
	/* What was rotated away last: a session that began before goes on
	 * writing to it. */
	struct stream before;
};

struct tails {
	void (*take)(const struct log_record *, void *);
	void *arg;
	struct tail *v;
	size_t n;
};

struct tails *
tails_new(void (*take)(const struct log_record *, void *), void *arg)
{
	struct tails *tails = show_need(calloc(1, sizeof(*tails)));

	tails->take = take;
	tails->arg = arg;
	return tails;
}

static void
close_stream(struct stream *stream)
{
	if (stream->fd == -1)
		return;
	close(stream->fd);
	stream->fd = -1;
	log_end(stream->log);
}

void
tails_free(struct tails *tails)
{
	for (size_t i = 0; i < tails->n; i++) {
		struct tail *t = &tails->v[i];

		close_stream(&t->now);
		close_stream(&t->before);
		log_free(t->now.log);
		log_free(t->before.log);
		free(t->path);
	}
	free(tails->v);
	free(tails);
}

/* An account may own the folder, and put a pipe or a link in the place. */
static void
open_file(struct tail *t)
{
	struct stat st;
	int fd = open(t->path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
		(t->found ? O_NOFOLLOW : 0));

	if (fd == -1)
		return;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	t->now.fd = fd;
	t->now.at = 0;
}

void
tails_add(struct tails *tails, const char *path, bool found, bool late)
{
	struct tail *t;
	off_t end;

	for (size_t i = 0; i < tails->n; i++)
		if (strcmp(tails->v[i].path, path) == 0)
			return;
	tails->v =
	    show_need(reallocarray(tails->v, tails->n + 1, sizeof(*tails->v)));
	t = &tails->v[tails->n++];
	*t = (struct tail) {
	    .path = show_need(strdup(path)),
	    .found = found,
	    .now = {.fd = -1, .log = log_new(tails->take, tails->arg)},
	    .before = {.fd = -1, .log = log_new(tails->take, tails->arg)},
	};
	open_file(t);
	if (t->now.fd == -1)
		show(stderr, "%s: no file to read; waiting for one\n", path);
	if (t->now.fd != -1 && !late &&
	    (end = lseek(t->now.fd, 0, SEEK_END)) != -1)
		t->now.at = end;
}

static bool
read_on(struct stream *stream)
{
	static char block[BLOCK];
	bool any = false;
	ssize_t n;

	if (stream->fd == -1)
		return false;
	while ((n = pread(stream->fd, block, sizeof(block), stream->at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		log_bytes(stream->log, block, (size_t)n);
		stream->at += n;
		any = true;
	}
	return any;
}

/* Emptied in its place, as copytruncate does. */
static void
look_for_less(struct stream *stream)
{
	struct stat st;

	if (stream->fd == -1 || fstat(stream->fd, &st) == -1 ||
	    st.st_size >= stream->at)
		return;
	log_end(stream->log);
	stream->at = 0;
}

/* Whether the name belongs to another file now. */
static bool
is_replaced(const struct tail *t)
{
	struct stat st, now;

	if (fstatat(AT_FDCWD, t->path, &now,
		t->found ? AT_SYMLINK_NOFOLLOW : 0) == -1)
		return false; /* until there is another */
	return t->now.fd == -1 || fstat(t->now.fd, &st) == -1 ||
	    st.st_ino != now.st_ino || st.st_dev != now.st_dev;
}

static void
replace(struct tail *t)
{
	struct stream before = t->before;

	if (t->now.fd != -1) {
		close_stream(&before);
		t->before = t->now;
		t->now = before;
	}
	open_file(t);
}

static bool
read_tail(struct tail *t)
{
	bool any;

	look_for_less(&t->now);
	any = read_on(&t->now);
	if (is_replaced(t))
		replace(t);
	/* Before what comes next: also what came until the renaming. */
	any = read_on(&t->before) || any;
	return read_on(&t->now) || any;
}

bool
tails_read(struct tails *tails)
{
	bool any = false;

	for (size_t i = 0; i < tails->n; i++)
		any = read_tail(&tails->v[i]) || any;
	return any;
}
