/*
 * Transcripts: the two files, how much may go into them, and what happens
 * when no more does. Trusts the caller's plain values; the bytes are the
 * client's and the program's.
 */

#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cast.h"
#include "header.h"
#include "transcript.h"
#include "trust.h"
#include "why.h"

enum {
	SESSION_LENGTH = 26,
	PIECE = 4096, /* of text in one entry: it may grow tenfold */
	HELD_MAX = 3,
	CLOSING = 128, /* kept free for the last entry */
	HEAD_MAX = 1 + 2 * 10 /* of a record: code, and two numbers */
};

/* The beginning of a character whose end is still to come. */
struct held {
	char bytes[HELD_MAX];
	size_t n;
};

struct transcript {
	int dir;
	int fd; /* of the file that is written to */
	bool streams; /* which one that is */
	bool terminal;
	char session[SESSION_LENGTH + 1];
	char *header; /* of the file that is yet to be made, or NULL */
	size_t max; /* 0: no limit */
	size_t kept; /* in both files */
	size_t size; /* of this file, in whole entries */
	uint64_t now; /* of the entry at hand, in microseconds */
	uint64_t last; /* of the last record in .streams */
	enum transcript_state state;
	struct held held[STREAM_MAX];
};

static const struct {
	char event, record;
	bool error;
} codes[] = {
    [STREAM_IN] = {'i', 'i', false},
    [STREAM_OUT] = {'o', 'o', false},
    [STREAM_ERR] = {'o', 'e', true},
};

bool
transcript_is_session(const char *name)
{
	return strlen(name) == SESSION_LENGTH &&
	    strspn(name, "0123456789abcdefghjkmnpqrstvwxyz") == SESSION_LENGTH;
}

/* A limit on the size of files must not end the watcher. */
static ssize_t
write_all(int fd, const struct iovec *v, int n)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction saved;
	ssize_t written;

	sigaction(SIGXFSZ, &ignore, &saved);
	do {
		written = writev(fd, v, n);
	} while (written == -1 && errno == EINTR);
	sigaction(SIGXFSZ, &saved, NULL);
	return written;
}

/* One entry, whole or not at all. */
static int
put(struct transcript *t, const struct iovec *v, int n)
{
	size_t size = 0;
	ssize_t written;

	for (int i = 0; i < n; i++)
		size += v[i].iov_len;
	written = write_all(t->fd, v, n);
	if (written == (ssize_t)size) {
		t->size += size;
		t->kept += size;
		return 0;
	}
	if (written > 0 && ftruncate(t->fd, (off_t)t->size) == -1)
		t->kept += (size_t)written;
	t->state = TRANSCRIPT_LOST;
	return -1;
}

static int
put_line(struct transcript *t, char *line)
{
	struct iovec v = {.iov_base = line};
	int ret;

	if (line == NULL) {
		t->state = TRANSCRIPT_LOST;
		return -1;
	}
	v.iov_len = strlen(line);
	ret = put(t, &v, 1);
	free(line);
	return ret;
}

/* Seven bits a byte, the lowest first; the high bit: there are more. */
static unsigned char *
put_number(unsigned char *p, uint64_t number)
{
	for (; number > 0x7f; number >>= 7)
		*p++ = (unsigned char)(number | 0x80);
	*p++ = (unsigned char)number;
	return p;
}

static int
put_record(struct transcript *t, char code, const void *data, size_t size)
{
	unsigned char head[HEAD_MAX], *p = head;
	uint64_t now = t->now > t->last ? t->now : t->last;
	struct iovec v[2] = {{.iov_base = head}};

	*p++ = (unsigned char)code;
	p = put_number(p, now - t->last);
	p = put_number(p, size);
	v[0].iov_len = (size_t)(p - head);
	memcpy(&v[1].iov_base, &data, sizeof(data)); /* only read from */
	v[1].iov_len = size;
	t->last = now;
	return put(t, v, size > 0 ? 2 : 1);
}

static int
put_mark(struct transcript *t, const char *text)
{
	if (t->streams)
		return put_record(t, 'm', text, strlen(text));
	return put_line(t, cast_event(t->now, 'm', text, strlen(text)));
}

/* Whether there is room for so many bytes, and for the last entry. Without,
 * that one is written. */
static int
make_room(struct transcript *t, size_t size)
{
	if (t->max == 0 ||
	    (size <= t->max && t->kept + size + CLOSING <= t->max))
		return 0;
	if (put_mark(t, "cut: record-max is reached") == 0)
		t->state = TRANSCRIPT_CUT;
	return -1;
}

/* Creates the file that all goes to from now on; takes the header over. */
static int
begin(struct transcript *t, bool streams, char *header)
{
	char name[SESSION_LENGTH + sizeof(TRANSCRIPT_STREAMS)];
	int fd = -1;

	snprintf(name, sizeof(name), "%s%s", t->session,
	    streams ? TRANSCRIPT_STREAMS : TRANSCRIPT_CAST);
	if (header != NULL)
		fd = openat(t->dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW |
			O_CLOEXEC,
		    0600);
	if (fd == -1) {
		free(header);
		t->state = TRANSCRIPT_LOST;
		return -1;
	}
	if (t->fd != -1)
		close(t->fd);
	t->fd = fd;
	t->size = 0;
	t->streams = streams;
	if (put_line(t, header) == 0)
		return 0;
	unlinkat(t->dir, name, 0);
	return -1;
}

/* What was held back is no text any more, either. */
static int
flush_held(struct transcript *t)
{
	for (size_t i = 0; i < STREAM_MAX; i++) {
		struct held *held = &t->held[i];
		size_t n = held->n;

		held->n = 0;
		if (n > 0 &&
		    (make_room(t, n + HEAD_MAX) == -1 ||
			put_record(t, codes[i].record, held->bytes, n) == -1))
			return -1;
	}
	return 0;
}

/* From here on it is binary. */
static int
leave_text(struct transcript *t)
{
	char *header = t->header;

	if (make_room(t, strlen(header) + CLOSING) == -1 ||
	    put_mark(t, "binary: goes on in .streams") == -1)
		return -1;
	t->header = NULL;
	if (begin(t, true, header) == -1)
		return -1;
	return flush_held(t);
}

static int
add_records(struct transcript *t, enum stream stream, const char *data,
    size_t size)
{
	size_t n;

	for (; size > 0; data += n, size -= n) {
		n = size;
		if (n > TRANSCRIPT_RECORD_MAX)
			n = TRANSCRIPT_RECORD_MAX;
		if (make_room(t, n + HEAD_MAX) == -1 ||
		    put_record(t, codes[stream].record, data, n) == -1)
			return -1;
	}
	return 0;
}

static int
add_event(struct transcript *t, enum stream stream, const char *data,
    size_t size)
{
	char *lines = cast_data(t->now, codes[stream].event,
	    codes[stream].error, data, size);

	if (lines != NULL && make_room(t, strlen(lines)) == -1) {
		free(lines);
		return -1;
	}
	return put_line(t, lines);
}

static int
add_piece(struct transcript *t, enum stream stream, const char *piece, size_t n)
{
	struct held *held = &t->held[stream];
	size_t whole = n - cast_unfinished(piece, n);

	if (!t->terminal && !cast_is_text(piece, whole)) {
		if (leave_text(t) == -1)
			return -1;
		return add_records(t, stream, piece, n);
	}
	held->n = n - whole;
	memcpy(held->bytes, piece + whole, held->n);
	return whole > 0 ? add_event(t, stream, piece, whole) : 0;
}

static uint64_t
microseconds(const struct timespec *elapsed)
{
	return (uint64_t)elapsed->tv_sec * 1000000 +
	    (uint64_t)elapsed->tv_nsec / 1000;
}

int
transcript_add(struct transcript *t, enum stream stream, const void *data,
    size_t size, const struct timespec *elapsed)
{
	struct held *held = &t->held[stream];
	const char *p = data;
	char piece[PIECE];

	t->now = microseconds(elapsed);
	while (t->state == TRANSCRIPT_KEPT && !t->streams && size > 0) {
		size_t n = sizeof(piece) - held->n;

		if (n > size)
			n = size;
		memcpy(piece, held->bytes, held->n);
		memcpy(piece + held->n, p, n);
		p += n;
		size -= n;
		n += held->n;
		held->n = 0;
		if (add_piece(t, stream, piece, n) == -1)
			return -1;
	}
	if (t->state != TRANSCRIPT_KEPT)
		return 0;
	return add_records(t, stream, p, size);
}

int
transcript_resize(struct transcript *t, unsigned columns, unsigned rows,
    const struct timespec *elapsed)
{
	char size[32];
	char *line;

	if (t->state != TRANSCRIPT_KEPT || !t->terminal)
		return 0;
	t->now = microseconds(elapsed);
	snprintf(size, sizeof(size), "%ux%u", columns, rows);
	line = cast_event(t->now, 'r', size, strlen(size));
	if (line != NULL && make_room(t, strlen(line)) == -1) {
		free(line);
		return -1;
	}
	return put_line(t, line);
}

/* A text whose end is missing is none. */
static void
finish(struct transcript *t)
{
	for (size_t i = 0; t->state == TRANSCRIPT_KEPT && i < STREAM_MAX; i++) {
		size_t n = t->held[i].n;

		if (n == 0)
			continue;
		if (!t->terminal) {
			leave_text(t);
			return;
		}
		t->held[i].n = 0;
		add_event(t, (enum stream)i, t->held[i].bytes, n);
	}
}

enum transcript_state
transcript_state(const struct transcript *t)
{
	return t->state;
}

enum transcript_state
transcript_close(struct transcript *t)
{
	enum transcript_state state;

	if (t == NULL)
		return TRANSCRIPT_KEPT;
	finish(t);
	state = t->state;
	if (t->fd != -1)
		close(t->fd);
	if (t->dir != -1)
		close(t->dir);
	free(t->header);
	free(t);
	return state;
}

/* What may turn out to be binary has its second header ready by then. */
static int
open_file(struct transcript *t, const struct transcript_about *about)
{
	if (!about->terminal && !about->text)
		return begin(t, true, header_streams(about));
	if (!about->terminal) {
		t->header = header_streams(about);
		if (t->header == NULL)
			return -1;
	}
	return begin(t, false, header_cast(about));
}

struct transcript *
transcript_open(const char *dir, const struct transcript_about *about,
    size_t max, struct fault *fault)
{
	struct transcript *t = calloc(1, sizeof(*t));
	struct fault found;

	if (t == NULL || !transcript_is_session(about->session)) {
		free(t);
		fault_set(fault, WHY_AUDIT,
		    "transcript: no memory, or no "
		    "session to name it after");
		return NULL;
	}
	t->fd = -1;
	t->terminal = about->terminal;
	memcpy(t->session, about->session, sizeof(t->session));
	t->dir = trust_shared(dir, &found);
	if (t->dir == -1) {
		fault_set(fault, WHY_AUDIT,
		    "transcripts: %s; they need a folder of root's, mode "
		    "1733, which transcripts = in gatekeeper.ini may name",
		    found.text);
	} else if (open_file(t, about) == -1) {
		fault_set(fault, WHY_AUDIT,
		    "transcripts: %s/%s: %s; see to it that the account can "
		    "make files there",
		    dir, about->session, strerror(errno));
	} else {
		t->max = max;
		return t;
	}
	transcript_close(t);
	return NULL;
}
