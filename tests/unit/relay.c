/* relay.c: pipes, terminals, and the client's descriptors as they were. */

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>

#include "child.h"
#include "relay.h"
#include "why.h"

enum { PATIENCE_MS = 5000 };

static char seen[RELAY_FLOWS][64];

static bool
tap(void *context, int stream, const char *bytes, size_t n)
{
	(void)context;
	strncat(seen[stream], bytes, n);
	return true;
}

static int
complain(const char *what)
{
	dprintf(STDERR_FILENO, "%s", what);
	return 1;
}

/* Moves until a descriptor of the client's has something to read, or the
 * program has nothing more to say. */
static void
pass(struct relay *r, int fd)
{
	struct pollfd pfds[RELAY_FLOWS + 1];
	size_t n;

	for (int i = 0; i < 100; i++) {
		pfds[0] = (struct pollfd) {.fd = fd, .events = POLLIN};
		n = relay_poll(r, pfds + 1);
		if (n == 0 || relay_drained(r) ||
		    poll(pfds, n + 1, PATIENCE_MS) < 1 ||
		    (pfds[0].revents & POLLIN))
			return;
		(void)relay_move(r);
	}
}

static pid_t
start(const struct relay *r, bool controls, int (*program)(void))
{
	struct fault fault;
	const pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (setsid() == -1 || relay_attach(r, controls, &fault) == -1)
		_exit(100);
	/* As an exec would. */
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	_exit(program());
}

static int
wait_for(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	    WEXITSTATUS(status) :
	    -1;
}

/* --- Pipes. --- */

static int
echo_on_both(void)
{
	char bytes[16];
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		if (write(STDOUT_FILENO, bytes, (size_t)n) != n ||
		    write(STDERR_FILENO, "!", 1) != 1)
			return 1;
	return n == 0 ? 7 : 2;
}

/* The client's side of 0, 1 and 2. */
struct client {
	int fds[RELAY_FLOWS];
};

static int
connect_client(struct client *client)
{
	for (int i = 0; i < RELAY_FLOWS; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ==
			-1 ||
		    dup2(pair[0], i) == -1)
			return -1;
		close(pair[0]);
		client->fds[i] = pair[1];
	}
	return 0;
}

static int
relay_pipes(const void *taps)
{
	struct client client;
	struct relay r;
	struct fault fault;
	char bytes[64];
	const int said = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	pid_t pid;
	int ret = 0;

	alarm(20);
	signal(SIGPIPE, SIG_IGN);
	if (connect_client(&client) == -1 ||
	    relay_open(&r, taps != NULL ? tap : NULL, NULL, &fault) == -1)
		return 1;
	pid = start(&r, true, echo_on_both);
	relay_begin(&r);
	if (write(client.fds[0], "abc", 3) != 3)
		return 1;
	pass(&r, client.fds[1]);
	if (read(client.fds[1], bytes, sizeof(bytes)) != 3 ||
	    memcmp(bytes, "abc", 3) != 0)
		ret = 2;
	pass(&r, client.fds[2]);
	if (read(client.fds[2], bytes, sizeof(bytes)) != 1 || bytes[0] != '!')
		ret = 3;
	if (relay_drained(&r))
		ret = 4;
	/* The end of the client's input is that of the program's. */
	close(client.fds[0]);
	pass(&r, client.fds[1]);
	if (wait_for(pid) != 7)
		ret = 5;
	pass(&r, client.fds[1]);
	if (!relay_drained(&r))
		ret = 6;
	if (r.flows[0].bytes != 3 || r.flows[1].bytes != 3 ||
	    r.flows[2].bytes != 1)
		ret = 7;
	if (taps != NULL &&
	    (strcmp(seen[0], "abc") != 0 || strcmp(seen[1], "abc") != 0 ||
		strcmp(seen[2], "!") != 0))
		ret = 8;
	relay_close(&r);
	for (int i = 0; i < RELAY_FLOWS; i++)
		if (fcntl(i, F_GETFL) & O_NONBLOCK)
			ret = 9;
	dup2(said, STDERR_FILENO);
	return ret;
}

static void
test_pipes(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, relay_pipes, NULL);
	assert_int_equal(child.status, 0);
	child_run(&child, relay_pipes, seen);
	assert_int_equal(child.status, 0);
}

/* 0, 1 and 2 may be one and the same. */
static int
relay_one(const void *unused)
{
	struct relay r;
	struct fault fault;
	int pair[2];

	(void)unused;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return 1;
	for (int i = 0; i < RELAY_FLOWS; i++)
		dup2(pair[0], i);
	if (relay_open(&r, NULL, NULL, &fault) == -1)
		return 2;
	if (!(fcntl(0, F_GETFL) & O_NONBLOCK))
		return 3;
	relay_close(&r);
	return fcntl(0, F_GETFL) & O_NONBLOCK ? 4 : 0;
}

static void
test_shared(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, relay_one, NULL);
	assert_int_equal(child.status, 0);
}

/* Nothing is left half done. */
static int
relay_nothing(const void *unused)
{
	const struct rlimit few = {STDERR_FILENO + 2, STDERR_FILENO + 2};
	struct relay r;
	struct fault fault = {0};
	const int before = fcntl(0, F_GETFL);

	(void)unused;
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	if (setrlimit(RLIMIT_NOFILE, &few) == -1 ||
	    relay_open(&r, NULL, NULL, &fault) != -1)
		return 1;
	if (fault.why != WHY_SYSTEM)
		return 2;
	for (int i = 0; i < RELAY_FLOWS; i++)
		if (r.inner[i] != -1)
			return 3;
	return fcntl(0, F_GETFL) == before ? 0 : 4;
}

static void
test_failure(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, relay_nothing, NULL);
	assert_int_equal(child.status, 0);
}

/* --- Terminals. --- */

static int
tell_terminal(void)
{
	struct winsize size = {0};
	struct termios modes;
	char line[16] = "";

	if (!isatty(0) || !isatty(1) || !isatty(2) ||
	    ioctl(0, TIOCGWINSZ, &size) == -1 || tcgetattr(0, &modes) == -1)
		return 2;
	dprintf(STDOUT_FILENO, "%u %u %d %d\n", size.ws_col, size.ws_row,
	    (modes.c_lflag & ICANON) != 0, tcgetpgrp(0) == getpid());
	if (read(STDIN_FILENO, line, sizeof(line)) != 3)
		return 3;
	if (ioctl(0, TIOCGWINSZ, &size) == -1)
		return 4;
	dprintf(STDOUT_FILENO, "%u %.2s\n", size.ws_col, line);
	return 7;
}

static bool
says(struct relay *r, int outer, const char *text)
{
	char bytes[256] = "";
	size_t n = 0;
	ssize_t more;

	while (strstr(bytes, text) == NULL) {
		pass(r, outer);
		more = read(outer, bytes + n, sizeof(bytes) - 1 - n);
		if (more <= 0)
			return false;
		n += (size_t)more;
		bytes[n] = '\0';
	}
	return true;
}

static bool
is_same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	    a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag;
}

static int
play(int outer, struct relay *r, bool controls)
{
	struct winsize size = {.ws_col = 99, .ws_row = 33};
	struct termios modes;
	unsigned columns = 0, rows = 0;
	const pid_t pid = start(r, controls, tell_terminal);

	relay_begin(r);
	if (tcgetattr(STDIN_FILENO, &modes) == -1 || (modes.c_lflag & ICANON))
		return complain("the client's terminal is not raw");
	if (!says(r, outer, controls ? "80 24 1 1\r\n" : "80 24 1 0\r\n"))
		return complain("not a terminal like the client's");
	if (ioctl(outer, TIOCSWINSZ, &size) == -1 ||
	    !relay_resize(r, &columns, &rows) || columns != 99 || rows != 33)
		return complain("the window's size is not known");
	if (write(outer, "hi\r", 3) != 3 || !says(r, outer, "99 hi\r\n"))
		return complain("the window's size was not passed on");
	return wait_for(pid) == 7 ? 0 : complain("it failed");
}

static int
relay_terminal(const void *controls)
{
	struct winsize size = {.ws_col = 80, .ws_row = 24};
	struct termios before, after;
	struct relay r;
	struct fault fault;
	const int said = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	int outer, inner, ret;

	alarm(20);
	if (openpty(&outer, &inner, NULL, NULL, &size) == -1 ||
	    tcgetattr(inner, &before) == -1)
		return 1;
	for (int i = 0; i < RELAY_FLOWS; i++)
		dup2(inner, i);
	if (relay_open(&r, NULL, NULL, &fault) == -1)
		return 2;
	ret = play(outer, &r, controls != NULL);
	/* The terminal that nobody has open any more is at its end. */
	pass(&r, outer);
	if (ret == 0 && !relay_drained(&r))
		ret = 3;
	relay_close(&r);
	if (tcgetattr(inner, &after) == -1 || !is_same(&before, &after))
		ret = 4;
	for (int i = 0; i < RELAY_FLOWS; i++)
		if (fcntl(i, F_GETFL) & O_NONBLOCK)
			ret = 5;
	dup2(said, STDERR_FILENO);
	return ret;
}

static void
test_terminal(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, relay_terminal, NULL);
	assert_int_equal(child.status, 0);
	child_run(&child, relay_terminal, seen);
	assert_int_equal(child.status, 0);
}

/* A program that is gone before it has read: its terminal's end is seen. */
static int
say_nothing(void)
{
	return 7;
}

static int
relay_silence(const void *unused)
{
	struct relay r;
	struct fault fault;
	int outer, inner;
	pid_t pid;

	(void)unused;
	alarm(20);
	if (openpty(&outer, &inner, NULL, NULL, NULL) == -1)
		return 1;
	for (int i = 0; i < RELAY_FLOWS; i++)
		dup2(inner, i);
	if (relay_open(&r, NULL, NULL, &fault) == -1)
		return 2;
	pid = start(&r, true, say_nothing);
	relay_begin(&r);
	if (wait_for(pid) != 7)
		return 3;
	for (int i = 0; i < 10; i++)
		(void)relay_move(&r);
	if (!relay_drained(&r))
		return 4;
	relay_close(&r);
	return 0;
}

static void
test_silence(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, relay_silence, NULL);
	assert_int_equal(child.status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pipes),
	    cmocka_unit_test(test_shared),
	    cmocka_unit_test(test_failure),
	    cmocka_unit_test(test_terminal),
	    cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
