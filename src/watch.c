/* The watcher: one loop over what may happen while a program runs. It trusts
 * the keeper, and nothing that comes from the program or the client. */

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "sandbox/listener.h"
#include "sandbox/notice.h"
#include "transcript.h"
#include "tree.h"
#include "watch.h"
#include "watched.h"

enum {
	GRACE = 5, /* seconds, from SIGTERM to SIGKILL */
	GONE_GRACE = 5, /* for a program that sees the end of its client */
	LOST_PAUSE = 1000000, /* nanoseconds between two looks */
	LOST_LOOKS = 10000,
	WAIT_MAX = 3600 * 1000, /* milliseconds, of one poll(2) */
	WAITS_MAX = 6 + RELAY_FLOWS
};

/* What ended a program, and what the client reads of it. */
enum end { TIMEOUT, IDLE, VIOLATION, TRANSCRIPT, AUDIT, SIGNALLED, GONE };

static const struct {
	const char *name; /* in the record */
	const char *text;
} ends[] = {
    [TIMEOUT] = {"timeout", "its time is up"},
    [IDLE] = {"idle-timeout", "nothing was sent or received for too long"},
    [VIOLATION] = {"violation", "it tried what its rule does not permit"},
    [TRANSCRIPT] = {"transcript", "it can no longer be recorded"},
    [AUDIT] = {"audit", "what it does can no longer be recorded"},
    [SIGNALLED] = {"signal", "the server ends this session"},
    [GONE] = {"client-gone", "the client is gone"},
};

static struct timespec
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts;
}

static struct timespec
in(unsigned long seconds)
{
	struct timespec ts = now();

	ts.tv_sec += (time_t)seconds;
	return ts;
}

/* Never negative. */
static long long
milliseconds_to(const struct timespec *at)
{
	const struct timespec ts = now();
	const long long ms = (at->tv_sec - ts.tv_sec) * 1000LL +
	    (at->tv_nsec - ts.tv_nsec + 999999) / 1000000;

	return ms > 0 ? ms : 0;
}

static bool
is_set(const struct timespec *at)
{
	return at->tv_sec != 0;
}

/* --- The start. --- */

/* Signals are read, one by one, where they can be answered in order. */
static int
open_signals(struct fault *fault)
{
	static const int read_ones[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM,
	    SIGWINCH, SIGTSTP};
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(read_ones) / sizeof(read_ones[0]); i++)
		sigaddset(&set, read_ones[i]);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1 || sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return fault_set(fault, WHY_SYSTEM, "signals: %s",
		    strerror(errno));
	return fd;
}

static int
prepare(struct watch *w, struct fault *fault)
{
	/* Orphans of a keeper that was killed fall to us. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		return fault_set(fault, WHY_SYSTEM, "subreaper: %s",
		    strerror(errno));
	w->signals = open_signals(fault);
	return w->signals == -1 ? -1 : 0;
}

static void end_early(struct watch *, enum end);

static struct timespec
elapsed(const struct watch *w)
{
	struct timespec ts = now();

	ts.tv_sec -= w->began.tv_sec;
	ts.tv_nsec -= w->began.tv_nsec;
	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += 1000000000L;
	}
	return ts;
}

/* Each chunk, on its way. What can no longer be kept is on record at the end;
 * a rule may want none of it to pass then. */
static bool
see(void *context, int stream, const char *bytes, size_t n)
{
	struct watch *w = context;
	const struct timespec at = elapsed(w);

	if (w->mute)
		return false;
	if (transcript_add(w->transcript, (enum stream)stream, bytes, n, &at) ==
		-1 &&
	    w->plan->transcript == TRANSCRIPT_REQUIRED) {
		w->mute = true;
		end_early(w, TRANSCRIPT);
	}
	return !w->mute;
}

/* A program that is to control a terminal leads a session of its own, and
 * so needs one that is not the watcher's. */
static bool
relays(const struct plan *plan)
{
	return plan->follows || plan->idle_timeout != 0 ||
	    plan->transcript != TRANSCRIPT_NO ||
	    (plan->terminal && isatty(STDIN_FILENO));
}

static int
open_relay(struct watch *w, struct fault *fault)
{
	const bool keeps = w->plan->transcript != TRANSCRIPT_NO;

	if (w->plan->follows)
		return relay_open_outputs(&w->relay, fault);
	return relay_open(&w->relay, keeps ? see : NULL, w, fault);
}

static int
start(struct watch *w, struct fault *fault)
{
	if (prepare(w, fault) == -1)
		return -1;
	if (w->relays && open_relay(w, fault) == -1)
		return -1;
	if (keeper_start(&w->keeper, watched_become, w, fault) == 0) {
		(void)fcntl(w->keeper.link, F_SETFL, O_NONBLOCK);
		return 0;
	}
	if (w->relays)
		relay_close(&w->relay);
	return -1;
}

int
watch_begin(struct watch *w, struct plan *plan, struct sandbox *sandbox,
    struct fault *fault)
{
	*w = (struct watch) {.plan = plan,
	    .sandbox = sandbox,
	    .watcher = getpid(),
	    .relays = relays(plan),
	    .signals = -1,
	    .listener = -1};
	if (start(w, fault) == 0)
		return 0;
	if (w->signals != -1)
		close(w->signals);
	return -1;
}

static void
let_go(struct watch *w)
{
	if (w->relays)
		relay_close(&w->relay);
	if (w->listener != -1)
		close(w->listener);
	close(w->signals);
	w->listener = w->signals = -1;
}

void
watch_abandon(struct watch *w)
{
	keeper_force(&w->keeper);
	keeper_finish(&w->keeper);
	let_go(w);
}

/* --- Ending it early. --- */

void
watch_tell(const struct watch *w, const char *text)
{
	const char *end = w->relays && w->relay.terminal != -1 ? "\r\n" : "\n";
	struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};
	char line[256];
	int n;

	if (poll(&err, 1, 0) != 1 || !(err.revents & POLLOUT))
		return;
	n = snprintf(line, sizeof(line), "gatekeeper: %s (session %s)%s", text,
	    w->event->record.session, end);
	if (n > 0 && (size_t)n < sizeof(line))
		(void)!write(STDERR_FILENO, line, (size_t)n);
}

static void
tell_client(const struct watch *w, enum end why)
{
	char text[128];

	if (why == GONE)
		return;
	snprintf(text, sizeof(text), "ended%s%s", w->terse ? "" : ": ",
	    w->terse ? "" : ends[why].text);
	watch_tell(w, text);
}

static void
force(struct watch *w)
{
	keeper_force(&w->keeper);
	w->forced = true;
}

static void
ask(struct watch *w)
{
	w->asked = true;
	keeper_ask(&w->keeper);
	w->due[DUE_FORCE] = in(GRACE);
}

/* The first reason stands; but one that leaves no time to what is asked to
 * end leaves it none later either. */
static void
end_early(struct watch *w, enum end why)
{
	if (w->ended_by == NULL) {
		w->ended_by = ends[why].name;
		tell_client(w, why);
	}
	if (why == VIOLATION || why == AUDIT)
		force(w);
	else if (!w->asked)
		ask(w);
}

/* --- What comes in. --- */

/* A program whose denied calls nobody hears is not watched, and does not run. */
static void
check_listener(struct watch *w)
{
	if (w->sandbox == NULL || w->listens || w->asked || w->forced ||
	    w->fault.why != WHY_UNDECIDED)
		return;
	fault_set(&w->fault, WHY_NO_SANDBOX,
	    "the listener of the program's system calls did not arrive");
	force(w);
}

/* What the program's process has to say until it is the program: the
 * listener, a fault, or nothing at all, which is the exec. */
static void
hear_link(struct watch *w)
{
	struct fault fault;
	long n;
	int listener;

	while (!w->executed) {
		listener =
		    listener_receive(w->keeper.link, &fault, sizeof(fault), &n);
		if (n == -1)
			return; /* EAGAIN */
		if (listener != -1 && w->listener == -1) {
			w->listener = listener;
			w->listens = true;
			notice_hasten(listener);
		} else if (n == (long)sizeof(fault)) {
			w->fault = fault;
		} else if (n == 0) {
			w->executed = true;
			check_listener(w);
			close(w->keeper.link);
			w->keeper.link = -1;
		}
	}
}

static void
deny(struct watch *w, const struct notice *notice)
{
	struct fault fault;

	if (denials_add(&w->denials, w->listener, notice, w->audit, w->event,
		&fault) == -1)
		end_early(w, AUDIT);
	else if (w->plan->kill)
		end_early(w, VIOLATION);
	/* Whoever is to be killed gets no answer to go on with. */
	if (!w->forced)
		notice_deny(w->listener, notice, EPERM);
}

/*
 * The one exec that goes on is that of our own process: the link is open
 * until it has happened, and so at every call that comes before. What asks
 * afterwards finds it closed, since the kernel closes it first.
 */
static void
hear_notice(struct watch *w)
{
	struct notice notice;

	if (notice_receive(w->listener, &notice) == -1)
		return;
	hear_link(w);
	if (!w->executed && notice_is_exec(&notice))
		notice_continue(w->listener, &notice);
	else
		deny(w, &notice);
}

static void
hear_keeper(struct watch *w)
{
	struct keeper_report report;

	if (!keeper_read(&w->keeper, &report)) {
		w->empty = true;
		return;
	}
	if (!report.ended) {
		w->report.cpu = report.cpu;
		w->report.peak = report.peak;
		return;
	}
	w->report = report;
	w->ended = true;
	w->ended_at = now();
	/* What it left behind is no part of the session. */
	if (!w->asked)
		ask(w);
}

static void
resize(struct watch *w)
{
	const struct timespec at = elapsed(w);
	unsigned columns, rows;

	if (w->relays && relay_resize(&w->relay, &columns, &rows) &&
	    w->transcript != NULL)
		(void)transcript_resize(w->transcript, columns, rows, &at);
}

static void
hear_signal(struct watch *w)
{
	struct signalfd_siginfo info;

	if (read(w->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (w->plan->follows)
		return; /* it has a time limit, and no client */
	switch (info.ssi_signo) {
	case SIGWINCH:
		resize(w);
		break;
	case SIGHUP:
		end_early(w, GONE);
		break;
	case SIGTSTP:
		break;
	default:
		end_early(w, SIGNALLED);
	}
}

/* --- The client. --- */

/* Nobody reads it any more. Looked at once only: it stays so. */
static void
look(struct watch *w, int fd)
{
	struct pollfd pfd = {.fd = fd};

	if (!w->hung[fd])
		w->hung[fd] = poll(&pfd, 1, 0) == 1 &&
		    (pfd.revents & (POLLHUP | POLLERR)) != 0;
}

/* A client is gone when both its outputs are; a subsystem has but one. */
static void
look_for_client(struct watch *w)
{
	if (w->plan->follows || w->gone)
		return;
	look(w, STDOUT_FILENO);
	look(w, STDERR_FILENO);
	w->gone = w->hung[STDOUT_FILENO] && w->hung[STDERR_FILENO];
	if (w->gone)
		w->due[DUE_GONE] = in(GONE_GRACE);
}

/* --- Time. --- */

/* What is left of a program that has ended by itself is no reason of its end;
 * a client that does not take its last bytes is. */
static bool
is_later(struct watch *w, enum due due)
{
	if (!w->ended || w->empty)
		return false;
	w->due[due] = in(1);
	return true;
}

static void
on_timeout(struct watch *w)
{
	if (is_later(w, DUE_TIMEOUT))
		return;
	end_early(w, TIMEOUT);
}

static void
on_idle(struct watch *w)
{
	if (is_later(w, DUE_IDLE))
		return;
	end_early(w, IDLE);
}

static void
on_gone(struct watch *w)
{
	if (is_later(w, DUE_GONE))
		return;
	end_early(w, GONE);
}

static void
on_flush(struct watch *w)
{
	struct fault fault;

	if (denials_flush(&w->denials, 0, w->audit, w->event, &fault) == -1)
		end_early(w, AUDIT);
}

static void (*const on_due[])(struct watch *) = {
    [DUE_TIMEOUT] = on_timeout,
    [DUE_IDLE] = on_idle,
    [DUE_GONE] = on_gone,
    [DUE_FORCE] = force,
    [DUE_FLUSH] = on_flush,
};

static void
keep_time(struct watch *w)
{
	for (int i = 0; i < DUE_MAX; i++) {
		if (!is_set(&w->due[i]) || milliseconds_to(&w->due[i]) > 0)
			continue;
		w->due[i] = (struct timespec) {0};
		on_due[i](w);
	}
}

/* How long poll(2) may wait: -1, for ever. */
static int
patience(const struct watch *w)
{
	long long least = -1, ms;

	for (int i = 0; i < DUE_MAX; i++) {
		if (!is_set(&w->due[i]))
			continue;
		ms = milliseconds_to(&w->due[i]);
		if (least == -1 || ms < least)
			least = ms;
	}
	return (int)(least < WAIT_MAX ? least : WAIT_MAX);
}

/* --- The loop. --- */

struct waits {
	struct pollfd v[WAITS_MAX];
	nfds_t n;
};

static void
await(struct waits *waits, int fd, short events)
{
	if (fd != -1)
		waits->v[waits->n++] =
		    (struct pollfd) {.fd = fd, .events = events};
}

static void
gather(const struct watch *w, struct waits *waits)
{
	waits->n = 0;
	await(waits, w->empty ? -1 : w->keeper.control, POLLIN);
	await(waits, w->keeper.link, POLLIN);
	await(waits, w->listener, POLLIN);
	await(waits, w->signals, POLLIN);
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (!w->plan->follows && !w->hung[fd])
			await(waits, fd, 0);
	if (w->relays)
		waits->n += relay_poll(&w->relay, waits->v + waits->n);
}

static short
came(const struct waits *waits, int fd)
{
	for (nfds_t i = 0; i < waits->n; i++)
		if (waits->v[i].fd == fd && fd != -1)
			return waits->v[i].revents;
	return 0;
}

static void
move(struct watch *w)
{
	if (w->relays && relay_move(&w->relay) > 0 && w->plan->idle_timeout > 0)
		w->due[DUE_IDLE] = in(w->plan->idle_timeout);
}

static void
hear(struct watch *w, const struct waits *waits)
{
	const int control = w->keeper.control, link = w->keeper.link;
	const short denial = came(waits, w->listener);

	if (denial & POLLIN) {
		hear_notice(w);
	} else if (denial != 0) {
		close(w->listener); /* nobody is left who could call */
		w->listener = -1;
	}
	if (came(waits, link) != 0)
		hear_link(w);
	if (came(waits, control) != 0)
		hear_keeper(w);
	if (came(waits, w->signals) != 0)
		hear_signal(w);
	if (denials_wait(&w->denials) != -1 && !is_set(&w->due[DUE_FLUSH]))
		w->due[DUE_FLUSH] =
		    in((unsigned long)denials_wait(&w->denials));
}

/* A client that does not take the last bytes is waited for as long as the
 * rule has patience with it. */
static bool
is_over(const struct watch *w)
{
	if (!w->empty)
		return false;
	/* Without a word of its end: the keeper is lost. */
	return !w->relays || !w->ended || relay_drained(&w->relay) ||
	    w->ended_by != NULL;
}

static void
loop(struct watch *w)
{
	struct waits waits;

	while (!is_over(w)) {
		gather(w, &waits);
		if (poll(waits.v, waits.n, patience(w)) == -1 && errno != EINTR)
			end_early(w, SIGNALLED);
		move(w);
		hear(w, &waits);
		look_for_client(w);
		keep_time(w);
	}
}

/* --- The whole of it. --- */

static void
release(struct watch *w)
{
	const struct plan *plan = w->plan;
	const char go = 0;

	if (w->relays)
		relay_begin(&w->relay);
	w->began = now();
	if (plan->timeout > 0)
		w->due[DUE_TIMEOUT] = in(plan->timeout);
	if (plan->idle_timeout > 0 && w->relays)
		w->due[DUE_IDLE] = in(plan->idle_timeout);
	/* A subsystem's standard error is closed from the start. */
	look(w, STDERR_FILENO);
	(void)!send(w->keeper.link, &go, 1, MSG_NOSIGNAL);
}

static void
fill_ending(const struct watch *w, struct ending *ending)
{
	const struct timespec ts = w->ended ? w->ended_at : now();
	const struct flow *flows = w->relay.flows;

	*ending = (struct ending) {.status = w->report.status,
	    .duration = (ts.tv_sec - w->began.tv_sec) * 1000000000LL +
		ts.tv_nsec - w->began.tv_nsec,
	    .ended_by = w->ended_by,
	    .use = {.cpu = w->report.cpu,
		.peak = w->report.peak,
		.relayed = w->relays && !w->plan->follows}};
	if (!ending->use.relayed)
		return;
	ending->use.in = flows[STDIN_FILENO].bytes;
	ending->use.out =
	    flows[STDOUT_FILENO].bytes + flows[STDERR_FILENO].bytes;
}

/* What the program did not tell: the keeper was killed, and the kernel has
 * ended the program for that. Orphans have come to us. */
static int
lost_keeper(struct fault *fault)
{
	const struct timespec pause = {.tv_nsec = LOST_PAUSE};
	pid_t pid = 0;

	for (int i = 0; i < LOST_LOOKS && pid != -1; i++) {
		(void)tree_signal(SIGKILL);
		nanosleep(&pause, NULL);
		do
			pid = waitpid(-1, NULL, WNOHANG);
		while (pid > 0);
	}
	return fault_set(fault, WHY_SYSTEM,
	    "the keeper of the program was killed, and so was the program");
}

int
watch_run(struct watch *w, struct audit *audit, const struct event *event,
    struct ending *ending, struct fault *fault)
{
	struct fault ignored;

	w->audit = audit;
	w->event = event;
	release(w);
	loop(w);
	if (w->keeper.link != -1)
		hear_link(w);
	keeper_finish(&w->keeper);
	denials_flush(&w->denials, 1, audit, event, &ignored);
	fill_ending(w, ending);
	let_go(w);
	if (!w->ended)
		return lost_keeper(fault);
	if (w->fault.why == WHY_UNDECIDED)
		return 0;
	*fault = w->fault;
	return -1;
}
