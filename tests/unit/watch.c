/*
 * watch.c, with real programs: what stands between them and a second exec or
 * a call that nobody sees, when things happen in a bad order.
 */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access.h"
#include "audit.h"
#include "child.h"
#include "event.h"
#include "plan.h"
#include "process.h"
#include "sandbox/calls.h"
#include "sandbox/groups.h"
#include "sandbox/sandbox.h"
#include "start.h"
#include "watch.h"
#include "why.h"

enum { TRIES = 20, SECONDS_MAX = 20, SECONDS_LATE = 3 };

struct step {
	const char *script; /* of sh */
	bool many; /* without exec-once */
	bool kill; /* on-violation */
	bool relays;
	unsigned long timeout;
	void (*meanwhile)(const struct watch *); /* in another process */
};

static struct audit audit = {.syslog_fd = -1};
static struct event event = {.record = {.session = "s", .key = "k"}};

static time_t
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void
nap(long ms)
{
	nanosleep(&(struct timespec) {.tv_sec = ms / 1000,
		      .tv_nsec = ms % 1000 * 1000000},
	    NULL);
}

static int
build(struct plan *plan, const struct step *step, struct fault *fault)
{
	static const struct list none;

	*plan = (struct plan) {.once = !step->many,
	    .watched = true,
	    .kill = step->kill,
	    .timeout = step->timeout,
	    .idle_timeout = step->relays ? 60 : 0,
	    .landlock_optional = true};
	if (calls_resolve(&plan->calls, calls_default, &none, false,
		NETWORK_NONE) == -1 ||
	    list_add(&plan->argv, "sh") == -1 ||
	    list_add(&plan->argv, "-c") == -1 ||
	    list_add(&plan->argv, step->script) == -1 ||
	    list_add(&plan->env, "A=b") == -1)
		return -1;
	if (start_program(plan, "/bin/sh", fault) == -1 ||
	    start_also(plan, "/bin/chmod", fault) == -1 ||
	    start_also(plan, "/bin/sleep", fault) == -1)
		return -1;
	return start_system(plan, fault);
}

/* 0: nobody was started. */
static pid_t
start_other(const struct step *step, const struct watch *watch)
{
	const pid_t pid = step->meanwhile != NULL ? fork() : 0;

	if (pid != 0 || step->meanwhile == NULL)
		return pid;
	/* What is ours to close is not to be held open here. */
	close(watch->keeper.control);
	close(watch->keeper.link);
	if (watch->relays)
		relay_begin(&(struct relay) {
		    .inner = {watch->relay.inner[0], watch->relay.inner[1],
			watch->relay.inner[2]}});
	step->meanwhile(watch);
	_exit(0);
}

/* Says how it ended, after what the program printed itself; on standard error
 * stand the records. */
static int
watch_step(const void *data)
{
	const struct step *step = data;
	struct sandbox *sandbox = NULL;
	struct fault fault = {0};
	struct ending ending = {0};
	struct plan plan = {0};
	struct watch watch;
	time_t began;
	pid_t other;

	alarm(SECONDS_MAX);
	if (process_isolate(&fault) == -1 ||
	    (audit.file_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    build(&plan, step, &fault) == -1 ||
	    (sandbox = sandbox_prepare(&plan, &fault)) == NULL ||
	    watch_begin(&watch, &plan, sandbox, &fault) == -1) {
		dprintf(STDERR_FILENO, "%s", fault.text);
		return 1;
	}
	began = seconds();
	other = start_other(step, &watch);
	if (watch_run(&watch, &audit, &event, &ending, &fault) == -1)
		dprintf(STDOUT_FILENO, "fault %s\n", why_name(fault.why));
	else
		dprintf(STDOUT_FILENO, "status %x%s%s\n",
		    (unsigned)ending.status, ending.ended_by ? " by " : "",
		    ending.ended_by ? ending.ended_by : "");
	if (seconds() - began > SECONDS_LATE)
		dprintf(STDOUT_FILENO, "late\n");
	if (other != 0 && kill(other, SIGKILL) == 0)
		waitpid(other, NULL, 0);
	if (waitpid(-1, NULL, WNOHANG) != -1)
		dprintf(STDOUT_FILENO, "left\n");
	return 0;
}

static void
check(const struct step *step, const char *out, unsigned violations)
{
	struct child child;
	const char *at;
	unsigned n = 0;

	child_run(&child, watch_step, step);
	for (at = child.err; (at = strstr(at, "\"violation\"")) != NULL; at++)
		n += strncmp(at - strlen("\"action\":"),
			 "\"action\":", strlen("\"action\":")) == 0;
	if (child.status != 0 || strcmp(child.out, out) != 0 || n != violations)
		fail_msg("%s: %d, <%s> for <%s>, %u violations for %u\n%s",
		    step->script, child.status, child.out, out, n, violations,
		    child.err);
}

/* A filter without exec-once lets the exec through by itself: the listener
 * has to be with the watcher by then, or its denials are seen by nobody. */
static void
test_listener(void **state)
{
	static const struct step one = {.script = "echo ran"};
	static const struct step many =
	    {.script = "/bin/chmod 4755 /dev/null 2>/dev/null; echo ran",
		.many = true};

	(void)state;
	check(&one, "ran\nstatus 0\n", 0);
	for (int i = 0; i < TRIES; i++)
		check(&many, "ran\nstatus 0\n", 1);
}

/* Whoever tries it, and however soon: no other exec than the first. */
static void
test_once(void **state)
{
	static const struct step exec = {.script = "exec /bin/chmod"};
	static const struct step child = {
	    .script = "(/bin/chmod; echo $?) 2>/dev/null; exit 3"};
	static const struct step grandchild = {
	    .script = "( ( /bin/chmod; echo $? ) 2>/dev/null ) & wait"};
	static const struct step relayed = {.script = "exec /bin/chmod",
	    .relays = true};

	(void)state;
	check(&exec, "status 7e00\n", 1);
	check(&child, "126\nstatus 300\n", 1);
	check(&grandchild, "126\nstatus 0\n", 1);
	check(&relayed, "status 7e00\n", 1);
}

static void
kill_keeper(const struct watch *watch)
{
	nap(200);
	kill(watch->keeper.pid, SIGKILL);
	for (;;)
		pause();
}

/* The kernel ends the program; what it has started has to be ended too. */
static void
test_keeper_killed(void **state)
{
	static const char script[] = "/bin/sleep 5 & /bin/sleep 5 & wait";
	static const struct step step = {.script = script,
	    .many = true,
	    .meanwhile = kill_keeper};
	static const struct step relayed = {.script = script,
	    .many = true,
	    .relays = true,
	    .meanwhile = kill_keeper};

	(void)state;
	check(&step, "fault system\n", 0);
	check(&relayed, "fault system\n", 0);
}

/* The first reason stands in the record, and holds nothing up. */
static void
test_kill(void **state)
{
	static const struct step step =
	    {.script = "trap '/bin/chmod 4755 /dev/null; echo again' TERM; "
		       "for i in 1 2 3 4 5; do /bin/sleep 0.5; done",
		.many = true,
		.kill = true,
		.timeout = 1};

	(void)state;
	check(&step, "status 9 by timeout\n", 1);
}

/* Stopped at every moment of its start, and let go on. */
static void
stop_program(const struct watch *watch)
{
	enum { STOPS = 60 };

	for (int n = 0; n < STOPS; n++) {
		kill(watch->keeper.program, SIGSTOP);
		/* Waits that share no beat with the start. */
		for (volatile int z = (getpid() * 7919 + n * 104729) % 20000;
		     z > 0; z--)
			continue;
		kill(watch->keeper.program, SIGCONT);
		sched_yield();
	}
	for (;;)
		pause();
}

static void
test_stopped(void **state)
{
	static const struct step steps[] = {
	    {.script = "exit 7", .meanwhile = stop_program},
	    {.script = "exit 7", .many = true, .meanwhile = stop_program},
	    {.script = "exit 7", .relays = true, .meanwhile = stop_program},
	};

	(void)state;
	for (int i = 0; i < TRIES; i++)
		check(&steps[i % 3], "status 700\n", 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_once),
	    cmocka_unit_test(test_listener),
	    cmocka_unit_test(test_keeper_killed),
	    cmocka_unit_test(test_kill),
	    cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
