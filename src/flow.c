/* Bytes from one descriptor to another, by splice(2) or through a buffer. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "flow.h"

/* In one turn: the others have theirs too. */
enum { CHUNK = 1024 * 1024 };

void
flow_close(struct flow *f)
{
	if (f->from == -1)
		return;
	if (f->owned != -1)
		close(f->owned);
	free(f->room);
	f->room = NULL;
	f->from = -1;
}

bool
flow_wants(const struct flow *f, struct pollfd *pfd)
{
	if (f->from == -1)
		return false;
	*pfd = f->full ? (struct pollfd) {.fd = f->to, .events = POLLOUT} :
			 (struct pollfd) {.fd = f->from, .events = POLLIN};
	return true;
}

static bool
is_ready(int fd, short events)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	return poll(&pfd, 1, 0) == 1;
}

/* Of a call that moved nothing: whether there is another way, a later time,
 * or an end. */
static void
stuck(struct flow *f, ssize_t n)
{
	if (n == -1 && errno == EINTR)
		return;
	if (n == -1 && errno == EINVAL && !f->copies) {
		f->copies = true; /* a file, a terminal */
		return;
	}
	if (n == -1 && errno == EAGAIN) {
		f->full = is_ready(f->from, POLLIN);
		return;
	}
	flow_close(f);
}

static size_t
move_by_kernel(struct flow *f)
{
	const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
	const ssize_t n = splice(f->from, NULL, f->to, NULL, CHUNK, flags);

	if (n > 0) {
		f->full = false;
		return (size_t)n;
	}
	stuck(f, n);
	return 0;
}

static void
fill(struct flow *f)
{
	ssize_t n;

	if (f->room == NULL && (f->room = malloc(FLOW_ROOM)) == NULL) {
		flow_close(f);
		return;
	}
	n = read(f->from, f->room, FLOW_ROOM);
	if (n > 0) {
		f->at = 0;
		f->n = (size_t)n;
		if (f->tap != NULL &&
		    !f->tap(f->context, f->stream, f->room, f->n))
			f->n = 0;
		return;
	}
	if (n == 0 || (errno != EINTR && errno != EAGAIN))
		flow_close(f); /* EIO: a terminal that nobody has open */
}

static size_t
drain(struct flow *f)
{
	const ssize_t n = write(f->to, f->room + f->at, f->n);

	if (n > 0) {
		f->at += (size_t)n;
		f->n -= (size_t)n;
		if (f->lossy)
			f->n = 0;
		f->full = f->n > 0;
		return (size_t)n;
	}
	if (f->lossy)
		f->n = 0;
	else if (n == -1 && errno == EAGAIN)
		f->full = true;
	else if (n == 0 || errno != EINTR)
		flow_close(f);
	return 0;
}

static size_t
move_by_copy(struct flow *f)
{
	if (f->n == 0)
		fill(f);
	return f->from != -1 && f->n > 0 ? drain(f) : 0;
}

size_t
flow_move(struct flow *f)
{
	size_t n;

	if (f->from == -1)
		return 0;
	n = f->copies ? move_by_copy(f) : move_by_kernel(f);
	f->bytes += n;
	return n;
}
