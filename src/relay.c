/* The streams of a watched program that a client sees through this process. */

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "relay.h"
#include "why.h"

static int
failed(const char *what, struct fault *fault)
{
	return fault_set(fault, WHY_SYSTEM, "%s: %s", what, strerror(errno));
}

static void
close_inner(struct relay *r)
{
	for (int i = 0; i < RELAY_FLOWS; i++) {
		if (r->inner[i] != -1)
			close(r->inner[i]);
		r->inner[i] = -1;
	}
}

/* The end that is ours, of which the flow's other side is the client's. */
static int
open_pipe(struct relay *r, int i)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	r->inner[i] = ends[i == STDIN_FILENO ? 0 : 1];
	if (i == STDIN_FILENO) {
		r->flows[i].from = i;
		r->flows[i].to = r->flows[i].owned = ends[1];
	} else {
		r->flows[i].from = r->flows[i].owned = ends[0];
		r->flows[i].to = i;
	}
	return fcntl(ends[i == STDIN_FILENO ? 1 : 0], F_SETFL, O_NONBLOCK);
}

static int
open_pipes(struct relay *r, struct fault *fault)
{
	for (int i = 0; i < RELAY_FLOWS; i++)
		if (open_pipe(r, i) == -1)
			return failed("pipe", fault);
	return 0;
}

/* The client's becomes a mere wire: what it typed is for ours to treat. */
static int
open_terminal(struct relay *r, struct fault *fault)
{
	struct termios raw;
	struct winsize size = {0};
	int ours, theirs;

	if (tcgetattr(STDIN_FILENO, &r->before) == -1)
		return failed("terminal", fault);
	(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	if (openpty(&ours, &theirs, NULL, &r->before, &size) == -1)
		return failed("openpty", fault);
	r->terminal = ours;
	r->inner[STDIN_FILENO] = theirs;
	r->flows[STDIN_FILENO].from = STDIN_FILENO;
	r->flows[STDIN_FILENO].to = ours;
	r->flows[STDOUT_FILENO].from = ours;
	r->flows[STDOUT_FILENO].to = STDOUT_FILENO;
	if (fcntl(ours, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(theirs, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(ours, F_SETFL, O_NONBLOCK) == -1)
		return failed("terminal", fault);
	raw = r->before;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == -1)
		return failed("terminal", fault);
	r->raw = true;
	return 0;
}

/* A client that reads nothing must not keep the watcher from its timers. */
static int
unblock(struct relay *r, struct fault *fault)
{
	for (int i = 0; i < RELAY_FLOWS; i++) {
		r->flags[i] = fcntl(i, F_GETFL);
		if (r->flags[i] == -1 ||
		    fcntl(i, F_SETFL, r->flags[i] | O_NONBLOCK) == -1)
			return failed("fcntl", fault);
	}
	return 0;
}

static void
clear(struct relay *r, bool (*tap)(void *, int, const char *, size_t),
    void *context)
{
	*r = (struct relay) {.terminal = -1};
	for (int i = 0; i < RELAY_FLOWS; i++) {
		r->inner[i] = r->flags[i] = -1;
		r->flows[i] = (struct flow) {.from = -1,
		    .owned = -1,
		    .copies = tap != NULL,
		    .tap = tap,
		    .context = context,
		    .stream = i};
	}
}

int
relay_open(struct relay *r, bool (*tap)(void *, int, const char *, size_t),
    void *context, struct fault *fault)
{
	int ret;

	clear(r, tap, context);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		ret = open_terminal(r, fault);
	else
		ret = open_pipes(r, fault);
	if (ret == 0 && unblock(r, fault) == 0)
		return 0;
	relay_close(r);
	return -1;
}

int
relay_open_outputs(struct relay *r, struct fault *fault)
{
	struct flow *flow = &r->flows[STDERR_FILENO];

	clear(r, NULL, NULL);
	r->inner[STDIN_FILENO] = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (r->inner[STDIN_FILENO] != -1 && open_pipe(r, STDERR_FILENO) == 0) {
		flow->copies = flow->lossy = true;
		r->inner[STDOUT_FILENO] = fcntl(r->inner[STDERR_FILENO],
		    F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (r->inner[STDOUT_FILENO] != -1 && unblock(r, fault) == 0)
			return 0;
	}
	failed("what follows", fault);
	relay_close(r);
	return -1;
}

int
relay_attach(const struct relay *r, bool controls, struct fault *fault)
{
	for (int i = 0; i < RELAY_FLOWS; i++) {
		const int from = r->terminal == -1 ? i : STDIN_FILENO;

		if (dup2(r->inner[from], i) == -1)
			return failed("dup2", fault);
	}
	if (r->terminal != -1 && controls && ioctl(0, TIOCSCTTY, 0) == -1)
		return failed("terminal", fault);
	return 0;
}

void
relay_begin(struct relay *r)
{
	close_inner(r);
}

size_t
relay_poll(const struct relay *r, struct pollfd *pfds)
{
	size_t n = 0;

	for (int i = 0; i < RELAY_FLOWS; i++)
		if (flow_wants(&r->flows[i], &pfds[n]))
			n++;
	return n;
}

size_t
relay_move(struct relay *r)
{
	size_t n = 0;

	for (int i = 0; i < RELAY_FLOWS; i++)
		n += flow_move(&r->flows[i]);
	return n;
}

bool
relay_drained(const struct relay *r)
{
	return r->flows[STDOUT_FILENO].from == -1 &&
	    r->flows[STDERR_FILENO].from == -1;
}

bool
relay_resize(const struct relay *r, unsigned *columns, unsigned *rows)
{
	struct winsize size;

	if (r->terminal == -1 || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1 ||
	    ioctl(r->terminal, TIOCSWINSZ, &size) == -1)
		return false;
	*columns = size.ws_col;
	*rows = size.ws_row;
	return true;
}

void
relay_close(struct relay *r)
{
	close_inner(r);
	if (r->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &r->before);
	r->raw = false;
	/* Backwards: where they are one and the same, the first flags are as
	 * they were. */
	for (int i = RELAY_FLOWS - 1; i >= 0; i--) {
		flow_close(&r->flows[i]);
		if (r->flags[i] != -1)
			(void)fcntl(i, F_SETFL, r->flags[i]);
	}
	if (r->terminal != -1)
		close(r->terminal);
	r->terminal = -1;
}
