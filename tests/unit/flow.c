/*
 * flow.c: every byte, in order, between whatever may be a stream; and no wait,
 * no spinning, whoever stops reading or writing.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "flow.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

enum { BYTES = 3 * 1024 * 1024 + 17, MOVES_MAX = 100000 };

static unsigned char sent[BYTES], got[BYTES], tapped[BYTES];
static size_t ngot, ntapped;

static void
fill(void)
{
	uint32_t x = 88172645;

	for (size_t i = 0; i < BYTES; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		sent[i] = (unsigned char)x;
	}
	ngot = ntapped = 0;
	memset(got, 0, sizeof(got));
	memset(tapped, 0, sizeof(tapped));
}

static bool
tap(void *context, int stream, const char *bytes, size_t n)
{
	assert_ptr_equal(context, tapped);
	assert_int_equal(stream, 2);
	assert_true(ntapped + n <= BYTES);
	memcpy(tapped + ntapped, bytes, n);
	ntapped += n;
	return true;
}

/* Two ends, the second of which is read from: pipes and sockets. */
enum kind { PIPE, STREAM, FILE_END, KINDS };

static const char *const kinds[] = {"pipe", "socket", "file"};

static void
open_ends(enum kind kind, int ends[2])
{
	if (kind == PIPE) {
		int pair[2];

		assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
		ends[0] = pair[1];
		ends[1] = pair[0];
	} else if (kind == STREAM) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
				     0, ends),
		    0);
	} else {
		char path[32];

		ends[0] = memfd_create("end", MFD_CLOEXEC);
		assert_int_not_equal(ends[0], -1);
		/* With an offset of its own. */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
		ends[1] = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_not_equal(ends[1], -1);
	}
}

static void
unblock(int fd)
{
	assert_int_not_equal(fcntl(fd, F_SETFL,
				 fcntl(fd, F_GETFL) | O_NONBLOCK),
	    -1);
}

/* The writer and the reader take turns with the flow. */

struct course {
	struct flow flow;
	int in[2]; /* in[0]: written by us; in[1]: read by the flow */
	int out[2]; /* out[0]: written by the flow; out[1]: read by us */
	size_t nsent;
};

static void
begin(struct course *c, enum kind from, enum kind to, bool taps)
{
	*c = (struct course) {0};
	open_ends(from, c->in);
	open_ends(to, c->out);
	for (int i = 0; i < 2; i++) {
		unblock(c->in[i]);
		unblock(c->out[i]);
	}
	c->flow = (struct flow) {.from = c->in[1],
	    .to = c->out[0],
	    .owned = c->out[0],
	    .copies = taps,
	    .tap = taps ? tap : NULL,
	    .context = tapped,
	    .stream = 2};
	fill();
}

static void
feed(struct course *c)
{
	ssize_t n;

	if (c->in[0] == -1)
		return;
	n = write(c->in[0], sent + c->nsent, BYTES - c->nsent);
	if (n > 0)
		c->nsent += (size_t)n;
	if (c->nsent < BYTES)
		return;
	close(c->in[0]);
	c->in[0] = -1;
}

/* False at the end. */
static bool
take(struct course *c, size_t most)
{
	const size_t room = BYTES - ngot;
	const ssize_t n =
	    read(c->out[1], got + ngot, room < most ? room : most);

	if (n > 0)
		ngot += (size_t)n;
	return n != 0 || room == 0;
}

static void
finish(struct course *c)
{
	flow_close(&c->flow);
	if (c->in[0] != -1)
		close(c->in[0]);
	close(c->in[1]);
	close(c->out[1]);
}

static void
check_course(enum kind from, enum kind to, bool taps)
{
	struct course c;
	int moves = 0;

	begin(&c, from, to, taps);
	while (c.flow.from != -1 && moves++ < MOVES_MAX) {
		feed(&c);
		(void)flow_move(&c.flow);
		if (to != FILE_END)
			(void)take(&c, moves % 7 * 5000);
	}
	/* Its end was closed with the last byte. */
	while (take(&c, BYTES) && ngot < BYTES && moves++ < MOVES_MAX)
		continue;
	if (ngot != BYTES || memcmp(sent, got, BYTES) != 0 ||
	    c.flow.bytes != BYTES || c.flow.from != -1)
		fail_msg("%s to %s: %zu of %d bytes came, %llu counted",
		    kinds[from], kinds[to], ngot, BYTES, c.flow.bytes);
	if (taps && (ntapped != BYTES || memcmp(sent, tapped, BYTES) != 0))
		fail_msg("%s to %s: the tap saw %zu bytes", kinds[from],
		    kinds[to], ntapped);
	if (to != FILE_END)
		assert_int_equal(read(c.out[1], got, 1), 0);
	finish(&c);
}

/* A file that is still being written ends where it ends now. */
static void
test_bytes(void **state)
{
	(void)state;
	for (int from = PIPE; from < FILE_END; from++)
		for (int to = 0; to < KINDS; to++) {
			check_course((enum kind)from, (enum kind)to, false);
			check_course((enum kind)from, (enum kind)to, true);
		}
}

static void
check_file(enum kind to)
{
	struct course c;

	begin(&c, FILE_END, to, false);
	feed(&c);
	for (int i = 0; i < MOVES_MAX && c.flow.from != -1; i++) {
		(void)flow_move(&c.flow);
		if (to != FILE_END)
			(void)take(&c, BYTES);
	}
	while (ngot < BYTES && take(&c, BYTES))
		continue;
	assert_int_equal(ngot, BYTES);
	assert_memory_equal(sent, got, BYTES);
	finish(&c);
}

static void
test_files(void **state)
{
	(void)state;
	for (int to = 0; to < KINDS; to++)
		check_file((enum kind)to);
}

static void
test_null(void **state)
{
	struct course c;

	(void)state;
	/* From it: an end at once. */
	begin(&c, PIPE, PIPE, false);
	c.flow.from = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(dup2(c.flow.from, c.in[1]), c.in[1]);
	close(c.flow.from);
	c.flow.from = c.in[1];
	for (int i = 0; i < 3; i++)
		assert_int_equal(flow_move(&c.flow), 0);
	assert_int_equal(c.flow.from, -1);
	assert_int_equal(read(c.out[1], got, 1), 0);
	finish(&c);
	/* To it: all of it. */
	begin(&c, PIPE, PIPE, false);
	c.flow.to = c.flow.owned = open("/dev/null", O_WRONLY | O_CLOEXEC);
	close(c.out[0]);
	for (int i = 0; i < MOVES_MAX && c.flow.from != -1; i++) {
		feed(&c);
		(void)flow_move(&c.flow);
	}
	assert_int_equal(c.flow.bytes, BYTES);
	finish(&c);
}

/* Appending is nothing for splice(2). */
static void
test_append(void **state)
{
	struct course c;

	(void)state;
	begin(&c, PIPE, FILE_END, false);
	assert_int_not_equal(fcntl(c.out[0], F_SETFL, O_APPEND | O_NONBLOCK),
	    -1);
	for (int i = 0; i < MOVES_MAX && c.flow.from != -1; i++) {
		feed(&c);
		(void)flow_move(&c.flow);
	}
	assert_true(take(&c, BYTES));
	assert_int_equal(ngot, BYTES);
	assert_memory_equal(sent, got, BYTES);
	finish(&c);
}

static bool
is_ready(const struct flow *flow)
{
	struct pollfd pfd;

	return flow_wants(flow, &pfd) && poll(&pfd, 1, 0) == 1;
}

/* Until nothing moves; then what is waited for is not there. */
static void
check_full(enum kind kind, bool taps)
{
	struct course c;
	int idle = 0;

	begin(&c, kind, kind, taps);
	for (int i = 0; i < 1000; i++) {
		feed(&c);
		(void)flow_move(&c.flow);
	}
	assert_int_not_equal(c.flow.from, -1);
	for (int i = 0; i < 20; i++)
		idle += flow_move(&c.flow) == 0 && !is_ready(&c.flow);
	if (idle < 19)
		fail_msg("%s: it spins", kinds[kind]);
	/* The reader is back. */
	for (int i = 0; i < MOVES_MAX && ngot < BYTES; i++) {
		(void)take(&c, BYTES);
		feed(&c);
		(void)flow_move(&c.flow);
	}
	assert_int_equal(ngot, BYTES);
	assert_memory_equal(sent, got, BYTES);
	finish(&c);
}

static void
test_full(void **state)
{
	(void)state;
	for (int kind = PIPE; kind < FILE_END; kind++) {
		check_full((enum kind)kind, false);
		check_full((enum kind)kind, true);
	}
}

/* Nothing to read: no wait, and nothing to do. */
static void
test_empty(void **state)
{
	struct course c;

	(void)state;
	for (int kind = PIPE; kind < FILE_END; kind++)
		for (int taps = 0; taps < 2; taps++) {
			begin(&c, (enum kind)kind, PIPE, taps == 1);
			for (int i = 0; i < 10; i++) {
				assert_int_equal(flow_move(&c.flow), 0);
				assert_false(is_ready(&c.flow));
			}
			assert_int_not_equal(c.flow.from, -1);
			finish(&c);
		}
}

/* Whoever writes learns of it. */
static void
check_reader_gone(enum kind from, enum kind to, bool taps)
{
	struct course c;
	ssize_t n = 0;

	begin(&c, from, to, taps);
	c.flow.owned = c.in[1]; /* what the writer sees */
	close(c.out[1]);
	for (int i = 0; i < 100 && c.flow.from != -1; i++) {
		if (n != -1)
			n = write(c.in[0], "x", 1);
		(void)flow_move(&c.flow);
	}
	assert_int_equal(c.flow.from, -1);
	assert_int_equal(write(c.in[0], "x", 1), -1);
	assert_false(flow_wants(&c.flow, &(struct pollfd) {0}));
	assert_int_equal(flow_move(&c.flow), 0);
	close(c.in[0]);
	close(c.out[0]);
}

static void
test_reader_gone(void **state)
{
	(void)state;
	for (int from = PIPE; from < FILE_END; from++)
		for (int to = PIPE; to < FILE_END; to++) {
			check_reader_gone((enum kind)from, (enum kind)to,
			    false);
			check_reader_gone((enum kind)from, (enum kind)to, true);
		}
}

/* A full disk is an end, and no reason to try for ever. */
static void
test_no_space(void **state)
{
	struct course c;

	(void)state;
	for (int taps = 0; taps < 2; taps++) {
		begin(&c, PIPE, PIPE, taps == 1);
		c.flow.to = c.flow.owned =
		    open("/dev/full", O_WRONLY | O_CLOEXEC);
		close(c.out[0]);
		for (int i = 0; i < 10 && c.flow.from != -1; i++) {
			feed(&c);
			(void)flow_move(&c.flow);
		}
		assert_int_equal(c.flow.from, -1);
		finish(&c);
	}
}

/* In one turn no more than others can wait for. */
static void
test_turns(void **state)
{
	enum { TURN_MAX = 1024 * 1024 };
	struct course c;
	size_t n;

	(void)state;
	begin(&c, FILE_END, FILE_END, false);
	feed(&c);
	for (int i = 0; i < MOVES_MAX && c.flow.from != -1; i++) {
		n = flow_move(&c.flow);
		assert_true(n <= TURN_MAX);
	}
	assert_int_equal(c.flow.bytes, BYTES);
	finish(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_null),
	    cmocka_unit_test(test_append),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_reader_gone),
	    cmocka_unit_test(test_no_space),
	    cmocka_unit_test(test_turns),
	};

	signal(SIGPIPE, SIG_IGN); /* as the forced command has it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
